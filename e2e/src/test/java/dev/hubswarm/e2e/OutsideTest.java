package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Programs that have the agent as their proxy, where Hub and storage speak TLS as the public ones do. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class OutsideTest {
    private static final int MIB = 1 << 20;
    private static final String FILE = Internet.HUB + "/org/model/resolve/main/model.safetensors";

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().links(Internet.STORAGE).start();
    private final StubContent content = StubContent.generated(3, 24 * MIB + 1);

    @BeforeEach
    void fill() {
        hub.put(StubRepo.model("org/model").xet("model.safetensors", content).build());
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private Sandbox machine(String name, Internet internet) throws Exception {
        return Sandbox.in(Files.createDirectory(folder.resolve(name)), hub)
                .with("HF_ENDPOINT", "")
                .with("HTTPS_PROXY", internet.address())
                .with("SSL_CERT_FILE", internet.root());
    }

    private Ran fetch(Sandbox machine, Path into, Object... program) throws Exception {
        Files.deleteIfExists(into);
        List<Object> words = new ArrayList<>(List.of("run", "--https", "--"));
        words.addAll(List.of(program));
        return machine.run(words.toArray());
    }

    /** They trust the world's root, as they do that of the public Hub, and no variable changes that. */
    @Test
    void programsThatCannotTrustUsGoOnAsWithoutUs() throws Exception {
        try (Internet internet = new Internet(folder.resolve("world"), hub)) {
            Sandbox machine = machine("one", internet);
            try (RunningAgent agent = RunningAgent.start(machine, "--no-seed")) {
                Path got = folder.resolve("got");
                String trusting = "--ca-certificate=" + internet.root();
                fetch(machine, got, "wget", "-q", trusting, "-O", got, FILE).exits(0);
                assertArrayEquals(content.bytes(), Files.readAllBytes(got));
                fetch(machine, got, Tools.require("aria2c"), "-q", "-x8", trusting, "-d", folder, "-o", "got", FILE)
                        .exits(0);
                assertArrayEquals(content.bytes(), Files.readAllBytes(got));
                // It knows our variables, so nobody can tell before that its option overrules them.
                String[] curl = {"curl", "-sSfL", "--cacert", internet.root().toString(), "-o", got.toString(), FILE};
                fetch(machine, got, (Object[]) curl).exits(60);
                fetch(machine, got, (Object[]) curl).exits(0);
                assertArrayEquals(content.bytes(), Files.readAllBytes(got));
                String all = agent.await(one -> one.path("distrusting").size() >= 3)
                        .path("distrusting")
                        .toString();
                assertTrue(all.contains("\"wget\"") && all.contains("\"curl\""), all);
                Ran status = machine.run("status").exits(0);
                assertTrue(
                        status.out().contains("wget: by TLS, as they do not trust our certificates"), status::toString);
                // Those that do are still helped.
                fetch(machine, got, "sh", "-c", "wget -q --ca-certificate=$SSL_CERT_FILE -O '" + got + "' " + FILE)
                        .exits(0);
                assertArrayEquals(content.bytes(), Files.readAllBytes(got));
                assertTrue(
                        Files.exists(machine.cache().resolve("models--org--model")),
                        "what passed by is not in the cache");
            }
        }
    }

    /** A program that has a link to storage already follows it through us, and gets the file from the first machine. */
    @Test
    void whoFollowsALinkByTlsGetsItFromPeers() throws Exception {
        try (Internet internet = new Internet(folder.resolve("world"), hub)) {
            Sandbox one = machine("first", internet);
            try (RunningAgent first = RunningAgent.start(one)) {
                Path got = folder.resolve("got");
                fetch(one, got, "curl", "-sSfL", "-o", got, FILE).exits(0);
                assertArrayEquals(content.bytes(), Files.readAllBytes(got));
                first.await(status ->
                        status.path("seeds").path(0).path("state").asString().equals("shared"));
                Sandbox two = machine("second", internet);
                try (RunningAgent second =
                        RunningAgent.start(two, "--tracker", first.tracker(), "--mode", "offload", "--no-seed")) {
                    assertEquals(0, hub.stalls());
                    // Somebody has asked through the agent where it is; the link itself is the Hub's own answer.
                    fetch(two, got, "curl", "-sSfI", "-o", "/dev/null", FILE).exits(0);
                    String link = Http.location(hub.endpoint() + FILE.substring(Internet.HUB.length()));
                    assertTrue(link.startsWith(Internet.STORAGE), link);
                    long before = hub.totals().bodyBytes();
                    fetch(two, got, "curl", "-sSfL", "-o", got, link).exits(0);
                    assertArrayEquals(content.bytes(), Files.readAllBytes(got));
                    long fromHub = hub.totals().bodyBytes() - before;
                    assertTrue(fromHub < content.size() / 5, fromHub + " bytes left the Hub");
                    assertTrue(second.process().isAlive());
                }
            }
        }
    }
}
