package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code up}, {@code down}, {@code status}, {@code logs}, {@code seed} and {@code unseed} as programs. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class AgentProcessTest {
    private static final String REPO = "org/model";
    private static final StubContent CONTENT = StubContent.generated(1, 5_000_000);

    @TempDir
    Path folder;

    private final Map<String, Sandbox> machines = new HashMap<>();
    private final HubStub hub = HubStub.builder().start();

    @BeforeEach
    void fill() {
        hub.put(StubRepo.model(REPO).xet("model.bin", CONTENT).build());
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private Sandbox machine(String name) throws Exception {
        Sandbox known = machines.get(name);
        if (known != null) return known;
        Sandbox made = Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
        machines.put(name, made);
        return made;
    }

    @Test
    void itComesUpIsSeenAndGoesDown() throws Exception {
        Sandbox machine = machine("one");
        machine.run("status").exits(1).says("No hubswarm agent runs", "hubswarm up");
        machine.run("down").exits(0).says("No agent runs");
        machine.run("logs").exits(3).says("no log yet");
        try (RunningAgent agent = RunningAgent.start(machine)) {
            JsonNode status = machine.run("status", "--json").exits(0).json();
            assertEquals(agent.process().pid(), status.path("pid").asLong());
            Ran shown = machine.run("status").exits(0);
            assertTrue(shown.out().contains("process " + agent.process().pid()), shown::toString);
            assertTrue(agent.said().contains("export HF_ENDPOINT=http://127.0.0.1:"), agent::said);
            assertTrue(agent.said().contains("This agent uploads"), agent::said);
            assertTrue(agent.said().contains("--no-seed"), agent::said);
            machine.run("down").exits(0).says("has stopped");
            assertTrue(agent.process().waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, agent.process().exitValue());
        }
        String log = machine.run("logs").exits(0).out();
        assertTrue(log.contains(" is up, ") && log.contains("hubswarm stops"), log);
        try (RunningAgent agent = RunningAgent.start(machine)) {
            assertFalse(agent.said().contains("This agent uploads"), "it is said once");
            agent.end("INT", 130);
        }
        for (String gone : List.of("agent.json", "control.sock"))
            assertTrue(Files.notExists(machine.state().resolve(gone)), gone);
    }

    @Test
    void oneRunsForEachHomeAndAKilledOneIsNoObstacle() throws Exception {
        Sandbox machine = machine("one");
        String token;
        try (RunningAgent agent = RunningAgent.start(machine)) {
            machine.run("up", "--control", "127.0.0.1:0")
                    .exits(1)
                    .says("runs already", "process " + agent.process().pid(), "hubswarm down");
            machine.run("up", "--detach").exits(1).says("runs already");
            assertTrue(agent.process().isAlive());
            for (String name : List.of("agent.json", "control-token", "control.sock")) {
                Path file = machine.state().resolve(name);
                assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), name);
            }
            token = Files.readString(machine.state().resolve("control-token"));
            agent.end("KILL", 137);
        }
        assertTrue(Files.exists(machine.state().resolve("agent.json")), "nobody was there to remove it");
        machine.run("status").exits(1).says("No hubswarm agent runs");
        try (RunningAgent agent = RunningAgent.start(machine)) {
            assertNotEquals(token, Files.readString(machine.state().resolve("control-token")));
            agent.end("TERM", 0);
        }
    }

    @Test
    void aTakenPortIsBlamedOnWhoHasIt() throws Exception {
        try (RunningAgent agent = RunningAgent.start(machine("one"));
                ServerSocket stranger = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String control = control(agent);
            machine("two")
                    .run("up", "--listen", "127.0.0.1:0", "--control", control, "--tracker-listen", "127.0.0.1:0")
                    .exits(1)
                    .says(
                            "is taken by another hubswarm agent, process "
                                    + agent.process().pid(),
                            "--control");
            machine("two")
                    .run("up", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:" + stranger.getLocalPort())
                    .exits(1)
                    .says("another program has that port", "--control");
            machine("two")
                    .run("up", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--peer-port", agent.peerPort())
                    .exits(1)
                    .says("port " + agent.peerPort(), "--peer-port");
        }
    }

    private static String control(RunningAgent agent) throws Exception {
        JsonNode note = JsonMapper.shared()
                .readTree(Files.readString(agent.sandbox().state().resolve("agent.json")));
        return note.path("control").asString();
    }

    /** A client that does not go on, and a tracker that never answers, hold up nobody's end. */
    @Test
    void itStopsInTimeWhateverOthersDo() throws Exception {
        Sandbox machine = machine("one");
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RunningAgent agent =
                        RunningAgent.start(machine, "--tracker", "http://127.0.0.1:" + silent.getLocalPort())) {
            machine.run("prefetch", REPO).exits(0);
            machine.run("seed", REPO).exits(0);
            agent.await(status ->
                    status.path("seeds").path(0).path("state").asString().equals("shared"));
            InetSocketAddress control = new InetSocketAddress(
                    InetAddress.getLoopbackAddress(),
                    Integer.parseInt(control(agent).replaceAll(".*:", "")));
            try (Socket slow = new Socket(control.getAddress(), control.getPort())) {
                slow.getOutputStream().write("GET /health HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
                long begun = System.nanoTime();
                agent.end("TERM", 0);
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
                assertTrue(seconds < 15, seconds + " s, where 5 are to do on a machine that is not busy");
            }
        }
    }

    @Test
    void detachedItOutlivesWhoStartedItOrSaysWhyItCannot() throws Exception {
        Sandbox machine = machine("one");
        Ran up = machine.run(
                        "up",
                        "--detach",
                        "--listen",
                        "127.0.0.1:0",
                        "--control",
                        "127.0.0.1:0",
                        "--peer-port",
                        "0",
                        "--tracker-listen",
                        "127.0.0.1:0")
                .exits(0);
        assertTrue(up.out().contains("hubswarm agent"), up::toString);
        long pid = machine.run("status", "--json").exits(0).json().path("pid").asLong();
        ProcessHandle agent = ProcessHandle.of(pid).orElseThrow();
        try {
            assertTrue(up.out().contains("process " + pid), up::toString);
            // What the end of a terminal sends.
            Ran.of(List.of("kill", "-HUP", Long.toString(pid))).exits(0);
            assertEquals(
                    pid,
                    machine.run("status", "--json").exits(0).json().path("pid").asLong());
            machine.run("down").exits(0);
            assertFalse(agent.isAlive());
        } finally {
            agent.destroyForcibly();
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            machine.run("up", "--detach", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:" + taken.getLocalPort())
                    .exits(1)
                    .says("another program has that port");
        }
    }

    /** Two machines meet at the tracker inside the first. */
    @Test
    void whatOneSeedsAnotherGetsAndSeedsInItsTurn() throws Exception {
        Sandbox first = machine("one");
        Sandbox second = machine("two");
        first.run("prefetch", REPO).exits(0);
        try (RunningAgent one = RunningAgent.start(first)) {
            first.run("seed", REPO).exits(0).says(REPO + "/model.bin is");
            JsonNode seed = shared(one);
            String tracker = one.tracker();
            String digest = seed.path("digest").asString();
            Path got = folder.resolve("got");
            second.run(
                            "torrent",
                            "get",
                            seed.path("info_hash").asString(),
                            "--tracker",
                            tracker,
                            "-d",
                            got,
                            "--peer-port",
                            "0")
                    .exits(0);
            assertSame(got.resolve(digest));
            one.await(status -> status.path("seeds").path(0).path("bytes_sent").asLong() >= CONTENT.size());

            try (RunningAgent two = RunningAgent.start(second, "--tracker", tracker)) {
                second.run("seed", got.resolve(digest), "--repo", REPO).exits(3).says("no file of the name");
                Path named = Files.move(got.resolve(digest), got.resolve("model.bin"));
                second.run("seed", named, "--repo", REPO).exits(0);
                assertEquals(digest, shared(two).path("digest").asString());
                Path torrent = Files.write(
                        folder.resolve("file.torrent"), Http.bytes(tracker + "/api/v2/files/" + digest + "/torrent"));
                first.run("unseed", REPO).exits(0).says("is not shared any more");
                first.run("unseed", REPO).exits(3);
                try (OtherPeer other = OtherPeer.start(
                        OtherPeer.Client.LIBTORRENT, torrent.toString(), folder.resolve("libtorrent"))) {
                    other.call(new InetSocketAddress(InetAddress.getLoopbackAddress(), two.peerPort()));
                    other.awaitSame(Files.copy(named, got.resolve(digest)));
                }
                two.end("TERM", 0);
            }
            one.end("TERM", 0);
        }
        try (RunningAgent two = RunningAgent.start(second)) {
            assertEquals(CONTENT.size(), shared(two).path("size").asLong(), "it is shared again after a restart");
        }
    }

    @Test
    void doctorLooksAtTheAgentItsTrackersAndRepos() throws Exception {
        Sandbox machine = machine("one");
        hub.put(StubRepo.model("org/gated")
                .access(new StubRepo.Access.Gated("auto"))
                .git("a", "b")
                .build());
        Ran without = machine.run("doctor", REPO);
        for (String part : List.of("None runs", "It goes as the Hub's does", "Anybody may read org/model"))
            assertTrue(without.out().contains(part), without::toString);
        Ran gated = machine.run("doctor", "org/gated");
        assertTrue(gated.out().contains("not shared"), gated::toString);
        try (RunningAgent agent = RunningAgent.start(machine)) {
            Ran with = machine.run("doctor");
            String tracker = agent.tracker();
            for (String part : List.of(
                    "Process " + agent.process().pid() + " runs",
                    tracker + " answers.",
                    tracker + " reaches this machine at 127.0.0.1:" + agent.peerPort()))
                assertTrue(with.out().contains(part), with::toString);
            agent.end("TERM", 0);
            Ran silent = machine.run("doctor", "--tracker", tracker).exits(1);
            assertTrue(silent.out().contains(tracker + " does not answer"), silent::toString);
        }
    }

    private static JsonNode shared(RunningAgent agent) throws Exception {
        return agent.await(status ->
                        status.path("seeds").path(0).path("state").asString().equals("shared"))
                .path("seeds")
                .path(0);
    }

    private void assertSame(Path file) throws Exception {
        try (Stream<Path> blobs =
                Files.list(Objects.requireNonNull(machine("one").cache()).resolve("models--org--model/blobs"))) {
            assertEquals(-1, Files.mismatch(blobs.findFirst().orElseThrow(), file));
        }
    }

    @Test
    void withoutAnAgentSeedStaysUntilItsTimeIsOver() throws Exception {
        Sandbox machine = machine("one");
        machine.run("seed", REPO).exits(3).says("There is no cache", "prefetch");
        machine.run("prefetch", REPO).exits(0);
        machine.run("seed", REPO, "--for", "1s").exits(0).says(REPO + "/model.bin is", "Peers call port");
        machine.run("seed", "--all", "--for", "1s").exits(0).says("1 files of the cache");
        hub.remove(StubRepo.Type.MODEL, REPO);
        machine.run("seed", "nobody/has-this", "--for", "1s").exits(3).says("The cache has no nobody/has-this");
        machine.run("unseed", REPO).exits(1).says("No hubswarm agent runs");
    }
}
