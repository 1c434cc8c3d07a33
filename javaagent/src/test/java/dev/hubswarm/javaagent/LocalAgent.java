package dev.hubswarm.javaagent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Speaks for the agent: a file of the Hub at its address, without a redirect, over {@code proxy.sock}. It may fail in
 * each way that an agent can. Thread-safe.
 */
final class LocalAgent implements AutoCloseable {
    /** What becomes of a request. */
    enum Way {
        SERVE,
        /** The connection is closed at once. */
        RESET,
        /** Nothing comes. */
        HANG,
        /** Half of the body comes. */
        CUT,
        /** An error instead. */
        REFUSE,
        /** Another file, well formed. */
        OTHER_FILE
    }

    private final ServerSocketChannel server;
    private final String hub;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "local-agent");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient client = HttpClient.newHttpClient();
    private final CopyOnWriteArrayList<SocketChannel> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();
    private volatile Way way = Way.SERVE;

    LocalAgent(Path home, String hub) throws IOException {
        this.hub = hub;
        Path socket = home.resolve("p.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Files.writeString(
                home.resolve("agent.json"),
                "{\"version\":\"1\",\"pid\":1,\"proxy\":\"127.0.0.1:1\",\"sockets\":{\"control\":\"/nowhere\",\"proxy\":\""
                        + socket + "\"}}");
        threads.execute(this::accept);
    }

    void goes(Way next) {
        way = next;
    }

    int asked() {
        return asked.get();
    }

    /** Bytes of bodies. */
    long sent() {
        return sent.get();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                open.add(channel);
                threads.execute(() -> serve(channel));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            asked.incrementAndGet();
            Way now = way;
            if (now == Way.RESET) return;
            BufferedReader in = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), ISO_8859_1));
            String target = in.readLine().split(" ", 3)[1];
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = in.readLine(); !line.isEmpty(); line = in.readLine())
                headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
            if (now == Way.HANG) {
                in.read();
                return;
            }
            answer(channel, target, headers, now);
        } catch (IOException e) {
            // The other side left.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(channel);
        }
    }

    private void answer(SocketChannel channel, String target, Map<String, String> headers, Way now)
            throws IOException, InterruptedException {
        OutputStream out = Channels.newOutputStream(channel);
        HttpRequest.Builder resolve = HttpRequest.newBuilder(URI.create(hub + target));
        String token = headers.get("Authorization");
        if (token != null) resolve.header("Authorization", token);
        HttpResponse<Void> redirect = client.send(resolve.build(), BodyHandlers.discarding());
        String location = redirect.headers().firstValue("Location").orElse("");
        if (now == Way.REFUSE || redirect.statusCode() != 302) {
            out.write("HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
            return;
        }
        HttpRequest.Builder file = HttpRequest.newBuilder(URI.create(location));
        String range = headers.get("Range");
        if (range != null) file.header("Range", range);
        HttpResponse<InputStream> found = client.send(file.build(), BodyHandlers.ofInputStream());
        StringBuilder head = new StringBuilder("HTTP/1.1 " + found.statusCode() + " OK\r\n");
        found.headers().map().forEach((name, values) -> {
            if (!name.equals(":status") && !name.equals("etag") && !name.equals("connection"))
                head.append(name).append(": ").append(values.get(0)).append("\r\n");
        });
        String digest = redirect.headers().firstValue("X-Linked-ETag").orElseThrow();
        if (now == Way.OTHER_FILE) digest = digest.replaceAll("[0-9a-f]", "0");
        head.append("ETag: ").append(digest).append("\r\nConnection: close\r\n\r\n");
        out.write(head.toString().getBytes(ISO_8859_1));
        byte[] part = new byte[64 << 10];
        long left = found.headers().firstValueAsLong("Content-Length").orElseThrow();
        if (now == Way.CUT) left /= 2;
        try (InputStream in = found.body()) {
            while (left > 0) {
                int got = in.read(part, 0, (int) Math.min(part.length, left));
                if (got < 0) return;
                out.write(part, 0, got);
                sent.addAndGet(got);
                left -= got;
            }
        }
    }

    @Override
    public void close() throws IOException {
        kill();
    }

    /** As after kill -9: agent.json stays. */
    void kill() throws IOException {
        server.close();
        for (SocketChannel channel : open) channel.close();
        threads.shutdownNow();
    }
}
