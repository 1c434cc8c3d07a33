package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.accelerator.BrokenTrust;
import dev.hubswarm.agent.accelerator.Deliveries;
import dev.hubswarm.agent.accelerator.Delivery;
import dev.hubswarm.agent.proxy.RawClient.Reply;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Files that clients read while they are on their way. */
@ExtendWith(LeakCheck.class)
final class DeliveryTest {
    private static final StubContent LARGE = StubContent.generated(9, 9_000_001);
    private static final String FILE = "/org/model/resolve/main/model.bin";

    /** A file that grows as the test says. Thread-safe. */
    private static final class Growing implements Delivery {
        private final FileChannel file;
        private final List<Waiting> waiting = new ArrayList<>();
        private final CountDownLatch closed = new CountDownLatch(1);
        private long released;
        private @Nullable Exception failure;

        private record Waiting(long at, CompletableFuture<Long> answer) {}

        Growing(Path path) throws IOException {
            file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        synchronized void grow(long to) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(LARGE.bytes(released, (int) (to - released)));
            while (bytes.hasRemaining()) file.write(bytes, to - bytes.remaining());
            released = to;
            answer();
        }

        void fail() {
            fail(new UserError(UserError.Kind.FAILED, "It cannot be had.", "Try again."));
        }

        synchronized void fail(Exception why) {
            failure = why;
            answer();
        }

        private void answer() {
            for (Waiting next : waiting) {
                if (next.at < released) next.answer.complete(released);
                else if (failure != null) next.answer.completeExceptionally(failure);
            }
        }

        @Override
        public FileChannel bytes() {
            return file;
        }

        @Override
        public synchronized CompletableFuture<Long> released(long at) {
            CompletableFuture<Long> answer = new CompletableFuture<>();
            waiting.add(new Waiting(at, answer));
            answer();
            return answer;
        }

        @Override
        public void close() {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            closed.countDown();
        }

        boolean isClosed() throws InterruptedException {
            return closed.await(30, TimeUnit.SECONDS);
        }
    }

    private record Opened(RemoteFile file, @Nullable Redacted token, Growing delivery) {}

    @TempDir
    Path home;

    private final HubStub hub = HubStub.builder().reader("good").start();
    private final BlockingQueue<Opened> opened = new LinkedBlockingQueue<>();
    private final StubRepo repo = StubRepo.model("org/model")
            .xet("model.bin", LARGE)
            .xet("small.bin", StubContent.generated(2, 100_000))
            .build();
    private TestProxy proxy;
    private volatile boolean wasWrong;

