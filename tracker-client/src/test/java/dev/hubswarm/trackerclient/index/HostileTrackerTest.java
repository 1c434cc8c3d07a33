package dev.hubswarm.trackerclient.index;

import static dev.hubswarm.trackerclient.testing.BadServer.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.testkit.Cost;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.testing.BadServer;
import dev.hubswarm.trackerclient.testing.BadServer.Behaviour;
import dev.hubswarm.trackerclient.testing.SampleTorrents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A look-up ends in time whatever the tracker does, then the tracker is left alone, and nothing is left behind. */
@ExtendWith(LeakCheck.class)
class HostileTrackerTest {
    private static final byte[] CONTENT = SampleTorrents.content(1, 1000);
    private static final WantedFile WANTED = wanted("a");
    /** The budget, and what a busy machine adds. */
    private static final Duration MOST = Duration.ofSeconds(2);

    private final TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());

    /** Packed only once: a server that is still at it has not noticed that the client is gone. */
    private static final byte[] BOMB = bomb();

    /** What a tracker may do to us. */
    record Evil(String name, Behaviour behaviour) {
        @Override
        public String toString() {
            return name;
        }
    }

    static final List<Evil> EVILS = List.of(
            new Evil("hangs", (server, out) -> {
                throw BadServer.hanging();
            }),
            new Evil("closes", (server, out) -> {}),
            new Evil(
                    "closes midway",
                    (server, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"size\":")),
            new Evil("hangs in the head", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nX: ");
                throw BadServer.hanging();
            }),
            new Evil("hangs in the body", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"size\":");
                throw BadServer.hanging();
            }),
            new Evil("drips", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                for (int i = 0; i < 1000; i++) {
                    write(out, " ");
                    server.pause(20);
                }
            }),
            new Evil("sends garbage", (server, out) -> write(out, "\u0000\u0001SSH-2.0-x\r\n\r\n")),
            new Evil(
                    "sends garbage for json",
                    (server, out) ->
                            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n\u0000{[,\"")),
            new Evil("sends ten megabytes", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                for (int i = 0; i < 160; i++) write(out, " ".repeat(1 << 16));
            }),
            new Evil("announces terabytes", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n");
                throw BadServer.hanging();
            }),
            new Evil("sends a bomb", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + BOMB.length + "\r\n\r\n");
                out.write(BOMB);
            }),
            new Evil("sends endless headers", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\n");
                while (true) write(out, "X-Header: " + "x".repeat(8000) + "\r\n");
            }),
            new Evil("redirects to itself", (server, out) -> redirect(out, "/again")),
            new Evil("redirects slowly", (server, out) -> {
                server.pause(600);
                redirect(out, "/" + server.requests().size());
            }),
            new Evil("always says to continue", (server, out) -> {
                while (true) write(out, "HTTP/1.1 100 Continue\r\n\r\n".repeat(100));
            }),
            new Evil("always gives hints", (server, out) -> {
                while (true) write(out, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100));
            }),
            new Evil("sends chunks without end", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true) write(out, "400\r\n" + " ".repeat(1024) + "\r\n");
            }),
            new Evil("sends one byte at a time in chunks", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (int i = 0; i < 100; i++) {
                    write(out, "1\r\n \r\n");
                    server.pause(300);
                }
            }),
            new Evil("sends a chunk of no length", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                write(out, "-7fffffffffffffff\r\n{}\r\n0\r\n\r\n");
            }),
            new Evil("sends trailers without end", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n");
                while (true) write(out, "X-Trailer: " + "x".repeat(8000) + "\r\n");
            }),
            new Evil("states two lengths", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 99999\r\n\r\n[]");
                throw BadServer.hanging();
            }),
            new Evil("sends an endless string", (server, out) -> {
                write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"size\":\"");
                while (true) write(out, "x".repeat(1 << 16));
            }),
            new Evil(
                    "sends a number of a hundred thousand digits",
                    (server, out) -> json(out, "{\"size\":" + "9".repeat(100_000) + "}")),
            new Evil("nests objects", (server, out) -> json(out, "{\"candidates\":" + "{\"x\":".repeat(30_000))),
            new Evil("nests", (server, out) -> json(out, "{\"candidates\":" + "[".repeat(100_000))));

    /** Those that the way answers are read may matter to. */
    static final List<Evil> SOME_EVILS = EVILS.stream()
            .filter(evil -> Set.of("hangs", "hangs in the body", "sends garbage for json", "sends ten megabytes")
                    .contains(evil.name))
            .toList();

    private static WantedFile wanted(String digit) {
        RepoFile place = new RepoFile("model", "org/name", digit.repeat(40), "model.bin");
        return new WantedFile(SampleTorrents.sha256(CONTENT), CONTENT.length, place);
    }

    private static void json(OutputStream out, String text) throws IOException {
        write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
    }

    private static byte[] bomb() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream packed = new GZIPOutputStream(bytes)) {
            for (int i = 0; i < 100; i++) packed.write(new byte[1 << 20]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @AfterEach
    void stop() {
        http.close();
    }

    @ParameterizedTest
    @FieldSource("EVILS")
    void aCatalogueCannotHoldUsUp(Evil evil) throws Exception {
        try (BadServer server = new BadServer(evil.behaviour)) {
            checkAll(server, new CatalogueIndex(api(server.url()), new Random(1)));
        }
    }

    @ParameterizedTest
    @FieldSource("SOME_EVILS")
    void aTrackerOfLlmptsCannotEither(Evil evil) throws Exception {
        try (BadServer server = new BadServer(evil.behaviour)) {
            checkAll(server, new LlmptIndex(api(server.url()), new Random(1)));
        }
    }

    private static void checkAll(BadServer server, TorrentIndex index) throws Exception {
        // All at once, as a client asks for the files of several repositories.
        Cost cost = Cost.of(() -> {
            var first = index.find(WANTED, any -> {});
            var second = index.find(wanted("b"), any -> {});
            var third = index.known(List.of(wanted("c")));
            assertEquals(List.of(), first.join());
            assertEquals(List.of(), second.join());
            assertTrue(third.join().isEmpty());
        });
        assertTrue(cost.time().compareTo(MOST) < 0, cost::toString);
        int asked = server.requests().size();
        // The breaker is open: nobody is asked, so there is nothing to wait for.
        cost = Cost.of(
                () -> assertEquals(List.of(), index.find(WANTED, any -> {}).join()));
        assertTrue(cost.time().toMillis() < 500, cost::toString);
        assertEquals(asked, server.requests().size());
        server.awaitNoConnection();
    }

    @Test
    void nobodyThereIsNoWait() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        TorrentIndex index = new CatalogueIndex(api("http://127.0.0.1:" + port), new Random(1));
        Cost cost = Cost.of(
                () -> assertEquals(List.of(), index.find(WANTED, any -> {}).join()));
        assertTrue(cost.time().compareTo(MOST) < 0, cost::toString);
    }

    @Test
    void aTrackerThatDoesNotAcceptIsNoWaitBeyondTheBudget() throws Exception {
        List<SocketChannel> queued = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // Once its queue is full, connecting itself does not end.
            for (int i = 0; i < 4; i++) {
                SocketChannel channel = SocketChannel.open();
                queued.add(channel);
                channel.configureBlocking(false);
                channel.connect(full.getLocalSocketAddress());
            }
            TorrentIndex index = new CatalogueIndex(api("http://127.0.0.1:" + full.getLocalPort()), new Random(1));
            Cost cost = Cost.of(
                    () -> assertEquals(List.of(), index.find(WANTED, any -> {}).join()));
            assertTrue(cost.time().compareTo(MOST) < 0, cost::toString);
        } finally {
            for (SocketChannel channel : queued) channel.close();
        }
    }

    @Test
    void noRedirectLeadsToAnotherServer() throws Exception {
        try (BadServer victim = new BadServer((server, out) -> {});
                BadServer tracker = new BadServer((server, out) -> redirect(out, victim.url() + "/latest/meta-data"))) {
            TorrentIndex index = new CatalogueIndex(api(tracker.url()), new Random(1));
            assertEquals(List.of(), index.find(WANTED, any -> {}).join());
            assertEquals(1, tracker.requests().size());
            assertEquals(List.of(), victim.requests());
        }
    }

    @Test
    void aRedirectOnTheSameServerIsFollowedWithTheToken() throws Exception {
        try (BadServer tracker = new BadServer((server, out) -> {
            if (server.requests().size() == 1) redirect(out, "/elsewhere?x=1");
            else write(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        })) {
            TorrentIndex index = new CatalogueIndex(api(tracker.url()), new Random(1));
            assertEquals(List.of(), index.find(WANTED, any -> {}).join());
            assertEquals(2, tracker.requests().size());
            assertTrue(tracker.requests().get(1).startsWith("GET /elsewhere?x=1 "));
            assertTrue(tracker.requests().get(1).contains("\r\nAuthorization: Bearer secret\r\n"));
        }
    }

    private static void redirect(OutputStream out, String location) throws IOException {
        write(
                out,
                "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }

    private TrackerApi api(String url) throws UserError {
        return new TrackerApi(http, TrackerUrl.parse(url), new Redacted("secret"), true);
    }
}
