package dev.hubswarm.trackerclient.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLException;

/** A server that does to each connection what a test wants, by hand. Thread-safe. */
public final class BadServer implements AutoCloseable {
    /** What to do after the head of a request was read. */
    @FunctionalInterface
    public interface Behaviour {
        void answer(BadServer server, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket listening;
    private final Behaviour behaviour;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    public BadServer(Behaviour behaviour) throws IOException {
        this(ServerSocketFactory.getDefault(), behaviour);
    }

    public BadServer(ServerSocketFactory sockets, Behaviour behaviour) throws IOException {
        this.listening = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.behaviour = behaviour;
        start(this::accept);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "bad-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                open.add(socket);
                start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) return;
                head.append((char) next);
            }
            requests.add(head.toString());
            try {
                behaviour.answer(this, socket.getOutputStream());
                socket.getOutputStream().flush();
                socket.shutdownOutput();
            } finally {
                // Until the other side is gone.
                in.transferTo(OutputStream.nullOutputStream());
            }
        } catch (SocketException | SSLException | Hanging e) {
            // It is gone.
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            open.remove(socket);
        }
    }

    /** To be thrown by one that says nothing more, and does not close either. */
    public static IOException hanging() {
        return new Hanging();
    }

    private static final class Hanging extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** For so long, unless the server is closed before. */
    public void pause(long millis) throws InterruptedException {
        closed.await(millis, TimeUnit.MILLISECONDS);
    }

    public static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    public String url() {
        return "http://127.0.0.1:" + port();
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** The server hears a moment later that the client closed. */
    public void awaitNoConnection() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (openConnections() > 0 && System.nanoTime() - end < 0) pause(10);
        assertEquals(0, openConnections());
    }

    /** The heads that came. */
    public List<String> requests() {
        return requests;
    }

    /** Connections that the client did not close. */
    private int openConnections() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listening.close();
        for (Socket socket : open) socket.close();
    }
}
