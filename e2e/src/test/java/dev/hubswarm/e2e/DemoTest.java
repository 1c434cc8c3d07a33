package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code hubswarm demo}, as a new user runs it first. */
@Tag("e2e")
final class DemoTest {
    private static final long SIZE = 4 << 20;

    @TempDir
    Path folder;

    /** Its line to the Hub is so narrow that the swarm has ample time, also on a busy machine. */
    private ProcessBuilder demo(String uplink) throws IOException {
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        List<String> command = Hubswarm.quick("demo", "--json", "--nodes", 2, "--size", SIZE, "--uplink", uplink);
        command.add(1, "-Djava.io.tmpdir=" + temporary);
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment().put("HUBSWARM_HOME", folder.resolve("state").toString());
        program.environment().put("HF_HOME", folder.resolve("hf").toString());
        return program;
    }

    private void leavesNothing() throws IOException {
        try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
            assertEquals(
                    List.of(),
                    left.filter(path -> String.valueOf(path.getFileName()).startsWith("hubswarm"))
                            .toList());
        }
        assertFalse(Files.exists(folder.resolve("state")), "HUBSWARM_HOME was touched");
        assertFalse(Files.exists(folder.resolve("hf")), "HF_HOME was touched");
    }

    @Test
    void aSwarmIsFasterThanTheHubAndSparesIt() throws Exception {
        JsonNode summary = Ran.of(demo("1MiB")).exits(0).json();
        assertEquals("summary", summary.path("event").asString());
        JsonNode http = summary.path("runs").path(0);
        JsonNode swarm = summary.path("runs").path(1);
        for (JsonNode run : List.of(http, swarm)) {
            assertEquals(2, run.path("nodes").size(), run::toString);
            for (JsonNode node : run.path("nodes")) {
                assertTrue(node.path("verified").asBoolean(), run::toString);
                assertEquals(
                        SIZE,
                        node.path("bytes_from_hub").asLong()
                                + node.path("bytes_from_peers").asLong(),
                        run::toString);
            }
        }
        assertEquals("http", http.path("mode").asString());
        assertEquals(0, http.path("percent_from_peers").asLong(), http::toString);
        assertTrue(http.path("hub_bytes").asLong() >= 2 * SIZE, http::toString);
        assertTrue(swarm.path("hub_bytes").asLong() < http.path("hub_bytes").asLong(), summary::toString);
        assertTrue(swarm.path("seconds").asDouble() < http.path("seconds").asDouble(), summary::toString);
        leavesNothing();
    }

    @Test
    void interruptedItLeavesNothing() throws Exception {
        Process demo =
                demo("64KiB").redirectError(folder.resolve("err").toFile()).start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.contains("\"progress\"")) line = out.readLine();
            Ran.of(List.of("kill", "-INT", Long.toString(demo.pid()))).exits(0);
            assertTrue(demo.waitFor(60, TimeUnit.SECONDS), "it goes on");
        } finally {
            demo.destroyForcibly().onExit().join();
        }
        assertEquals(130, demo.exitValue(), Files.readString(folder.resolve("err")));
        leavesNothing();
    }
}
