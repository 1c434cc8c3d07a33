package dev.hubswarm.trackerserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hubswarm.testkit.HttpHead;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** Speaks HTTP byte by byte, so that it can speak it badly. Confined to one thread. */
final class HttpClientSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    /** An answer as it came. */
    record Answer(int status, String head, String body) {}

    private final Socket socket = new Socket();
    private final InputStream in;

    HttpClientSocket(InetSocketAddress server) throws IOException {
        socket.connect(server);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    }

    /** Whether something comes within that time. */
    boolean hears(int millis) throws IOException {
        socket.setSoTimeout(millis);
        in.mark(1);
        try {
            in.read();
            in.reset();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    String receiveHead() throws IOException {
        return HttpHead.read(in);
    }

    Answer receive() throws IOException {
        String text = receiveHead();
        int status = Integer.parseInt(text.substring(9, 12));
        int field = text.indexOf("Content-Length: ");
        if (field < 0) return new Answer(status, text, "");
        int length = Integer.parseInt(text.substring(field + 16, text.indexOf('\r', field)));
        return new Answer(status, text, new String(in.readNBytes(length), ISO_8859_1));
    }

    Answer exchange(String bytes) throws IOException {
        send(bytes);
        return receive();
    }

    /** Whether the server ends the connection, without another byte. */
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
