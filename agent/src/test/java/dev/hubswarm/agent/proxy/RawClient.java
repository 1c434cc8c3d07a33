package dev.hubswarm.agent.proxy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** An HTTP client that sends what it is told, byte for byte, and hides nothing. Confined to one thread. */
final class RawClient implements AutoCloseable {
    /** Header names are in lower case; the body is what came, without the chunks. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Reply(int status, Map<String, List<String>> headers, byte[] body, boolean isWhole) {
        /** Empty if there is none. */
        String header(String name) {
            List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
            return values == null ? "" : String.join(", ", values);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private final SocketChannel channel;
    private final InputStream in;

    RawClient(SocketAddress address) throws IOException {
        channel = SocketChannel.open(address);
        in = Channels.newInputStream(channel);
    }

    static Reply ask(SocketAddress address, String method, String target, String... headers) throws IOException {
        try (RawClient client = new RawClient(address)) {
            client.send(method, target, headers);
            return client.reply(method.equals("HEAD"));
        }
    }

    void send(String method, String target, String... headers) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        for (String header : headers) head.append(header).append("\r\n");
        raw(head + "\r\n");
    }

    /** A byte for each character. */
    void raw(String bytes) throws IOException {
        raw(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    void raw(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) channel.write(left);
    }

    InputStream in() {
        return in;
    }

    /** The next answer, or as much of it as comes. */
    Reply reply(boolean isToHead) throws IOException {
        String first = line();
        if (first.isEmpty()) throw new IOException("no answer");
        int status = Integer.parseInt(first.split(" ", 3)[1]);
        Map<String, List<String>> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            String[] parts = line.split(":", 2);
            headers.computeIfAbsent(parts[0].toLowerCase(Locale.ROOT), any -> new ArrayList<>())
                    .add(parts[1].trim());
        }
        if (status == 100) return reply(isToHead);
        if (isToHead || status == 204 || status == 304) return new Reply(status, headers, new byte[0], true);
        if (headers.containsKey("transfer-encoding")) return chunked(status, headers);
        if (!headers.containsKey("content-length")) return new Reply(status, headers, in.readAllBytes(), true);
        int length = Integer.parseInt(headers.get("content-length").get(0));
        byte[] body = in.readNBytes(length);
        return new Reply(status, headers, body, body.length == length);
    }

    private Reply chunked(int status, Map<String, List<String>> headers) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = line();
            if (size.isEmpty()) return new Reply(status, headers, body.toByteArray(), false);
            int length = Integer.parseInt(size, 16);
            body.write(in.readNBytes(length));
            line();
            if (length == 0) return new Reply(status, headers, body.toByteArray(), true);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) if (b != '\r') line.append((char) b);
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