    @BeforeEach
    void start() throws Exception {
        hub.put(repo);
        Deliveries deliveries = new Deliveries() {
            @Override
            public CompletableFuture<Optional<Delivery>> open(
                    RemoteFile file, @Nullable URI location, @Nullable Redacted token, long from, long to) {
                return CompletableFuture.supplyAsync(() -> {
                    try {
                        Growing growing = new Growing(home.resolve("growing" + opened.size()));
                        opened.add(new Opened(file, token, growing));
                        return Optional.of(growing);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }

            @Override
            public boolean wasWrong(ContentDigest digest) {
                return wasWrong;
            }
        };
        proxy = TestProxy.start(home, hub, deliveries);
    }

    @AfterEach
    void stop() {
        proxy.close();
        hub.close();
    }

    private Opened next() throws InterruptedException {
        Opened next = opened.poll(30, TimeUnit.SECONDS);
        if (next == null) throw new AssertionError("nothing was opened");
        return next;
    }

    @Test
    void theHeadComesAtOnceAndBytesAsTheyAreReleased() throws Exception {
        try (RawClient client = proxy.connect()) {
            client.send("GET", FILE, proxy.host(), "Authorization: Bearer good");
            Opened begun = next();
            assertEquals("good", begun.token() == null ? "" : begun.token().reveal());
            assertEquals(repo.head(), begun.file().commit());
            assertEquals("model.bin", begun.file().path());
            Growing growing = begun.delivery();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) head.append((char) client.in().read());
            assertTrue(head.toString().startsWith("HTTP/1.1 200 "), head::toString);
            assertTrue(
                    head.toString().toLowerCase(java.util.Locale.ROOT).contains("content-length: 9000001"),
                    head::toString);
            long at = 0;
            for (long to : new long[] {1, 65_536, 5_000_000, 9_000_000, 9_000_001}) {
                growing.grow(to);
                byte[] got = client.in().readNBytes((int) (to - at));
                assertTrue(Arrays.equals(LARGE.bytes(at, (int) (to - at)), got), "other bytes at " + at);
                assertEquals(0, client.in().available(), "more than was released");
                at = to;
            }
            assertTrue(growing.isClosed());
            client.send("HEAD", FILE, proxy.host());
            assertEquals(200, client.reply(true).status(), "the connection is as good as before");
        }
        assertEquals(0, hub.totals().requests(Route.CDN));
    }

    /** Design.md section 5, {@code attested}: what was believed was a lie, and nobody may go on from there. */
    @Test
    void whoWasGivenSomethingWrongMustBeginAnew() throws Exception {
        try (RawClient client = proxy.connect()) {
            client.send("GET", FILE, proxy.host());
            Growing growing = next().delivery();
            growing.grow(4_000_000);
            wasWrong = true;
            growing.fail(new BrokenTrust());
            byte[] all = client.in().readAllBytes();
            assertTrue(all.length < LARGE.size(), "it was cut off");
        }
        try (RawClient client = proxy.connect()) {
            client.send("GET", FILE, proxy.host(), "Range: bytes=4000000-");
            next().delivery().grow(LARGE.size());
            Reply reply = client.reply(false);
            assertEquals(200, reply.status());
            assertTrue(Arrays.equals(LARGE.bytes(), reply.body()), "other bytes");
            client.send("GET", FILE, proxy.host(), "Range: bytes=4000000-4000100");
            assertEquals(503, client.reply(false).status());
        }
    }

    @Test
    void whoLeavesEndsIt() throws Exception {
        Growing growing;
        try (RawClient client = proxy.connect()) {
            client.send("GET", FILE, proxy.host());
            growing = next().delivery();
            growing.grow(1_000);
            assertEquals('H', client.in().read());
        }
        assertTrue(growing.isClosed());
    }

    @Test
    void whatCannotBeHadAnyMoreComesFromTheHub() throws Exception {
        for (long before : new long[] {0, 4_000_000}) {
            try (RawClient client = proxy.connect()) {
                client.send("GET", FILE, proxy.host());
                Growing growing = next().delivery();
                if (before > 0) growing.grow(before);
                growing.fail();
                Reply reply = client.reply(false);
                assertTrue(reply.isWhole());
                assertTrue(Arrays.equals(LARGE.bytes(), reply.body()), "other bytes");
                assertTrue(growing.isClosed());
            }
        }
    }

    @Test
    void rangesAndSmallFilesComeFromTheHub() throws Exception {
        Reply range = proxy.ask("GET", FILE, "Range: bytes=5-9");
        assertTrue(Arrays.equals(LARGE.bytes(5, 5), range.body()));
        assertEquals(
                100_000, proxy.ask("GET", "/org/model/resolve/main/small.bin").body().length);
        assertTrue(opened.isEmpty());
    }

    /** Design.md section 6: as download programs with many connections ask. */
    @Test
    void rangesThatAreMuchOfItAreDelivered() throws Exception {
        Reply first = proxy.ask("GET", FILE, "Range: bytes=0-1499999");
        assertTrue(Arrays.equals(LARGE.bytes(0, 1_500_000), first.body()));
        assertEquals(206, proxy.ask("GET", FILE, "Range: bytes=0-1499999").status(), "twice the same is not more");
        assertTrue(opened.isEmpty());
        try (RawClient client = proxy.connect()) {
            client.send("GET", FILE, proxy.host(), "Range: bytes=1500000-2999999");
            Growing growing = next().delivery();
            growing.grow(2_000_000);
            growing.grow(4_000_000);
            Reply reply = client.reply(false);
            assertEquals(206, reply.status());
            assertEquals("bytes 1500000-2999999/9000001", reply.header("Content-Range"));
            assertTrue(Arrays.equals(LARGE.bytes(1_500_000, 1_500_000), reply.body()), "other bytes");
            assertTrue(growing.isClosed());
            client.send("GET", FILE, proxy.host(), "Range: bytes=8000000-8999999");
            Growing lost = next().delivery();
            lost.grow(8_500_000);
            lost.fail();
            Reply rest = client.reply(false);
            assertTrue(Arrays.equals(LARGE.bytes(8_000_000, 1_000_000), rest.body()), "other bytes");
        }
    }

    @Test
    void allOfItAsARangeIsTheWhole() throws Exception {
        try (RawClient client = proxy.connect()) {
            client.send("GET", FILE, proxy.host(), "Range: bytes=0-");
            Growing growing = next().delivery();
            growing.grow(9_000_001);
            Reply reply = client.reply(false);
            assertEquals(206, reply.status());
            assertTrue(Arrays.equals(LARGE.bytes(), reply.body()), "other bytes");
        }
    }

    @Test
    void whoMayNotReadItBeginsNothing() throws Exception {
        hub.put(StubRepo.model("org/model")
                .access(new StubRepo.Access.Private())
                .xet("model.bin", LARGE)
                .build());
        assertEquals(401, proxy.ask("GET", FILE).status());
        assertTrue(opened.isEmpty());
        assertFalse(proxy.ask("HEAD", FILE).header("X-Error-Code").isEmpty());
    }
}
