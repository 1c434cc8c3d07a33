package dev.hubswarm.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code hubswarm tracker} in a process of its own. Confined to one thread. */
record RunningTracker(Process process, String url, List<String> said) implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("  Address +(http://\\S+).*");
    private static final long PATIENCE_MINUTES = 2;
    private static final String LAST = "  Client (llmpt)";

    RunningTracker {
        said = List.copyOf(said);
    }

    /** @param home for HUBSWARM_HOME */
    static RunningTracker start(Path home, Object... options) throws IOException {
        return start(List.of(), home, options);
    }

    /** @param before what to put in front of the command, to run it elsewhere */
    static RunningTracker start(List<String> before, Path home, Object... options) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("tracker"));
        arguments.addAll(List.of(options));
        List<String> command = new ArrayList<>(before);
        command.addAll(Hubswarm.quick(arguments.toArray()));
        Sandbox sandbox = new Sandbox(home, Map.of("HUBSWARM_HOME", home.toString()));
        Path errors = Files.createTempFile("hubswarm-e2e", ".err");
        Process process =
                sandbox.program(command).redirectError(errors.toFile()).start();
        // No interrupt ends a read of what it says, but its own end does.
        CompletableFuture<Void> hangs = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(PATIENCE_MINUTES, TimeUnit.MINUTES));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        List<String> said = new ArrayList<>();
        String url = "";
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            said.add(line);
            Matcher address = ADDRESS.matcher(line);
            if (address.matches()) url = address.group(1);
            if (!line.startsWith(LAST)) continue;
            hangs.cancel(false);
            return new RunningTracker(process, url, said);
        }
        throw new IllegalStateException("no tracker: " + said + Files.readString(errors));
    }

    HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
        if (headers.length > 0) request.headers(headers);
        return send(request);
    }

    /** One of its figures, if it is in a network that cannot be reached from here. */
    long metric(Net net, String name) throws IOException, InterruptedException {
        String read = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1] + '/metrics').read().decode())";
        return Ran.of(net.inside(List.of(Tools.require("python").toString(), "-c", read, url)))
                .exits(0)
                .out()
                .lines()
                .filter(line -> line.startsWith("hubswarm_tracker_" + name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    HttpResponse<byte[]> put(String path, byte[] body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
        if (headers.length > 0) request.headers(headers);
        return send(request.PUT(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    static HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofByteArray());
    }

    /** Stops it as a service manager does, and returns its exit code. */
    int stop() throws InterruptedException {
        // Process.destroy() would close our end of its output as well, and it may still be saying something.
        process.toHandle().destroy();
        return process.waitFor();
    }

    /** As kill -9 does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
