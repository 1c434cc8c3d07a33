package dev.hubswarm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.testkit.LeakCheck;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What an agent shares when it is told to, with a Hub and a tracker that are there. */
@ExtendWith(LeakCheck.class)
final class AgentSeedsTest {
    private static final int SIZE = 3 << 20;
    private static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/model");
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

    @TempDir
    Path home;

    private final StubContent content = StubContent.generated(1, SIZE);
    private final StubRepo repo =
            StubRepo.model("org/model").xet("model.bin", content).build();
    private final HubStub hub = HubStub.builder().start();

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private Agent start(boolean seeds, String endpoint) throws UserError {
        return Agent.start(Configs.of(home, URI.create(endpoint), seeds), () -> {});
    }

    private ControlClient client() {
        ControlClient client = ControlClient.find(home);
        assertNotNull(client);
        return client;
    }

    private SeedRequest request() throws Exception {
        Path file = home.resolve("model.bin");
        if (Files.notExists(file)) Files.write(file, content.bytes());
        ContentDigest digest = content.digest(ContentDigest.Kind.SHA256);
        return new SeedRequest(file, new RemoteFile(REPO, repo.head(), "model.bin", digest, SIZE), null, null, true);
    }

    private String awaitStatus(String part) throws Exception {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            String status = client().get("/api/status").text();
            if (status.contains(part)) return status;
            assertTrue(System.nanoTime() - end < 0, status);
            Thread.onSpinWait();
        }
    }

    @Test
    void whatItIsToldToShareItSharesAlsoAfterARestartAndUntilItIsTakenBack() throws Exception {
        hub.put(repo);
        try (Agent agent = start(true, hub.endpoint())) {
            assertEquals(202, client().share(request()).status());
            String status = awaitStatus("\"state\":\"shared\"");
            assertTrue(status.contains("\"repo_id\":\"org/model\""), status);
            assertTrue(client().get("/metrics").text().contains("hubswarm_agent_seeds{state=\"shared\"} 1"));
            assertFalse(agent.trackers().isEmpty());
        }
        try (Agent again = start(true, hub.endpoint())) {
            String status = awaitStatus("\"state\":\"shared\"");
            assertTrue(
                    status.contains("\"digest\":\"" + content.digest(ContentDigest.Kind.SHA256)),
                    () -> status + again.peerPort());
            assertEquals(404, client().unshare("repo_id=org%2Fother").status());
            assertEquals(400, client().unshare("").status());
            assertEquals(400, client().unshare("hash=12").status());
            assertEquals(400, client().unshare("path=model.bin").status());
            ControlReply removed = client().unshare("repo_id=org%2Fmodel");
            assertEquals(200, removed.status());
            assertTrue(removed.text().contains("model.bin"), removed.text());
            awaitStatus("\"seeds\":[]");
        }
    }

    @Test
    void whatIsNotForEverybodyIsRefused() throws Exception {
        try (Agent agent = start(true, hub.endpoint())) {
            ControlReply reply = client().share(request());
            assertEquals(409, reply.status());
            assertTrue(reply.text("error.message").contains("everybody"), () -> reply.text() + agent.peerPort());
        }
    }

    @Test
    void nothingIsSharedWithNoSeedOrFromAHubOfSomebodysOwn() throws Exception {
        hub.put(repo);
        try (Agent agent = start(false, hub.endpoint())) {
            assertEquals(409, client().share(request()).status());
            assertEquals(409, client().unshare("repo_id=org%2Fmodel").status());
            assertTrue(client().get("/api/status").text().contains("\"seeding\":false"), () -> "" + agent.peerPort());
        }
        try (Agent agent = start(true, "http://hub.invalid")) {
            assertEquals(409, client().share(request()).status());
            assertTrue(client().get("/api/status").text().contains("\"seeding\":false"), () -> "" + agent.peerPort());
        }
    }
}
