package dev.hubswarm.trackerserver.store;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.testkit.FreePort;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real Redis on loopback that a test may kill and start again on the same port. Confined to one test. */
final class RedisProcess implements AutoCloseable {
    private static final int ATTEMPTS = 5;

    private final Path folder;
    private final @Nullable String password;
    private final List<String> options;
    private int port;
    private @Nullable Process process;

    private RedisProcess(Path folder, @Nullable String password, String... options) {
        this.folder = folder;
        this.password = password;
        this.options = List.of(options);
    }

    /** Starts one that loses at most a second of what it was told when it is killed. */
    static RedisProcess start(Path folder) throws IOException {
        return start(folder, null, "--appendonly", "yes", "--appendfsync", "everysec");
    }

    static RedisProcess start(Path folder, @Nullable String password, String... options) throws IOException {
        RedisProcess redis = new RedisProcess(folder, password, options);
        for (int attempt = 1; redis.process == null; attempt++) {
            if (attempt > ATTEMPTS) throw new IOException("no free port, or Redis does not start: " + redis.options);
            redis.port = FreePort.at(InetAddress.getLoopbackAddress());
            redis.start();
        }
        return redis;
    }

    /** Starts it on its port, with what it kept in its folder; does nothing if it ends at once. */
    void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(program().toString(), "--bind", "127.0.0.1"));
        command.addAll(List.of(options.contains("--tls-port") ? "--tls-port" : "--port", Integer.toString(port)));
        command.addAll(List.of("--dir", folder.toString(), "--save", ""));
        if (password != null) command.addAll(List.of("--requirepass", password));
        options.stream().filter(option -> !option.equals("--tls-port")).forEach(command::add);
        Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader log = started.inputReader();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            if (!line.contains("Ready to accept connections")) continue;
            process = started;
            Thread drain = new Thread(() -> log.lines().forEach(ignored -> {}), "redis-log");
            drain.setDaemon(true);
            drain.start();
            return;
        }
    }

    private static Path program() {
        Path program = Path.of(System.getProperty("hubswarm.tools", "")).resolve("bin/redis-server");
        if (!Files.isExecutable(program)) {
            String missing = "There is no " + program + ". Run e2e/tools/setup to get it.";
            if ("true".equals(System.getenv("CI"))) fail(missing);
            abort(missing);
        }
        return program;
    }

    StorageUri.Redis uri() {
        return uri(password);
    }

    StorageUri.Redis uri(@Nullable String otherPassword) {
        Redacted redacted = otherPassword == null ? null : new Redacted(otherPassword);
        return new StorageUri.Redis("127.0.0.1", port, redacted, 0, options.contains("--tls-port"));
    }

    /** As a power failure does it, nearly: nothing is written any more. */
    void kill() {
        Process running = process;
        process = null;
        if (running == null) return;
        // Not the process, whose output somebody still reads.
        running.toHandle().destroyForcibly();
        try {
            if (!running.waitFor(60, TimeUnit.SECONDS)) throw new IllegalStateException("Redis survives a kill");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets it neither answer nor close a connection, until {@link #resume}. */
    void pause() throws IOException {
        signal("-STOP");
    }

    void resume() throws IOException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException {
        if (process == null) throw new IllegalStateException("it does not run");
        Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                .inheritIO()
                .start();
        if (kill.onExit().join().exitValue() != 0) throw new IOException("kill " + signal);
    }

    @Override
    public void close() {
        kill();
    }
}
