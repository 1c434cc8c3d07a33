package dev.hubswarm.trackerserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.server.HttpClientSocket.Answer;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class HttpConnectionTest {
    private static final SwarmKey SWARM = new SwarmKey(1, 2, 3);
    /** More than the buffers of both sockets hold. */
    private static final int BIG = 16 << 20;

    private static final Cidr LOOPBACK = new Cidr(PeerAddress.v4(0x7f000000, 0), 104);

    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);
    private final SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), report -> {});
    private final List<HttpClientSocket> clients = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final Phaser asked = new Phaser(1);
    private TrackerServer server = start(ServerLimits.DEFAULT, List.of(), List.of());

    private TrackerServer start(ServerLimits limits, List<Redacted> tokens, List<Cidr> proxies) {
        if (server != null) server.close();
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ServerConfig config = new ServerConfig(any, false, tokens, proxies, limits);
        TrackerServer started = new TrackerServer(config, swarms, this::answer, new TrackerCounters(), buffers, 2);
        started.listen(config);
        return started;
    }

    /** Says what it was asked; waits to be released if asked so. */
    private ApiAnswer answer(ApiRequest request) {
        if (request.path().equals("/wait")) {
            asked.arrive();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (request.path().equals("/big")) {
            asked.arrive();
            return new ApiAnswer(200, "text/plain", new byte[BIG], Map.of());
        }
        if (request.path().equals("/fail")) throw new IllegalStateException("as it was asked to");
        String said = request.method()
                + ' '
                + request.path()
                + ' '
                + request.query()
                + ' '
                + new String(request.body(), ISO_8859_1)
                + ' '
                + request.from().host();
        return new ApiAnswer(200, "text/plain", said.getBytes(ISO_8859_1), Map.of("X-Test", "yes"));
    }

    private static ServerLimits limits(int connections, int bodyBytes, int threads, Duration timeout) {
        return new ServerLimits(
                connections, 1000, 200, 2000, 100, 10_000, timeout, timeout, timeout, bodyBytes, threads, 1);
    }

    private HttpClientSocket client() throws IOException {
        HttpClientSocket client = new HttpClientSocket(server.address());
        clients.add(client);
        return client;
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        released.countDown();
        for (HttpClientSocket client : clients) client.close();
        server.close();
        assertEquals(0, server.openConnections());
        assertEquals(0, buffers.metric().usedDirectMemory());
        assertEquals(0, buffers.metric().usedHeapMemory());
    }

    private static String announce(int port, long left) {
        return "/announce?" + request(port, left).toQuery();
    }

    private static AnnounceRequest request(int port, long left) {
        return new AnnounceRequest(
                SWARM, new PeerId(1, 2, port), port, 0, 0, left, AnnounceEvent.STARTED, -1, 7, true, null);
    }

    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: tracker\r\n\r\n";
    }

    private static AnnounceResponse announced(Answer answer) throws Exception {
        TrackerAnswer decoded = AnnounceResponse.decode(answer.body().getBytes(ISO_8859_1));
        assertTrue(decoded instanceof AnnounceResponse, answer.body());
        return (AnnounceResponse) decoded;
    }

    @Test
    void keepsAConnectionAndAnswersInOrder() throws Exception {
        HttpClientSocket client = client();
        client.send(get(announce(5001, 0)) + get("/x?y=z") + get(announce(5002, 9)) + get("/last"));
        assertEquals(1, announced(client.receive()).complete());
        assertEquals("GET /x y=z  127.0.0.1", client.receive().body());
        assertEquals(
                List.of(PeerAddress.v4(0x7f000001, 5001)),
                announced(client.receive()).peers().toList());
        Answer last = client.receive();
        assertEquals("GET /last null  127.0.0.1", last.body());
        assertTrue(last.head().contains("X-Test: yes\r\n"));
    }

    @Test
    void readsARequestHoweverItIsCut() throws Exception {
        HttpClientSocket client = client();
        String requests = get(announce(5001, 0)) + "PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
        for (char c : requests.toCharArray()) client.send(String.valueOf(c));
        assertEquals(1, announced(client.receive()).complete());
        assertEquals("PUT /p null hello 127.0.0.1", client.receive().body());
    }

    @Test
    void closesWhenTheClientWantsItAndKeepsOldClientsThatAsk() throws Exception {
        HttpClientSocket closing = client();
        Answer answer = closing.exchange("GET " + announce(5001, 0) + " HTTP/1.1\r\nConnection: close\r\n\r\n");
        assertTrue(answer.head().contains("Connection: close\r\n"));
        assertTrue(closing.isEnded());
        HttpClientSocket old = client();
        old.exchange("GET " + announce(5001, 0) + " HTTP/1.0\r\n\r\n");
        assertTrue(old.isEnded());
        HttpClientSocket kept = client();
        answer = kept.exchange("GET " + announce(5001, 0) + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertTrue(answer.head().contains("Connection: keep-alive\r\n"));
        assertEquals(200, kept.exchange(get("/")).status());
    }

    @Test
    void tellsOldClientsOfPeersInAList() throws Exception {
        HttpClientSocket client = client();
        client.exchange(get(announce(5001, 0)));
        String body = client.exchange(get(announce(5002, 9).replace("compact=1", "compact=0")))
                .body();
        assertTrue(body.contains("5:peersld2:ip9:127.0.0.14:porti5001eee"), body);
    }

    @Test
    void answersScrapesByInfoHashOnly() throws Exception {
        HttpClientSocket client = client();
        client.exchange(get(announce(5001, 0)));
        String query = request(1, 1).toQuery();
        String hash = query.substring(0, query.indexOf('&'));
        String body = client.exchange(get("/scrape?" + hash + "&info_hash=aaaaaaaaaaaaaaaaaaaa"))
                .body();
        assertTrue(body.contains("d8:completei1e10:downloadedi0e10:incompletei0eee"), body);
        assertFalse(body.contains("aaaa"), "a swarm that nobody is in");
        assertEquals(
                "d14:failure reason20:info_hash is missinge",
                client.exchange(get("/scrape")).body());
        assertEquals(
                "d14:failure reason20:info_hash is missinge",
                client.exchange(get("/scrape?")).body());
    }

    @Test
    void saysWhyAnAnnounceIsRefused() throws Exception {
        Answer answer = client().exchange(get("/announce?info_hash=short"));
        assertEquals(200, answer.status());
        assertEquals("d14:failure reason25:info_hash is not 20 bytese", answer.body());
        assertEquals(1, server.counters().failures.sum());
    }

    @Test
    void answersHeadAsGetWithoutTheBody() throws Exception {
        HttpClientSocket client = client();
        client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/y"));
        String head = "HTTP/1.1 200 OK\r\nX-Test: yes\r\nContent-Type: text/plain\r\nContent-Length: 22\r\n\r\n";
        assertEquals(head, client.receiveHead());
        assertEquals("GET /y null  127.0.0.1", client.receive().body());
    }

    @Test
    void invitesABodyThatWaitsForIt() throws Exception {
        HttpClientSocket client = client();
        Answer invited =
                client.exchange("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        assertEquals(100, invited.status());
        assertEquals("PUT /p null ok 127.0.0.1", client.exchange("ok").body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "400 GET / HTTP/1.1\nX",
                "405 POST /announce HTTP/1.1\r\n\r\n",
                "405 HEAD /scrape HTTP/1.1\r\n\r\n",
                "411 PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "411 GET /announce HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "413 GET /announce HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
                "413 PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 50331649\r\n\r\nxxxxxxxxxxxxxx",
                "413 PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999\r\nExpect: 100-continue\r\n\r\n",
            })
    void refusesAndClosesAfterABadRequest(String statusAndRequest) throws Exception {
        HttpClientSocket client = client();
        Answer answer = client.exchange(statusAndRequest.substring(4));
        assertEquals(statusAndRequest.substring(0, 3), String.valueOf(answer.status()));
        assertTrue(client.isEnded());
        assertEquals(1, server.counters().badRequests.sum());
    }

    /** Twice what the sockets' buffers hold. */
    @Test
    void readsABodyThatIsTooLongUntilItsClientReadsTheAnswer() throws Exception {
        HttpClientSocket client = client();
        int length = Api.MAX_BODY + 1;
        client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + "\r\n\r\n");
        String chunk = "x".repeat(1 << 20);
        for (int sent = 0; sent < length; sent += chunk.length()) client.send(chunk);
        assertEquals(413, client.receive().status());
        assertTrue(client.isEnded());
    }

    @Test
    void doesNotReadWhatNeverEnds() throws Exception {
        HttpClientSocket client = client();
        client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + Long.MAX_VALUE / 10 + "\r\n\r\n");
        String chunk = "x".repeat(1 << 20);
        assertThrows(IOException.class, () -> {
            for (int i = 0; i < 1000; i++) client.send(chunk);
        });
    }

    @Test
    void wantsOneHostOfAllButAnnounces() throws Exception {
        assertEquals(400, client().exchange("GET / HTTP/1.1\r\n\r\n").status());
        assertEquals(200, client().exchange("GET / HTTP/1.0\r\n\r\n").status());
        String announce = "GET " + announce(5001, 0) + " HTTP/1.1\r\n";
        assertEquals(1, announced(client().exchange(announce + "\r\n")).complete());
        assertEquals(
                400, client().exchange(announce + "Host: a\r\nHost: b\r\n\r\n").status());
    }

    @Test
    void refusesAHeadThatIsTooLongBeforeItEnds() throws Exception {
        HttpClientSocket client = client();
        assertEquals(
                431,
                client.exchange("GET /" + "a".repeat(RequestHead.MAX_LENGTH)).status());
        assertTrue(client.isEnded());
    }

    @Test
    void survivesAnApiThatFails() throws Exception {
        HttpClientSocket client = client();
        assertEquals(500, client.exchange(get("/fail")).status());
        assertEquals(200, client.exchange(get("/x")).status());
    }

    @Test
    void refusesWhatNoWorkerHasTimeFor() throws Exception {
        server = start(limits(100, 1000, 1, Duration.ofSeconds(10)), List.of(), List.of());
        HttpClientSocket working = client();
        working.send(get("/wait"));
        asked.awaitAdvance(0);
        HttpClientSocket waiting = client();
        waiting.send(get("/waiting"));
        // One of two waits in the queue, whichever comes first.
        HttpClientSocket other = client();
        other.send(get("/waiting"));
        while (server.counters().apiRefused.sum() == 0) Thread.onSpinWait();
        // Announces need no worker.
        assertEquals(1, announced(client().exchange(get(announce(5001, 0)))).complete());
        released.countDown();
        assertEquals(200, working.receive().status());
        assertEquals(703, waiting.receive().status() + other.receive().status());
    }

    @Test
    void takesOnlySoMuchOfAllBodies() throws Exception {
        server = start(limits(100, 1000, 1, Duration.ofSeconds(10)), List.of(), List.of());
        HttpClientSocket first = client();
        first.exchange("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 800\r\nExpect: 100-continue\r\n\r\n");
        String second = "PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 201\r\n\r\n" + "x".repeat(201);
        assertEquals(503, client().exchange(second).status());
        assertEquals(200, first.exchange("x".repeat(800)).status());
        assertEquals(200, client().exchange(second).status());
    }

    @Test
    void givesBackTheRoomOfABodyThatNeverCame() throws Exception {
        server = start(limits(1, 1000, 1, Duration.ofSeconds(10)), List.of(), List.of());
        String request = "PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 800\r\nExpect: 100-continue\r\n\r\n";
        client().exchange(request);
        clients.get(0).close();
        while (server.openConnections() > 0) Thread.onSpinWait();
        assertEquals(100, client().exchange(request).status());
    }

    @Test
    void hasALimitOfConnections() throws Exception {
        server = start(limits(2, 1000, 1, Duration.ofSeconds(10)), List.of(), List.of());
        client().exchange(get("/"));
        client().exchange(get("/"));
        assertTrue(client().isEnded());
        assertEquals(1, server.counters().connectionsRefused.sum());
        assertEquals(200, clients.get(0).exchange(get("/")).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /announce?info_", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"})
    void endsSlowRequests(String beginning) throws Exception {
        server = start(limits(100, 1000, 1, Duration.ofMillis(50)), List.of(), List.of());
        HttpClientSocket client = client();
        client.send(beginning);
        assertEquals(408, client.receive().status());
        assertTrue(client.isEnded());
        assertEquals(1, server.counters().timeouts.sum());
    }

    @Test
    void endsARequestWhoseBytesTrickle() throws Exception {
        server = start(limits(100, 1000, 1, Duration.ofMillis(200)), List.of(), List.of());
        HttpClientSocket client = client();
        // Each byte comes in time, but the head does not.
        client.send("GET / HTTP/1.1\r\n");
        while (!client.hears(20)) client.send("a");
        assertEquals(408, client.receive().status());
    }

    @Test
    void endsIdleConnectionsWithoutAWord() throws Exception {
        server = start(limits(100, 1000, 1, Duration.ofMillis(50)), List.of(), List.of());
        HttpClientSocket client = client();
        assertEquals(200, client.exchange(get("/")).status());
        assertTrue(client.isEnded());
        assertEquals(0, server.counters().timeouts.sum());
    }

    @Test
    void waitsForClientsThatDoNotRead() throws Exception {
        HttpClientSocket client = client();
        String pipelined = get(announce(5001, 0)).repeat(50);
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; i < 2_000; i++) client.send(pipelined);
            } catch (IOException e) {
                // The test is over.
            }
        });
        writer.start();
        while (writer.getState() == Thread.State.NEW) Thread.onSpinWait();
        long before = -1;
        // Stands still once both sides' sockets are full.
        while (before != server.counters().httpAnnounces.sum()) {
            before = server.counters().httpAnnounces.sum();
            writer.join(300);
        }
        assertTrue(before < 100_000, "all were answered");
        long memory = buffers.metric().usedDirectMemory();
        assertTrue(memory < 1 << 20, () -> memory + " bytes wait");
        for (int i = 0; i < 100; i++) client.receive();
        client.close();
        writer.join();
    }

    @Test
    void wantsAReadTokenIfThereIsOne() throws Exception {
        server = start(ServerLimits.DEFAULT, List.of(new Redacted("s3cret"), new Redacted("other")), List.of());
        HttpClientSocket client = client();
        for (String path :
                List.of("/announce", "/t/announce", "/t//announce", "/t/s3cre/announce", "/t/s3cret/scrape")) {
            String body = client.exchange(get(path + announce(5001, 0).substring("/announce".length())))
                    .body();
            if (path.endsWith("scrape")) assertEquals("d5:filesdee", body);
            else assertTrue(body.contains("needs a token"), path + body);
        }
        assertEquals(SwarmStats.EMPTY, swarms.stats(SWARM));
        assertEquals(
                1,
                announced(client.exchange(get("/t/other" + announce(5001, 0)))).complete());
    }

    @Test
    void believesTrustedProxiesOnly() throws Exception {
        String forwarded =
                "GET " + announce(5001, 0) + "&ip=9.9.9.9 HTTP/1.1\r\nX-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n\r\n";
        AnnounceResponse untrusted = announced(client().exchange(forwarded));
        assertEquals(PeerAddress.v4(0x7f000001, 0), untrusted.externalAddress());
        server = start(ServerLimits.DEFAULT, List.of(), List.of(LOOPBACK));
        AnnounceResponse trusted = announced(client().exchange(forwarded));
        assertEquals(PeerAddress.v4(0x01020304, 0), trusted.externalAddress());
        assertEquals(new SwarmStats(2, 0, 0), swarms.stats(SWARM));
        assertEquals(
                400, client().exchange(forwarded.replace("1.2.3.4", "nobody")).status());
    }

    @Test
    void limitsWhatAClientMayAsk() throws Exception {
        ServerLimits few = new ServerLimits(
                100,
                1000,
                200,
                2000,
                1,
                3,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                1000,
                1,
                1);
        server = start(few, List.of(), List.of(LOOPBACK));
        HttpClientSocket client = client();
        String forwarded = get(announce(5001, 0)).replace("Host: tracker", "Host: tracker\r\nX-Real-IP: 1.2.3.4");
        for (int i = 0; i < 3; i++) announced(client.exchange(forwarded));
        assertEquals(
                "d14:failure reason27:your address asks too often8:retry ini5ee",
                client.exchange(forwarded).body());
        String scrape = forwarded.replace("/announce", "/scrape");
        assertTrue(client.exchange(scrape).body().contains("too often"));
        announced(client.exchange(forwarded.replace("1.2.3.4", "1.2.3.5")));
        assertEquals(
                429, client.exchange(forwarded.replace("/announce", "/api")).status());
    }

    @Test
    void answersThoseWhoWaitWhenItStops() throws Exception {
        HttpClientSocket working = client();
        HttpClientSocket idle = client();
        idle.exchange(get("/"));
        working.send(get("/wait"));
        asked.awaitAdvance(0);
        Thread stopping = new Thread(server::close);
        stopping.start();
        assertTrue(idle.isEnded());
        released.countDown();
        Answer answer = working.receive();
        assertEquals("GET /wait null  127.0.0.1", answer.body());
        assertTrue(answer.head().contains("Connection: close"));
        stopping.join();
    }

    @Test
    void finishesAnAnswerThatIsOnItsWayWhenItStops() throws Exception {
        HttpClientSocket client = client();
        client.send(get("/big"));
        asked.awaitAdvance(0);
        Thread stopping = new Thread(server::close);
        assertTrue(client.hears(10_000));
        stopping.start();
        assertEquals(BIG, client.receive().body().length());
        assertTrue(client.isEnded());
        stopping.join();
    }
}
