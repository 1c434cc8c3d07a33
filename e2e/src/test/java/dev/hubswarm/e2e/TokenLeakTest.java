package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.Served;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token is seen by the Hub's own origin, and by nobody and nothing else. */
@Tag("e2e")
final class TokenLeakTest {
    private static final String CANARY = "hf_canary0123456789";

    private final HubStub hub = HubStub.builder().reader(CANARY).start();
    /** Somebody else, to whom the Hub may lead. */
    private final HubStub stranger = HubStub.builder().start();

    @TempDir
    Path folder;

    private Sandbox sandbox = new Sandbox(Path.of(""), Map.of());

    @BeforeEach
    void prepare() throws Exception {
        sandbox = Sandbox.in(folder, hub).with("HF_TOKEN", CANARY);
        StubRepo repo = StubRepo.model("org/private")
                .access(new StubRepo.Access.Private())
                .git("config.json", "{}")
                .xet("model.safetensors", StubContent.generated(1, 9 << 20))
                .xet("small.bin", StubContent.generated(2, 5000))
                .build();
        hub.put(repo);
        stranger.put(repo);
        hub.put(StubRepo.renamed(StubRepo.Type.MODEL, "org/old", "org/private"));
    }

    @AfterEach
    void close() {
        hub.close();
        stranger.close();
    }

    private void assertSilent(Ran ran) throws Exception {
        assertFalse((ran.out() + ran.err()).contains(CANARY), ran::toString);
        for (Path path : Trees.list(folder)) {
            assertFalse(path.toString().contains(CANARY), path::toString);
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) continue;
            String content = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
            assertFalse(content.contains(CANARY), path::toString);
        }
        for (Served served : hub.served()) {
            boolean atHub =
                    served.request().host().equals(URI.create(hub.endpoint()).getAuthority());
            assertTrue(atHub || !hasCanary(served), served::toString);
        }
        assertEquals(
                List.of(),
                stranger.served().stream().filter(TokenLeakTest::hasCanary).toList());
    }

    private static boolean hasCanary(Served served) {
        return served.request().toString().contains(CANARY);
    }

    @Test
    void aDownloadOverRedirectsTellsItToNobody() throws Exception {
        Ran ran = sandbox.run("--verbose", "prefetch", "org/old", "--json").exits(0);
        assertSilent(ran);
        assertTrue(hub.served().stream().anyMatch(TokenLeakTest::hasCanary), "the Hub itself must see it");
        assertTrue(hub.served().stream().anyMatch(served -> served.request().route() == Route.CDN));
    }

    @Test
    void neitherDoesOneThatFailsOnItsWay() throws Exception {
        for (Fault fault : List.of(
                new Fault.Status(403),
                new Fault.Redirect(stranger.endpoint() + "/org/private/resolve/main/model.safetensors"),
                new Fault.Cut(100, Fault.Cut.How.RST),
                new Fault.Corrupt(50))) {
            hub.inject(request -> request.route() == Route.CDN, 3, fault);
            assertSilent(sandbox.run("prefetch", "org/private", "--verbose"));
            hub.clearFaults();
        }
    }

    @Test
    void aHubThatLeadsAwayGetsNoFurther() throws Exception {
        for (Route route : List.of(Route.INFO, Route.TREE, Route.RESOLVE)) {
            // Files are asked for again, since links expire; twice is enough to see what is sent.
            int times = route == Route.RESOLVE ? 2 : 1000;
            hub.inject(request -> request.route() == route, times, new Fault.Redirect(stranger.endpoint() + "/x"));
            assertSilent(sandbox.run("--verbose", "prefetch", "org/private"));
            hub.clearFaults();
        }
        assertTrue(stranger.served().size() >= 2, "it was led there");
    }

    @Test
    void errorsAndDiagnosesDoNotTellIt() throws Exception {
        assertSilent(sandbox.run("--verbose", "prefetch", "org/missing").exits(3));
        assertSilent(
                sandbox.run("--verbose", "prefetch", "org/private", "nothing").exits(3));
        assertSilent(sandbox.run("--verbose", "doctor").exits(0));
        assertSilent(sandbox.with("HF_TOKEN", CANARY + "x")
                .run("--verbose", "prefetch", "org/private")
                .exits(4));
        assertSilent(sandbox.with("HF_TOKEN", CANARY + " x")
                .run("--verbose", "prefetch", "org/private")
                .exits(2));
        assertSilent(sandbox.with("HF_TOKEN", CANARY + " x")
                .run("--verbose", "doctor")
                .exits(2));
        assertSilent(sandbox.with("HF_ENDPOINT", stranger.endpoint() + "/?token=" + CANARY)
                .run("--verbose", "prefetch", "org/private")
                .exits(2));
        assertSilent(sandbox.with("HTTP_PROXY", "http://u:" + CANARY + "@127.0.0.1:1")
                .run("--verbose", "doctor")
                .exits(1));
        assertSilent(sandbox.run("--verbose", "prefetch", "org/private", "--upstream", "http://u:" + CANARY + "@h")
                .exits(2));
    }
}
