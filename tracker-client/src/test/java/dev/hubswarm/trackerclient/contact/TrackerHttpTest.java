package dev.hubswarm.trackerclient.contact;

import static dev.hubswarm.trackerclient.testing.BadServer.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.testkit.Cost;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.TestTls;
import dev.hubswarm.trackerclient.testing.BadServer;
import dev.hubswarm.trackerclient.testing.BadServer.Behaviour;
import java.lang.management.ManagementFactory;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What lies below HTTP may be slow or hostile too. */
@ExtendWith(LeakCheck.class)
class TrackerHttpTest {
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    /** With what a busy machine adds. */
    private static final Duration MOST = Duration.ofSeconds(2);

    private static final int MAX_BYTES = 1 << 20;
    private static final int ROUNDS = 5;

    private static final Behaviour FINE = (server, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    private static CompletableFuture<HttpReply> ask(TrackerHttp http, String url) {
        return http.send(HttpQuestion.get(HttpUrl.get(url), Family.ANY, MAX_BYTES, TIMEOUT.toNanos()));
    }

    private static CompletableFuture<HttpReply> askPatiently(TrackerHttp http, String url) {
        long timeout = Duration.ofSeconds(30).toNanos();
        return http.send(HttpQuestion.get(HttpUrl.get(url), Family.ANY, MAX_BYTES, timeout));
    }

    private static Throwable failure(CompletableFuture<HttpReply> asked) throws Exception {
        List<Throwable> failure = new ArrayList<>();
        Cost cost = Cost.of(() -> failure.add(assertThrows(CompletionException.class, asked::join)));
        assertTrue(cost.time().compareTo(MOST) < 0, cost::toString);
        return NoAnswer.cause(failure.get(0));
    }

    @Test
    void aCertificateCountsIfItsAuthorityIsTrustedAndItsNameRight(@TempDir Path folder) throws Exception {
        TestTls tls = TestTls.create(folder, "dns:localhost");
        try (BadServer server = new BadServer(tls.context().getServerSocketFactory(), FINE);
                TrackerHttp known = new TrackerHttp("test/1", TlsTrust.of(tls.pem()));
                TrackerHttp unknown = new TrackerHttp("test/1", TlsTrust.ofRuntime())) {
            HttpReply reply =
                    askPatiently(known, "https://localhost:" + server.port()).join();
            assertEquals("ok", new String(reply.body(), StandardCharsets.US_ASCII));
            refused(SSLHandshakeException.class, askPatiently(unknown, "https://localhost:" + server.port()));
            refused(SSLPeerUnverifiedException.class, askPatiently(known, "https://127.0.0.1:" + server.port()));
        }
    }

    private static void refused(Class<? extends Exception> why, CompletableFuture<HttpReply> asked) {
        assertInstanceOf(why, NoAnswer.cause(assertThrows(CompletionException.class, asked::join)));
    }

    @Test
    void aHandshakeThatHangsIsCutOff() throws Exception {
        // It waits for the end of a head of HTTP.
        try (BadServer server = new BadServer(FINE);
                TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime())) {
            CompletableFuture<HttpReply> asked = ask(http, "https://127.0.0.1:" + server.port());
            assertEquals("the tracker did not answer in time", NoAnswer.why(failure(asked)));
            server.awaitNoConnection();
        }
    }

    @Test
    void hardlyAnyTimeLeftIsNoFault() {
        try (TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime())) {
            HttpUrl nobody = HttpUrl.get("http://127.0.0.1:1");
            for (long nanos = 1; nanos <= 1_000_000; nanos *= 10) {
                CompletableFuture<HttpReply> asked = http.send(HttpQuestion.get(nobody, Family.ANY, MAX_BYTES, nanos));
                assertThrows(CompletionException.class, asked::join);
            }
        }
    }

    @Test
    void aNameServiceThatHangsHoldsUpNobody() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        Dns hanging = host -> {
            try {
                answers.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new UnknownHostException(host);
        };
        try (BadServer server = new BadServer(FINE);
                TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime(), hanging)) {
            List<CompletableFuture<HttpReply>> asked = new ArrayList<>();
            for (int i = 0; i < 40; i++) asked.add(ask(http, "http://tracker.invalid"));
            assertTrue(ask(http, server.url()).join().isGood());
            for (CompletableFuture<HttpReply> one : asked) failure(one);
            answers.countDown();
        }
    }

    /** RFC 9112 section 7.1.1: what stands behind a chunk's length has no limit there. */
    @Test
    void aLineWithoutEndFillsNoMemory() throws Exception {
        AtomicLong sent = new AtomicLong();
        try (BadServer server = new BadServer((bad, out) -> {
                    write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
                    while (true) {
                        write(out, "x".repeat(1 << 16));
                        sent.addAndGet(1 << 16);
                    }
                });
                TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime())) {
            CompletableFuture<HttpReply> asked = askPatiently(http, server.url());
            CompletionException failure = assertThrows(CompletionException.class, asked::join);
            assertEquals("the tracker's answer is too long", NoAnswer.why(failure));
            server.awaitNoConnection();
            // Some is still in the sockets.
            assertTrue(sent.get() < 16 * MAX_BYTES, sent::toString);
        }
    }

    @Test
    void noFileDescriptorIsLeft() throws Exception {
        Assumptions.assumeTrue(
                ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean, "counts none");
        exchangeAll();
        long before = descriptors();
        for (int i = 0; i < ROUNDS; i++) exchangeAll();
        // Java opens one or another for itself.
        assertTrue(descriptors() < before + ROUNDS, () -> before + " became " + descriptors());
    }

    private static long descriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private static void exchangeAll() throws Exception {
        List<Behaviour> behaviours = List.of(
                FINE,
                (server, out) -> {},
                (server, out) -> {
                    throw BadServer.hanging();
                },
                (server, out) -> write(out, "HTTP/1.1 302 Found\r\nLocation: http://[::1]:1/\r\n\r\n"),
                (server, out) -> write(out, "garbage\r\n\r\n"));
        try (TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime())) {
            for (Behaviour behaviour : behaviours) {
                try (BadServer server = new BadServer(behaviour)) {
                    List<CompletableFuture<HttpReply>> asked = new ArrayList<>();
                    for (int i = 0; i < 8; i++) asked.add(ask(http, server.url()));
                    for (CompletableFuture<HttpReply> one : asked)
                        one.handle((reply, failure) -> true).join();
                    if (behaviour != FINE) server.awaitNoConnection();
                }
            }
        }
    }
}
