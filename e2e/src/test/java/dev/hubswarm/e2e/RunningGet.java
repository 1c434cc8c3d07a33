package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code hubswarm torrent get} in a process of its own. Confined to one thread. */
record RunningGet(Process process, BufferedReader out, Path errors, int port) implements AutoCloseable {
    private static final long PATIENCE_MINUTES = 4;

    static RunningGet start(Sandbox sandbox, Object... options) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("torrent", "get", "--json", "--peer-port", "0"));
        arguments.addAll(List.of(options));
        Path errors = Files.createTempFile("hubswarm-e2e", ".err");
        errors.toFile().deleteOnExit();
        Process process = sandbox.program(Hubswarm.quick(arguments.toArray()))
                .redirectError(errors.toFile())
                .start();
        // Whoever waits for what never happens is not interrupted, but hears of its end.
        CompletableFuture.delayedExecutor(PATIENCE_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        int port = 0;
        while (port == 0) port = next(out, errors).path("port").asInt(0);
        return new RunningGet(process, out, errors, port);
    }

    private static JsonNode next(BufferedReader out, Path errors) throws IOException {
        String line = out.readLine();
        if (line == null) throw new IllegalStateException("it has ended: " + Files.readString(errors));
        return JsonMapper.shared().readTree(line);
    }

    /** Returns the next such event. */
    JsonNode await(String event) throws IOException {
        while (true) {
            JsonNode next = next(out, errors);
            if (next.path("event").asString().equals(event)) return next;
        }
    }

    /** Waits until so many bytes are here. */
    void awaitBytes(long bytes) throws IOException {
        while (await("progress").path("bytes").asLong() < bytes) {}
    }

    String peer() {
        return "127.0.0.1:" + port;
    }

    String said() throws IOException {
        return Files.readString(errors);
    }

    /** Sends it a signal, and waits for its end. */
    void end(String signal, int exit) throws IOException, InterruptedException {
        Ran.of(List.of("kill", "-" + signal, Long.toString(process.pid()))).exits(0);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends soon");
        assertEquals(exit, process.exitValue(), said());
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
