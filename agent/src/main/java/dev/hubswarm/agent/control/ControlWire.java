package dev.hubswarm.agent.control;

import dev.hubswarm.base.Redacted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks an agent one thing, by HTTP over its socket or port. Stateless; it blocks.
 *
 * <p>The JDK's client knows no Unix sockets, and takes longer to load than all the rest of a command.
 */
final class ControlWire {
    private static final int MOST_BYTES = 64 << 20;
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private ControlWire() {}

    /** Whether an agent is there, and which; with a time that a live one keeps. */
    static ControlReply health(SocketAddress agent, Duration patience) throws IOException {
        return ask(agent, "GET", "/health", null, null, patience);
    }

    /** @param json null for no body */
    static ControlReply ask(
            SocketAddress agent,
            String method,
            String path,
            @Nullable Redacted token,
            byte @Nullable [] json,
            Duration patience)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(agent)) {
            Executor later = CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS);
            CompletableFuture<Void> end = CompletableFuture.runAsync(() -> close(channel), later);
            try {
                write(channel, head(agent, method, path, token, json));
                if (json != null) write(channel, json);
                return reply(read(channel));
            } finally {
                end.cancel(false);
            }
        }
    }

    private static byte[] head(
            SocketAddress agent, String method, String path, @Nullable Redacted token, byte @Nullable [] json) {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        head.append("Host: ").append(host(agent)).append("\r\nConnection: close\r\n");
        if (token != null)
            head.append("Authorization: Bearer ").append(token.reveal()).append("\r\n");
        if (json != null)
            head.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(json.length)
                    .append("\r\n");
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String host(SocketAddress agent) {
        if (agent instanceof UnixDomainSocketAddress) return "localhost";
        InetSocketAddress address = (InetSocketAddress) agent;
        if (address.getAddress().isAnyLocalAddress()) return "localhost:" + address.getPort();
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) channel.write(left);
    }

    private static byte[] read(SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
        while (channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
            if (all.size() > MOST_BYTES) throw new IOException("the answer does not end");
        }
        return all.toByteArray();
    }

    private static ControlReply reply(byte[] answer) throws IOException {
        int end = 0;
        while (end + END_OF_HEAD.length <= answer.length
                && !Arrays.equals(answer, end, end + END_OF_HEAD.length, END_OF_HEAD, 0, END_OF_HEAD.length)) end++;
        String head = new String(answer, 0, end, StandardCharsets.US_ASCII);
        if (!head.matches("(?s)HTTP/1\\.1 [1-5][0-9]{2} .*")) throw new IOException("this is no answer of an agent");
        int status = Integer.parseInt(head.substring(9, 12));
        return new ControlReply(status, Arrays.copyOfRange(answer, end + END_OF_HEAD.length, answer.length));
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(ControlWire.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "cannot close a connection: " + e);
        }
    }
}
