package dev.hubswarm.e2e;

import dev.hubswarm.hubstub.HubStub;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A network of its own from which nothing leads out but the ports of a stand-in Hub, and in which every packet is seen.
 * Confined to one thread.
 */
final class ClosedNet implements AutoCloseable {
    /** What came back. */
    record Answer(int status, long size, String sha256) {}

    private final Net net;
    private final List<ServerSocketChannel> doors = new ArrayList<>();
    private final Process inside;
    private final BufferedReader says;
    private final Writer hears;

    /** @param folder for sockets, so its name must be short */
    ClosedNet(Path folder, HubStub hub) throws IOException {
        net = Net.make();
        for (String endpoint : List.of(hub.endpoint(), hub.cdnEndpoint())) {
            int port = URI.create(endpoint).getPort();
            ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            door.bind(UnixDomainSocketAddress.of(folder.resolve(Integer.toString(port))));
            doors.add(door);
            start(() -> leadOut(door, port));
        }
        List<String> command = new ArrayList<>(net.inside());
        command.addAll(List.of(Tools.require("python").toString(), "-c", Tools.script("closed_net.py")));
        command.addAll(List.of(folder.toString(), "127.0.0.1", Net.address(false, 1)));
        inside = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        says = inside.inputReader(StandardCharsets.UTF_8);
        hears = inside.outputWriter(StandardCharsets.UTF_8);
        answer();
    }

    private interface Blocking {
        void run() throws IOException;
    }

    private static void start(Blocking task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // One end was closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void leadOut(ServerSocketChannel door, int port) throws IOException {
        while (true) {
            SocketChannel inner = door.accept();
            SocketChannel outer = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            start(() -> pump(inner, outer));
            start(() -> pump(outer, inner));
        }
    }

    private static void pump(SocketChannel from, SocketChannel to) throws IOException {
        // The streams of channels would wait for each other: in 17 they share a lock for both directions.
        ByteBuffer bytes = ByteBuffer.allocate(1 << 17);
        try (from;
                to) {
            while (from.read(bytes) >= 0) {
                bytes.flip();
                while (bytes.hasRemaining()) to.write(bytes);
                bytes.clear();
            }
        }
    }

    List<String> command(List<String> command) {
        return net.inside(command);
    }

    private JsonNode answer() throws IOException {
        String line = says.readLine();
        if (line == null) throw new AssertionError("it ended");
        return JsonMapper.shared().readTree(line);
    }

    private JsonNode tell(Map<String, ?> order) throws IOException {
        hears.write(JsonMapper.shared().writeValueAsString(order) + "\n");
        hears.flush();
        return answer();
    }

    Answer ask(String method, String url, Map<String, String> headers, @Nullable String body) throws IOException {
        Map<String, Object> order = new TreeMap<>(Map.of("url", url, "method", method, "headers", headers));
        if (body != null) order.put("body", body);
        JsonNode answer = tell(order);
        return new Answer(
                answer.path("status").asInt(),
                answer.path("size").asLong(),
                answer.path("sha256").asString());
    }

    /** Packets of these ports are none of the others. */
    void allow(int... ports) throws IOException {
        tell(Map.of("allow", ports));
    }

    /** All other packets since the last time, and how many of each. */
    Map<String, Integer> others() throws IOException {
        Map<String, Integer> found = new TreeMap<>();
        tell(Map.of("others", true))
                .properties()
                .forEach(one -> found.put(one.getKey(), one.getValue().asInt()));
        return found;
    }

    @Override
    public void close() throws IOException {
        inside.destroyForcibly().onExit().join();
        for (ServerSocketChannel door : doors) door.close();
        net.close();
    }

    static Path shortFolder() throws IOException {
        return Files.createTempDirectory("hsn");
    }
}
