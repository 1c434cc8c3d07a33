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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Machines that fetch a repo from each other: agents, the tracker in one of them, and {@code prefetch}. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class SwarmPrefetchTest {
    private static final String REPO = "org/model";
    private static final int MIB = 1 << 20;
    private static final List<String> LARGE = List.of("a.bin", "b.bin");

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().reader("hf_reader").start();
    private final StubRepo repo = StubRepo.model(REPO)
            .git("config.json", "{}")
            .xet("a.bin", StubContent.generated(1, 9 * MIB + 1))
            .xet("b.bin", StubContent.generated(2, 5 * MIB))
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

    private void assertRight(Sandbox machine) throws Exception {
        Prefetch made = new Prefetch(hub, repo, machine.cache(), machine.state());
        made.assertComplete();
    }

    private static long sum(Ran prefetch, String field) {
        long sum = 0;
        for (JsonNode file : prefetch.json().path("files"))
            sum += file.path(field).asLong();
        return sum;
    }

    /** One machine has the repo, and its agent shares it. */
    private RunningAgent firstMachine() throws Exception {
        Sandbox first = machine("first");
        RunningAgent agent = RunningAgent.start(first);
        try {
            first.run("prefetch", REPO, "--quiet").exits(0);
            agent.await(status -> isShared(status, LARGE.size()));
            return agent;
        } catch (Throwable e) {
            agent.close();
            throw e;
        }
    }

    private static boolean isShared(JsonNode status, int count) {
        int shared = 0;
        for (JsonNode seed : status.path("seeds"))
            if (seed.path("state").asString().equals("shared")) shared++;
        return shared == count;
    }

    @Test
    void whatOneMachineHasTheOthersGetFromIt() throws Exception {
        try (RunningAgent agent = firstMachine()) {
            List<CompletableFuture<Ran>> running = new ArrayList<>();
            List<Sandbox> machines = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Sandbox machine = machine("other-" + i);
                machines.add(machine);
                String tracker = agent.tracker();
                running.add(CompletableFuture.supplyAsync(() -> {
                    try {
                        return machine.run(
                                "prefetch",
                                REPO,
                                "--mode",
                                "offload",
                                "--tracker",
                                tracker,
                                "--peer-port",
                                0,
                                "--json");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            for (CompletableFuture<Ran> one : running) {
                Ran ran = one.get(90, TimeUnit.SECONDS).exits(0);
                assertEquals(14L * MIB + 1, sum(ran, "bytes_from_peers"), ran::toString);
                assertEquals("{}".length(), sum(ran, "bytes_from_hub"), ran::toString);
            }
            for (Sandbox machine : machines) assertRight(machine);
            // What was fetched without an agent is shared by nobody.
            agent.end("TERM", 0);
        }
        Sandbox late = machine("late");
        Ran ran = late.run("prefetch", REPO, "--json").exits(0);
        assertEquals(0, sum(ran, "bytes_from_peers"), ran::toString);
        assertRight(late);
    }

    /** Reliability.md S51, in small: whatever dies, who fetches ends with the right bytes. */
    @Test
    void anAgentThatIsKilledCostsNothingButTime() throws Exception {
        try (RunningAgent agent = firstMachine()) {
            hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB));
            Sandbox machine = machine("other");
            Process process = machine.program(Hubswarm.quick(
                            "prefetch",
                            REPO,
                            "--tracker",
                            agent.tracker(),
                            "--peer-port",
                            0,
                            "--download-limit",
                            "2MiB"))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("said").toFile())
                    .start();
            try {
                agent.await(status -> sent(status) > 0);
                agent.end("KILL", 137);
                assertTrue(process.waitFor(90, TimeUnit.SECONDS), "it goes on");
                assertEquals(0, process.exitValue(), Files.readString(folder.resolve("said")));
            } finally {
                process.destroyForcibly();
            }
            assertRight(machine);
        }
    }

    private static long sent(JsonNode status) {
        long sent = 0;
        for (JsonNode seed : status.path("seeds"))
            sent += seed.path("bytes_sent").asLong();
        return sent;
    }

    /** The token that may read it stays between its owner and the Hub, and so does the file. */
    @Test
    void whatIsPrivateComesFromTheHubAlone() throws Exception {
        hub.put(StubRepo.model("org/private")
                .xet("a.bin", StubContent.generated(1, 9 * MIB + 1))
                .access(new StubRepo.Access.Private())
                .build());
        try (RunningAgent agent = firstMachine()) {
            // The same content is public elsewhere, and shared: even so nobody is asked for it by this name.
            Sandbox machine = machine("other").with("HF_TOKEN", "hf_reader");
            Ran ran = machine.run(
                            "prefetch",
                            "org/private",
                            "--mode",
                            "offload",
                            "--tracker",
                            agent.tracker(),
                            "--peer-port",
                            0,
                            "--json")
                    .exits(0);
            assertEquals(0, sum(ran, "bytes_from_peers"), ran::toString);
            Path blobs = machine.cache().resolve("models--org--private/snapshots");
            try (var snapshots = Files.list(blobs)) {
                Path file = snapshots.findFirst().orElseThrow().resolve("a.bin");
                assertArrayEquals(StubContent.generated(1, 9 * MIB + 1).bytes(), Files.readAllBytes(file));
            }
        }
    }

    /** It has no agent, and stays for as long as it is told to. */
    @Test
    void prefetchCanStayAndShare() throws Exception {
        Sandbox tracker = machine("tracker");
        try (RunningAgent agent = RunningAgent.start(tracker)) {
            Sandbox first = machine("first");
            Process stays = first.program(Hubswarm.quick(
                            "prefetch", REPO, "--tracker", agent.tracker(), "--peer-port", 0, "--seed-for", "10m"))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("said").toFile())
                    .start();
            try {
                RunningAgent itself = new RunningAgent(stays, first, folder.resolve("said"), folder.resolve("said"));
                itself.await(status -> isShared(status, LARGE.size()));
                Sandbox other = machine("other");
                Ran ran = other.run(
                                "prefetch",
                                REPO,
                                "--mode",
                                "offload",
                                "--tracker",
                                agent.tracker(),
                                "--peer-port",
                                0,
                                "--json")
                        .exits(0);
                assertEquals(14L * MIB + 1, sum(ran, "bytes_from_peers"), ran::toString);
                assertRight(other);
            } finally {
                stays.destroy();
                assertTrue(stays.waitFor(60, TimeUnit.SECONDS));
            }
        }
    }
}
