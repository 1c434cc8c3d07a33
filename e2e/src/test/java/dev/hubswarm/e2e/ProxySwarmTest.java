package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import tools.jackson.databind.JsonNode;

/** Real clients that take the agent for the Hub, on machines that fetch from each other. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class ProxySwarmTest {
    private static final String REPO = "org/model";
    private static final int MIB = 1 << 20;
    private static final String NEW = "python-hub-new";

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().reader("hf_reader").start();
    private final StubContent content = StubContent.generated(1, 48 * MIB + 1);
    private final StubRepo repo = StubRepo.model(REPO)
            .git("config.json", "{}")
            .xet("model.safetensors", content)
            .build();

    @BeforeEach
    void fill() {
        hub.put(repo);
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private Sandbox machine(String name) throws Exception {
        return Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
    }

    private static HubPython client(RunningAgent agent, String python, Path home) throws Exception {
        JsonNode status = agent.await(one -> one.path("proxy").isString());
        return HubPython.of(python, home)
                .with("HF_ENDPOINT", "http://" + status.path("proxy").asString());
    }

    private void assertDownloads(HubPython client, Path cache) throws Exception {
        Path snapshot = Path.of(client.call("snapshot", Map.of("repo_id", REPO, "cache_dir", cache.toString()))
                .asString());
        assertArrayEquals(content.bytes(), Files.readAllBytes(snapshot.resolve("model.safetensors")));
        assertEquals("{}", Files.readString(snapshot.resolve("config.json")));
    }

    private static boolean isShared(JsonNode status) {
        JsonNode seeds = status.path("seeds");
        return seeds.size() == 1 && seeds.path(0).path("state").asString().equals("shared");
    }

    /** Issue 7, f: what one machine has fetched through its agent, the next has from it. */
    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-036"})
    void theSecondMachineHasItFromTheFirst(String python) throws Exception {
        try (RunningAgent first = RunningAgent.start(machine("first"))) {
            assertDownloads(client(first, python, folder.resolve("home-1")), folder.resolve("cache-1"));
            first.await(ProxySwarmTest::isShared);
            Sandbox second = machine("second");
            long before = hub.totals().bodyBytes();
            try (RunningAgent other = RunningAgent.start(second, "--tracker", first.tracker(), "--mode", "offload")) {
                assertDownloads(client(other, python, folder.resolve("home-2")), folder.resolve("cache-2"));
                long fromHub = hub.totals().bodyBytes() - before;
                assertTrue(fromHub < content.size() / 20, fromHub + " bytes left the Hub");
                assertEquals(
                        CacheTree.describe(folder.resolve("cache-1")), CacheTree.describe(folder.resolve("cache-2")));
            }
        }
    }

    /** Download programs by a proxy: many ranges of the Hub's address, and a link to storage that the program has already. */
    @Test
    void programsThatFollowRedirectsAndTakeRangesGainToo() throws Exception {
        try (RunningAgent first = RunningAgent.start(machine("first"))) {
            assertDownloads(client(first, NEW, folder.resolve("home-1")), folder.resolve("cache-1"));
            first.await(ProxySwarmTest::isShared);
            String url = hub.endpoint() + "/" + REPO + "/resolve/main/model.safetensors";
            String aria2 = Tools.require("aria2c").toString();
            String into = "--dir=" + folder;
            List<String> ranges = List.of(aria2, "-q", "-x8", "-k1M", into, "--out=got", url);
            assertComesFromPeers(first, "ranges", ranges);
            String link = Http.location(url);
            String got = folder.resolve("got").toString();
            List<String> followed = List.of("curl", "-sSfL", "-o", got, link);
            assertComesFromPeers(first, "followed", followed);
        }
    }

    private void assertComesFromPeers(RunningAgent first, String name, List<String> command) throws Exception {
        Path got = folder.resolve("got");
        Files.deleteIfExists(got);
        Sandbox machine = machine(name);
        try (RunningAgent other = RunningAgent.start(machine, "--tracker", first.tracker(), "--mode", "offload")) {
            String proxy = "http://"
                    + other.await(one -> one.path("proxy").isString())
                            .path("proxy")
                            .asString();
            // Somebody asked where it is.
            Http.head(proxy + "/" + REPO + "/resolve/main/model.safetensors");
            long before = hub.totals().bodyBytes();
            List<String> call = new ArrayList<>(List.of("env", "http_proxy=" + proxy, "no_proxy="));
            call.addAll(command);
            Ran.of(machine.program(call)).exits(0);
            assertArrayEquals(content.bytes(), Files.readAllBytes(got));
            long fromHub = hub.totals().bodyBytes() - before;
            assertTrue(fromHub < content.size() / 5, name + ": " + fromHub + " bytes left the Hub");
        }
    }

    /** Usual on a laptop: the client puts what it reads where the agent has put it already. */
    @Test
    void clientAndAgentMayShareACache() throws Exception {
        Sandbox machine = machine("only");
        try (RunningAgent agent = RunningAgent.start(machine)) {
            HubPython client = client(agent, NEW, machine.home());
            assertDownloads(client, machine.cache());
            agent.await(ProxySwarmTest::isShared);
            long before = hub.totals().bodyBytes();
            assertDownloads(client.with("HF_HUB_DISABLE_SYMLINKS_WARNING", "1"), machine.cache());
            assertTrue(hub.totals().bodyBytes() - before < MIB, "it was fetched again");
        }
        HubPython offline = HubPython.of(NEW, machine.home()).offline();
        assertDownloads(offline, machine.cache());
    }

    /** Programs that know of a proxy only: what they ask the Hub by TLS is answered by the agent. */
    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-036"})
    void byTlsToo(String python) throws Exception {
        Sandbox machine = machine("only");
        try (RunningAgent agent = RunningAgent.start(machine)) {
            Path got = folder.resolve("got");
            String url = "https://huggingface.co/org/model/resolve/main/model.safetensors";
            machine.run("run", "--https", "--", "curl", "-sSfL", "-o", got, url).exits(0);
            assertArrayEquals(content.bytes(), Files.readAllBytes(got));
            agent.await(ProxySwarmTest::isShared);
            Path cache = folder.resolve("cache");
            String script = "from huggingface_hub import snapshot_download as s; print(s('" + REPO + "', cache_dir='"
                    + cache + "'))";
            Ran ran = machine.with("HF_HUB_DISABLE_XET", "1")
                    .run(
                            "run",
                            "--https",
                            "--",
                            "env",
                            "-u",
                            "HF_ENDPOINT",
                            Tools.require(python),
                            "-W",
                            "ignore",
                            "-c",
                            script)
                    .exits(0);
            Path snapshot = Path.of(ran.out().strip());
            assertArrayEquals(content.bytes(), Files.readAllBytes(snapshot.resolve("model.safetensors")));
            assertEquals("{}", Files.readString(snapshot.resolve("config.json")));
        }
    }

    /** Whatever dies, who downloads ends with the right bytes: the client goes on by itself. */
    @Test
    void anAgentThatIsKilledCostsNothingWrong() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(8 * MIB));
        Sandbox machine = machine("only");
        Path cache = folder.resolve("cache");
        try (RunningAgent agent = RunningAgent.start(machine)) {
            HubPython client = client(agent, NEW, folder.resolve("home"));
            Process download = client.program("snapshot", Map.of("repo_id", REPO, "cache_dir", cache.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("said").toFile())
                    .start();
            agent.await(status -> status.path("transfers").size() == 1);
            agent.process().destroyForcibly().waitFor();
            download.waitFor();
        }
        // As a user would: the same again, without us.
        HubPython direct = HubPython.of(NEW, folder.resolve("home")).with("HF_ENDPOINT", hub.endpoint());
        assertDownloads(direct, cache);
        assertEquals(
                List.of(),
                Trees.list(cache).stream()
                        .filter(path -> path.toString().endsWith(".incomplete"))
                        .toList());
    }
}
