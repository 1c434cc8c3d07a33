package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code hubswarm up} in a process of its own, on ports that are free. Confined to one thread. */
record RunningAgent(Process process, Sandbox sandbox, Path out, Path err) implements AutoCloseable {
    private static final long PATIENCE_NANOS = Duration.ofSeconds(90).toNanos();

    static RunningAgent start(Sandbox sandbox, Object... options) throws Exception {
        RunningAgent agent = begin(sandbox, options);
        agent.await(status -> status.path("state").asString().equals("up"));
        return agent;
    }

    /** As {@link #start}, but does not wait. */
    static RunningAgent begin(Sandbox sandbox, Object... options) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("up", "--peer-port", "0"));
        if (!List.of(options).contains("--listen")) arguments.addAll(List.of("--listen", "127.0.0.1:0"));
        if (!List.of(options).contains("--control")) arguments.addAll(List.of("--control", "127.0.0.1:0"));
        if (!List.of(options).contains("--tracker")) arguments.addAll(List.of("--tracker-listen", "127.0.0.1:0"));
        arguments.addAll(List.of(options));
        Path out = Files.createTempFile("hubswarm-e2e", ".out");
        Path err = Files.createTempFile("hubswarm-e2e", ".err");
        Process process = sandbox.program(Hubswarm.quick(arguments.toArray()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new RunningAgent(process, sandbox, out, err);
    }

    /** Asked as a script would, without our program; null while nobody answers. */
    JsonNode await(Predicate<JsonNode> wanted) throws Exception {
        Path note = sandbox.state().resolve("agent.json");
        long end = System.nanoTime() + PATIENCE_NANOS;
        String last = "";
        while (System.nanoTime() - end < 0) {
            assertTrue(process.isAlive(), this::said);
            if (Files.exists(note)) {
                try {
                    JsonNode agent = JsonMapper.shared().readTree(Files.readString(note));
                    last = Http.get(
                            "http://" + agent.path("control").asString() + "/api/status",
                            Files.readString(sandbox.state().resolve("control-token")));
                    JsonNode status = JsonMapper.shared().readTree(last);
                    boolean isIt = status.path("pid").asLong() == process.pid();
                    if (isIt && wanted.test(status)) return status;
                } catch (IOException e) {
                    last = e.toString();
                }
            }
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
        throw new AssertionError(last + said());
    }

    int peerPort() throws Exception {
        return await(status -> true).path("peer_port").asInt();
    }

    String tracker() throws Exception {
        return "http://" + await(status -> true).path("own_tracker").asString();
    }

    String said() {
        try {
            return Files.readString(out) + Files.readString(err);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends it a signal, and waits for its end. */
    void end(String signal, int exit) throws Exception {
        Ran.of(List.of("kill", "-" + signal, Long.toString(process.pid()))).exits(0);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on");
        assertEquals(exit, process.exitValue(), said());
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
