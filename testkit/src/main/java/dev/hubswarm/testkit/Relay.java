package dev.hubswarm.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A bad line in front of a peer: late, with packets that are lost and sent again, in fragments, with bits that flip.
 * Thread-safe; two threads a way.
 */
public final class Relay implements AutoCloseable {
    /**
     * @param loss of all packets; what is behind one waits for it, as in TCP
     * @param single how many of a thousand reads go on in single bytes
     * @param flips how many bytes of a million come out wrong
     */
    public record Line(long delayNanos, double loss, int single, int flips) {}

    private static final int READ = 32 << 10;
    private static final int PACKET = 1400;
    private static final int UNDER_WAY = 256;

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Late(long due, byte[] bytes, boolean isSingle) {}

    private final InetSocketAddress target;
    private final Line line;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private int connections;

    public Relay(InetSocketAddress target, Line line) throws IOException {
        this.target = target;
        this.line = line;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "hubswarm-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket from = listener.accept();
                Socket to = new Socket();
                sockets.add(from);
                sockets.add(to);
                to.connect(target);
                from.setTcpNoDelay(true);
                to.setTcpNoDelay(true);
                int number = connections++;
                pass(from, to, new Random(2L * number));
                pass(to, from, new Random(2L * number + 1));
            }
        } catch (IOException e) {
            close();
        }
    }

    private void pass(Socket from, Socket to, Random random) {
        BlockingQueue<Late> late = new ArrayBlockingQueue<>(UNDER_WAY);
        start(() -> {
            try (from) {
                InputStream in = from.getInputStream();
                byte[] bytes = new byte[READ];
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    late.put(treated(Arrays.copyOf(bytes, count), random));
                }
            } catch (IOException | InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                // Or the writer would wait for ever; what is under way is lost, as on a line that breaks.
                while (!late.offer(new Late(0, new byte[0], false))) late.poll();
            }
        });
        start(() -> {
            try (to) {
                OutputStream out = to.getOutputStream();
                for (Late next = late.take(); next.bytes.length > 0; next = late.take()) {
                    for (long wait = next.due - System.nanoTime(); wait > 0; wait = next.due - System.nanoTime()) {
                        LockSupport.parkNanos(wait);
                    }
                    if (!next.isSingle) out.write(next.bytes);
                    else for (byte one : next.bytes) out.write(one);
                }
            } catch (IOException | InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private Late treated(byte[] bytes, Random random) {
        double isLost = 1 - Math.pow(1 - line.loss, Math.ceil((double) bytes.length / PACKET));
        // About a round trip until it is sent again.
        long again = random.nextDouble() < isLost ? 2 * line.delayNanos : 0;
        for (int i = 0; line.flips > 0 && i < bytes.length; i++) {
            if (random.nextInt(1_000_000) < line.flips) bytes[i] ^= (byte) (1 << random.nextInt(8));
        }
        return new Late(System.nanoTime() + line.delayNanos + again, bytes, random.nextInt(1000) < line.single);
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
