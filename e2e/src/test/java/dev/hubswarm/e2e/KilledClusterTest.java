package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.testkit.FreePort;
import dev.hubswarm.testkit.LeakCheck;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Machines that fetch a repo at the same time and share it, while any of them, the tracker, what that keeps its catalogue
 * in, and the Hub are killed and come back (reliability.md S51). Fourteen machines, 40 files and each storage with
 * {@code -Dhubswarm.long=true}.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class KilledClusterTest {
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final int MACHINES = IS_LONG ? 14 : 3;
    private static final int FILES = IS_LONG ? 40 : 8;
    private static final int ROUNDS = IS_LONG ? 4 : 1;
    private static final String REPO = "org/model";
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(IS_LONG ? 8 : 2);
    /** As long as who is killed stays away. */
    private static final long ABSENCE_MILLIS = 700;

    @TempDir
    Path folder;

    private final Random random = new Random(6);
    private final List<Process> all = new ArrayList<>();
    private final List<Machine> machines = new ArrayList<>();
    private final int hubPort = FreePort.at(HERE);
    private final int cdnPort = FreePort.at(HERE);
    private final int trackerPort = FreePort.at(HERE);
    private final int redisPort = FreePort.at(HERE);
    private @Nullable Process hub;
    private @Nullable Process tracker;
    private @Nullable Process redis;
    private String storage = "";

    static List<String> storages() {
        return IS_LONG ? List.of("memory", "sqlite", "redis") : List.of("sqlite");
    }

    @AfterEach
    void killAll() {
        for (Process process : all) process.destroyForcibly().onExit().join();
    }

    private Process start(ProcessBuilder program, String log) throws IOException {
        Process process = program.redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve(log).toFile()))
                .start();
        all.add(process);
        return process;
    }

    /** A process of its own, with a line that leaves time for everything to be killed. */
    private Process startHub() throws IOException {
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.hubswarm.hubstub.StubMain",
                "--port",
                String.valueOf(hubPort),
                "--cdn-port",
                String.valueOf(cdnPort),
                "--uplink",
                IS_LONG ? "12MiB" : "8MiB",
                "--repo",
                REPO + ":" + FILES + "x1200KiB");
        Process process = program.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        all.add(process);
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        assertTrue(String.valueOf(said.readLine()).startsWith("HF_ENDPOINT="), "no Hub");
        return process;
    }

    private Process startTracker() throws IOException {
        String where = switch (storage) {
            case "sqlite" -> "sqlite:" + folder.resolve("tracker.db");
            case "redis" -> "redis://127.0.0.1:" + redisPort + "/0";
            default -> storage;
        };
        Sandbox sandbox = new Sandbox(
                folder, Map.of("HUBSWARM_HOME", folder.resolve("tracker").toString()));
        return start(
                sandbox.program(Hubswarm.quick("tracker", "--listen", "127.0.0.1:" + trackerPort, "--storage", where)),
                "tracker.log");
    }

    private Process startRedis() throws IOException {
        return start(
                new ProcessBuilder(
                        Tools.require("redis-server").toString(),
                        "--port",
                        String.valueOf(redisPort),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        folder.toString(),
                        "--save",
                        ""),
                "redis.log");
    }

    /** Fetches, and then shares what it has; whoever is killed, or gives up, is started again with the same words. */
    private final class Machine {
        private final int number;
        private final Sandbox sandbox;
        private Process process;
        private int starts = 1;

        Machine(int number) throws IOException {
            this.number = number;
            Path own = Files.createDirectories(folder.resolve("machine-" + number));
            sandbox = new Sandbox(
                    own,
                    Map.of(
                            "HF_ENDPOINT", "http://127.0.0.1:" + hubPort,
                            "HF_HOME", own.resolve("own/hf").toString(),
                            "HUBSWARM_HOME", own.resolve("own/state").toString()));
            process = begin();
        }

        private Process begin() throws IOException {
            List<String> command = Hubswarm.quick(
                    "prefetch",
                    REPO,
                    "--quiet",
                    "--tracker",
                    "http://127.0.0.1:" + trackerPort,
                    "--peer-port",
                    0,
                    "--mode",
                    number % 2 == 0 ? "race" : "offload",
                    "--seed-for",
                    "1h");
            command.add(1, "-Xmx80m");
            return start(sandbox.program(command), "machine-" + number + ".log");
        }

        void kill() throws Exception {
            process.destroyForcibly().waitFor();
        }

        /** A machine on which nothing runs is looked after. */
        void lookAfter() throws IOException {
            if (process.isAlive()) return;
            starts++;
            process = begin();
        }

        private Path repo() {
            return sandbox.cache().resolve("models--org--model");
        }

        int blobs() throws IOException {
            if (!Files.isDirectory(repo().resolve("blobs"))) return 0;
            try (Stream<Path> files = Files.list(repo().resolve("blobs"))) {
                return (int) files.filter(KilledClusterTest::isBlob).count();
            }
        }

        boolean isDone() {
            return Files.exists(repo().resolve("refs/main"));
        }
    }

    private static boolean isBlob(Path path) {
        return path.getFileName().toString().length() == 64;
    }

    private int blobs() throws IOException {
        int count = 0;
        for (Machine machine : machines) count += machine.blobs();
        return count;
    }

    /** Lets some time pass, in which machines that gave up begin again. */
    private void pass(long millis) throws Exception {
        Process any = all.stream().filter(Process::isAlive).findFirst().orElseThrow();
        any.waitFor(millis, TimeUnit.MILLISECONDS);
        for (Machine machine : machines) machine.lookAfter();
    }

    private void awaitBlobs(int count, long end) throws Exception {
        while (blobs() < count && System.nanoTime() - end < 0) pass(20);
    }

    private void killAndRestart(int what) throws Exception {
        switch (what) {
            case 0 -> {
                hub = away(hub);
                hub = startHub();
            }
            case 1 -> {
                tracker = away(tracker);
                tracker = startTracker();
            }
            case 2 -> {
                if (!storage.equals("redis")) return;
                redis = away(redis);
                redis = startRedis();
            }
            default -> machines.get(random.nextInt(machines.size())).kill();
        }
    }

    private @Nullable Process away(@Nullable Process process) throws Exception {
        if (process != null) process.destroyForcibly().waitFor();
        pass(ABSENCE_MILLIS);
        return process;
    }

    @ParameterizedTest
    @MethodSource("storages")
    void whateverIsKilledEverybodyEndsWithTheRightFiles(String kind) throws Exception {
        storage = kind;
        long end = System.nanoTime() + PATIENCE_NANOS;
        long began = System.nanoTime();
        hub = startHub();
        if (kind.equals("redis")) redis = startRedis();
        tracker = startTracker();
        for (int i = 0; i < MACHINES; i++) machines.add(new Machine(i));
        List<Integer> kills = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            IntStream.of(3, 1, 3, 0, 2, 3).limit(IS_LONG ? 6 : 4).forEach(kills::add);
        }
        int total = MACHINES * FILES;
        for (int i = 0; i < kills.size(); i++) {
            awaitBlobs(total * (i + 1) / (kills.size() + 2), end);
            killAndRestart(kills.get(i));
        }
        while (!machines.stream().allMatch(Machine::isDone) && System.nanoTime() - end < 0) pass(50);
        System.out.printf(
                "%s: %d machines, %d kills, %d starts, %.1f s%n",
                kind,
                MACHINES,
                kills.size(),
                machines.stream().mapToInt(machine -> machine.starts).sum(),
                (System.nanoTime() - began) / 1e9);
        assertRight();
    }

    private void assertRight() throws Exception {
        Map<String, String> first = new TreeMap<>();
        for (Machine machine : machines) {
            assertTrue(machine.isDone(), () -> "machine " + machine.number + " is not done: " + said(machine));
            assertEquals(FILES, machine.blobs(), () -> said(machine));
            try (Stream<Path> files = Files.list(machine.repo().resolve("blobs"))) {
                for (Path blob : files.filter(KilledClusterTest::isBlob).toList())
                    assertTrue(Prefetch.isRight(blob), () -> blob + " is wrong");
            }
            Map<String, String> tree = CacheTree.describe(machine.repo());
            // What whoever was killed had begun to write: nothing reads it, and `cache gc` removes it.
            tree.keySet()
                    .removeIf(name -> name.endsWith(".hubswarm-part")
                            || DurableFile.isTemporaryName(
                                    Path.of(name).getFileName().toString()));
            if (first.isEmpty()) first.putAll(tree);
            assertEquals(Set.of(), difference(first, tree), () -> said(machine));
        }
    }

    private static Set<Map.Entry<String, String>> difference(Map<String, String> a, Map<String, String> b) {
        Set<Map.Entry<String, String>> different = new HashSet<>(a.entrySet());
        different.addAll(b.entrySet());
        different.removeIf(entry -> a.entrySet().contains(entry) && b.entrySet().contains(entry));
        return different;
    }

    private String said(Machine machine) {
        try {
            return Files.readString(folder.resolve("machine-" + machine.number + ".log"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
