package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Real clients of the Hub whose HF_ENDPOINT is {@code hubswarm up}: what they keep is what a direct download leaves. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class MirrorModeTest {
    private static final String REPO = "org/model";
    private static final StubContent LARGE = StubContent.generated(11, 5_000_003);

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().start();
    private final StubRepo repo = StubRepo.model(REPO)
            .xet("model.safetensors", LARGE)
            .xet("sub/other.bin", StubContent.generated(12, 300_000))
            .git("config.json", "{\"model_type\": \"bert\"}\n")
            .git("empty.txt", "")
            .build();

    @BeforeEach
    void fill() {
        hub.put(repo);
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private RunningAgent agent() throws Exception {
        return RunningAgent.start(Sandbox.in(Files.createDirectory(folder.resolve("machine")), hub));
    }

    private static String proxy(RunningAgent agent) throws Exception {
        Path note = agent.sandbox().state().resolve("agent.json");
        return "http://"
                + JsonMapper.shared()
                        .readTree(Files.readString(note))
                        .path("proxy")
                        .asString();
    }

    private HubPython python(String program, String home, String endpoint) {
        // With Xet on, as people have it: nothing may lead there.
        return HubPython.of(program, folder.resolve(home))
                .with("HF_ENDPOINT", endpoint)
                .with("HF_HUB_DISABLE_XET", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"python-hub-036", "python-hub-117", "python-hub-new"})
    void aSnapshotIsThatOfADirectDownload(String program) throws Exception {
        Tools.require(program);
        String snapshot = "print(snapshot_download('" + REPO + "'))";
        HubPython.of(program, folder.resolve("direct"))
                .with("HF_ENDPOINT", hub.endpoint())
                .python(snapshot)
                .exits(0);
        try (RunningAgent agent = agent()) {
            hub.forgetServed();
            HubPython here = python(program, "here", proxy(agent));
            here.python(snapshot).exits(0);
            assertEquals(0, hub.totals().requests(Route.XET_TOKEN), "nobody went by Xet");
            assertTrue(hub.totals().requests(Route.RESOLVE) > 0);
            assertEquals(
                    CacheTree.describe(folder.resolve("direct/hub")), CacheTree.describe(folder.resolve("here/hub")));
            // Once more, and again without the Hub, nothing is fetched.
            hub.forgetServed();
            here.python(snapshot).exits(0);
            assertEquals(0, hub.totals().requests(Route.CDN));
        }
    }

    @Test
    void aSecondClientGetsWhatTheFirstFetchedFromTheCache() throws Exception {
        try (RunningAgent agent = agent()) {
            assertTrue(Arrays.equals(LARGE.bytes(), curl(agent)), "other bytes");
            hub.forgetServed();
            assertTrue(Arrays.equals(LARGE.bytes(), curl(agent)), "other bytes");
            assertEquals(0, hub.totals().requests(Route.CDN));
        }
    }

    private byte[] curl(RunningAgent agent) throws Exception {
        Path out = folder.resolve("curl.out");
        Ran.of(List.of(
                        "curl",
                        "-sSfL",
                        proxy(agent) + "/" + REPO + "/resolve/main/model.safetensors",
                        "-o",
                        out.toString()))
                .exits(0);
        return Files.readAllBytes(out);
    }

    @Test
    void curlGoesOnAndAria2TakesPieces() throws Exception {
        try (RunningAgent agent = agent()) {
            String url = proxy(agent) + "/" + REPO + "/resolve/main/model.safetensors";
            Path half = folder.resolve("half");
            Files.write(half, LARGE.bytes(0, 2_000_000));
            Ran.of(List.of("curl", "-sSfL", "-C", "-", url, "-o", half.toString()))
                    .exits(0);
            assertTrue(Arrays.equals(LARGE.bytes(), Files.readAllBytes(half)), "other bytes");
            Ran.of(List.of(
                            Tools.require("aria2c").toString(),
                            "-q",
                            "-x8",
                            "-k1M",
                            "-d",
                            folder.toString(),
                            "-o",
                            "pieces",
                            url))
                    .exits(0);
            assertTrue(Arrays.equals(LARGE.bytes(), Files.readAllBytes(folder.resolve("pieces"))), "other bytes");
        }
    }

    @Test
    void whatFailsAtTheHubFailsHereInTheSameWay() throws Exception {
        try (RunningAgent agent = agent()) {
            HubPython python = python("python-hub-new", "here", proxy(agent));
            Ran missing = python.run("files", Map.of("repo_id", REPO, "filenames", List.of("none.bin")));
            assertTrue(missing.exit() != 0 && missing.err().contains("EntryNotFound"), missing::toString);
            assertTrue(
                    Files.exists(folder.resolve("here/hub/models--org--model/.no_exist/" + repo.head() + "/none.bin")),
                    "it is not noted that there is none");
        }
    }
}
