package dev.hubswarm.hubstub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A connection whose bytes are written and read by hand. Confined to the test's thread. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    RawClient(String endpoint) throws IOException {
        URI uri = URI.create(endpoint);
        socket = new Socket(uri.getHost(), uri.getPort());
        socket.setSoTimeout(60_000);
        in = socket.getInputStream();
    }

    RawClient send(String... lines) throws IOException {
        socket.getOutputStream()
                .write((String.join("\r\n", lines) + "\r\nHost: stub\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Up to the empty line. */
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) return head.toString();
            head.append((char) next);
        }
        return head.toString();
    }

    byte[] body(int length) throws IOException {
        return in.readNBytes(length);
    }

    /** What comes before the end; throws if the end is a reset. */
    byte[] rest() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        in.transferTo(rest);
        return rest.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
