package dev.hubswarm.trackerserver.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Leads to a port of this machine, and takes its time, as a long line does; it is not narrow. Thread-safe. */
final class SlowLine implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(1);
    private final List<Socket> sockets = new ArrayList<>();
    private final int port;
    private final Duration delay;

    /** @param delay in each direction */
    SlowLine(int port, Duration delay) throws IOException {
        this.port = port;
        this.delay = delay;
        daemon(this::accept);
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One end has hung up.
                    }
                },
                "slow-line");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket from = listening.accept();
            Socket to = new Socket(InetAddress.getLoopbackAddress(), port);
            synchronized (sockets) {
                sockets.addAll(List.of(from, to));
            }
            daemon(() -> pass(from, to));
            daemon(() -> pass(to, from));
        }
    }

    private void pass(Socket from, Socket to) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            byte[] bytes = Arrays.copyOf(buffer, read);
            Future<?> unused = later.schedule(
                    () -> {
                        out.write(bytes);
                        return null;
                    },
                    delay.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
        to.close();
    }

    StorageUri.Redis uri() {
        return new StorageUri.Redis("127.0.0.1", listening.getLocalPort(), null, 0, false);
    }

    @Override
    public void close() throws IOException {
        listening.close();
        later.shutdownNow();
        synchronized (sockets) {
            for (Socket socket : sockets) socket.close();
        }
    }
}
