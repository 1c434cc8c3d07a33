package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.UdpRequest;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What honest clients notice of a flood (S29). */
@Tag("e2e")
final class TrackerFloodTest {
    private static final String HOST = Net.address(false, 1);
    private static final int PORT = 8472;
    /** Half of them with a flood. */
    private static final int SECONDS = Boolean.getBoolean("hubswarm.long") ? 100 : 10;

    private static final Duration MOST_WAIT = Duration.ofSeconds(60);
    private static final long MOST_MEMORY_KIB = 512 << 10;
    /** Of less a busy machine's scheduler decides. */
    private static final long NOTICEABLE_MICROS = 50_000;

    @Test
    void honestClientsAreAnsweredAsFastAndMemoryIsBounded(@TempDir Path folder) throws Exception {
        try (Net net = Net.make();
                RunningTracker tracker = RunningTracker.start(
                        net.inside(), folder.resolve("state"), "--listen", HOST + ":" + PORT, "--udp", "--open")) {
            Ran.of(net.inside(List.of("ip", "route", "add", "local", "10.78.0.0/16", "dev", "lo")))
                    .exits(0);
            Process flood = new ProcessBuilder(program(net, "nice", "-n", "19"))
                    .redirectError(Redirect.INHERIT)
                    .start();
            try {
                assertEquals("ready", flood.inputReader(StandardCharsets.UTF_8).readLine());
                List<JsonNode> tries = new ArrayList<>();
                // Something else on the machine may spoil one, not three.
                do tries.add(ask(net));
                while (!isFast(tries.get(tries.size() - 1)) && tries.size() < 3);
                assertTrue(isFast(tries.get(tries.size() - 1)), tries::toString);
                // On a full machine a flood that makes way for others takes its time.
                Instant end = Instant.now().plus(MOST_WAIT);
                while (!missing(tracker, net).isEmpty() && Instant.now().isBefore(end)) Thread.onSpinWait();
            } finally {
                flood.destroyForcibly();
            }
            assertEquals(List.of(), missing(tracker, net));
            assertTrue(tracker.metric(net, "swarms") > 10_000, "new torrents");
            long memory = memoryKib(tracker.process());
            assertTrue(memory <= MOST_MEMORY_KIB, () -> memory + " KiB");
            assertEquals(0, tracker.stop());
        }
    }

    /** Of all kinds of a flood, those that did not reach it yet; one client has its limit of connections. */
    private static List<String> missing(RunningTracker tracker, Net net) throws Exception {
        List<String> missing = new ArrayList<>();
        for (String counter : List.of("udp_bad_ids", "udp_dropped", "udp_connects", "rate_limited", "connections"))
            if (tracker.metric(net, counter + "_total") <= 1000) missing.add(counter);
        if (tracker.metric(net, "connections_refused_total") == 0) missing.add("connections_refused");
        return missing;
    }

    private static JsonNode ask(Net net) throws Exception {
        List<String> command = program(net);
        command.add(String.valueOf(SECONDS));
        Ran asked = Ran.of(command).exits(0);
        JsonNode seen = asked.json();
        assertEquals(0, seen.get("failed").asInt(), asked::toString);
        assertTrue(
                seen.get("quiet").asInt() > 5 * SECONDS && seen.get("flooded").asInt() > 5 * SECONDS);
        return seen;
    }

    private static List<String> program(Net net, String... before) throws URISyntaxException {
        List<String> command = new ArrayList<>(net.inside(List.of(before)));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = home(Flood.class) + File.pathSeparator + home(UdpRequest.class);
        command.addAll(List.of(java, "-cp", classes, Flood.class.getName(), HOST, String.valueOf(PORT)));
        return command;
    }

    private static boolean isFast(JsonNode seen) {
        long quiet = seen.get("quiet_p99_us").asLong();
        return seen.get("flooded_p99_us").asLong() <= Math.max(2 * quiet, NOTICEABLE_MICROS);
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static long memoryKib(Process process) throws Exception {
        return Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
