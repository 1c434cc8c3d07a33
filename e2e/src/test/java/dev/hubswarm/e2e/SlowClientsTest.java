package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand clients that never finish a request, and two hundred that hardly read, beside four as usual (reliability.md
 * S20). Ten minutes with {@code -Dhubswarm.long=true}.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class SlowClientsTest {
    private static final long SECONDS = Boolean.getBoolean("hubswarm.long") ? 600 : 14;
    private static final int LORIS = 1_000;
    private static final int READERS = 200;
    private static final int USUAL = 4;
    private static final long MOST_GROWTH = 64L << 20;
    /** As the launcher has it. On a large machine Java takes more by itself, and lets garbage lie in it for longer. */
    private static final String HEAP = "-Xms16m -Xmx512m";

    /** Where two cores are shared with other work, single answers wait for them for so long anyway. */
    private static final long LEAST_NANOS =
            TimeUnit.MILLISECONDS.toNanos(Boolean.getBoolean("hubswarm.long") ? 25 : 250);

    private static final String FILE = "/org/model/resolve/main/model.safetensors";

    @TempDir
    Path folder;

    @Test
    void othersNoticeNothing() throws Exception {
        try (HubStub hub = HubStub.builder().start()) {
            hub.put(StubRepo.model("org/model")
                    .xet("model.safetensors", StubContent.generated(1, 9 << 20))
                    .build());
            Sandbox machine = Sandbox.in(Files.createDirectory(folder.resolve("machine")), hub)
                    .with("JAVA_TOOL_OPTIONS", HEAP);
            try (RunningAgent agent = RunningAgent.start(machine, "--no-seed")) {
                String proxy = agent.await(one -> one.path("proxy").isString())
                        .path("proxy")
                        .asString();
                Http.bytes("http://" + proxy + FILE);
                int port = Integer.parseInt(proxy.substring(proxy.lastIndexOf(':') + 1));
                usual(port, 2);
                long idle = usual(port, 3);
                long before = memory(agent.process());
                try (Crowd crowd = new Crowd(port)) {
                    long busy = usual(port, SECONDS);
                    long growth = memory(agent.process()) - before;
                    System.out.printf(
                            "p99 %.2f ms idle, %.2f ms beside %d slow ones; %d were dropped; %d MiB more%n",
                            idle / 1e6, busy / 1e6, LORIS + READERS, crowd.dropped.get(), growth >> 20);
                    assertTrue(busy <= Math.max(2 * idle, LEAST_NANOS), () -> busy + " ns instead of " + idle);
                    assertTrue(growth <= MOST_GROWTH, () -> growth + " bytes more");
                    assertTrue(crowd.dropped.get() >= LORIS * 9 / 10, () -> "only " + crowd.dropped + " were dropped");
                }
                assertEquals(9 << 20, Http.bytes("http://" + proxy + FILE).length);
            }
        }
    }

    private static long memory(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")))
            if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        throw new IOException("no VmRSS");
    }

    /** The 99th percentile of answers to clients who ask one thing after the other. */
    private static long usual(int port, long seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        List<Long> all = Collections.synchronizedList(new ArrayList<>());
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < USUAL; i++) {
            Thread thread = new Thread(() -> {
                try {
                    ask(port, end, all);
                } catch (IOException e) {
                    failures.add(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) thread.join();
        assertEquals(List.of(), failures);
        List<Long> sorted = new ArrayList<>(all);
        Collections.sort(sorted);
        return sorted.get(sorted.size() * 99 / 100);
    }

    private static void ask(int port, long end, List<Long> all) throws IOException {
        byte[] request = ("HEAD " + FILE + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[8 << 10];
            while (System.nanoTime() < end) {
                long began = System.nanoTime();
                socket.getOutputStream().write(request);
                StringBuilder answer = new StringBuilder();
                while (answer.indexOf("\r\n\r\n") < 0) {
                    int count = in.read(buffer);
                    if (count < 0) throw new IOException("it was closed: " + answer);
                    answer.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
                }
                if (!answer.toString().startsWith("HTTP/1.1 200")) throw new IOException(answer.toString());
                all.add(System.nanoTime() - began);
            }
        }
    }

    /** Those who take their time; one thread moves them all. */
    private static final class Crowd implements AutoCloseable {
        private final InetSocketAddress address;
        private final List<SocketChannel> loris = new ArrayList<>();
        private final List<SocketChannel> readers = new ArrayList<>();
        private final CountDownLatch stop = new CountDownLatch(1);
        private final Thread thread = new Thread(this::run);
        private final AtomicInteger dropped = new AtomicInteger();

        Crowd(int port) throws IOException {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            String host = " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n";
            for (int i = 0; i < READERS; i++) readers.add(open("GET " + FILE + host + "\r\n"));
            for (int i = 0; i < LORIS; i++) loris.add(open("GET / HTTP/1.1\r\n"));
            thread.start();
        }

        private SocketChannel open(String begin) throws IOException {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 10);
            channel.connect(address);
            channel.write(ByteBuffer.wrap(begin.getBytes(StandardCharsets.US_ASCII)));
            channel.configureBlocking(false);
            return channel;
        }

        private void run() {
            try {
                while (!stop.await(1, TimeUnit.SECONDS)) {
                    for (SocketChannel reader : readers) reader.read(ByteBuffer.allocate(1 << 10));
                    for (int i = 0; i < loris.size(); i++) if (isDropped(loris.get(i))) replace(i);
                }
            } catch (IOException | InterruptedException e) {
                // A reader that was given up; the others go on holding what they hold.
            }
        }

        private static boolean isDropped(SocketChannel channel) {
            try {
                if (channel.read(ByteBuffer.allocate(1 << 10)) < 0) return true;
                channel.write(ByteBuffer.wrap(new byte[] {'x'}));
                return false;
            } catch (IOException e) {
                return true;
            }
        }

        private void replace(int i) throws IOException {
            dropped.incrementAndGet();
            loris.get(i).close();
            loris.set(i, open("GET / HTTP/1.1\r\n"));
        }

        @Override
        public void close() throws IOException {
            stop.countDown();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            for (SocketChannel channel : loris) channel.close();
            for (SocketChannel channel : readers) channel.close();
        }
    }
}
