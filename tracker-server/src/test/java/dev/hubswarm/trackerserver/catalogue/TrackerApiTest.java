package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.Torrents.canonical;
import static dev.hubswarm.trackerserver.catalogue.Torrents.digest;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.server.TrackerServer;
import dev.hubswarm.trackerserver.store.SqliteStore;
import dev.hubswarm.trackerserver.store.SwarmFollower;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The API behind the tracker's sockets, with a catalogue in a file. */
@ExtendWith(LeakCheck.class)
final class TrackerApiTest {
    private final HttpClient http = HttpClient.newHttpClient();
    private final TrackerCounters counters = new TrackerCounters();

    @TempDir
    Path folder;

    private TrackerStore store;
    private TrackerServer server;

    @BeforeEach
    void start() throws Exception {
        SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, report -> store.announced(report));
        store = SqliteStore.open(folder.resolve("catalogue.db"), Set.of());
        store.follow(new SwarmFollower(swarms));
        server = TrackerServer.start(
                new ServerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), false),
                swarms,
                new TrackerApi(
                        store,
                        swarms,
                        AccessTokens.NONE,
                        null,
                        request -> new ApiAnswer(404, "text/plain", new byte[0], Map.of())),
                counters);
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    private HttpResponse<byte[]> send(String method, String target, byte[] body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + target);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .method(method, BodyPublishers.ofByteArray(body))
                .build();
        return http.send(request, BodyHandlers.ofByteArray());
    }

    private Object announce(Hash infoHash) throws Exception {
        AnnounceRequest request = new AnnounceRequest(
                SwarmKey.of(infoHash), new PeerId(1, 2, 3), 5000, 0, 0, 0, AnnounceEvent.STARTED, -1, 7, true, null);
        return AnnounceResponse.decode(
                send("GET", "/announce?" + request.toQuery(), new byte[0]).body());
    }

    @Test
    void onlyWhatIsPublishedCanBeAnnounced() throws Exception {
        byte[] torrent = canonical(1, 1_000_000);
        Hash v1 = Objects.requireNonNull(Torrents.read(torrent).infoHash().v1());
        assertInstanceOf(TrackerFailure.class, announce(v1));
        String file = "/api/v2/files/" + digest(1);
        assertEquals(201, send("PUT", file, torrent).statusCode());
        assertInstanceOf(AnnounceResponse.class, announce(v1));
        HttpResponse<byte[]> found = send("GET", file, new byte[0]);
        assertTrue(new String(found.body(), UTF_8).contains("\"seeders\":1"));
        assertArrayEquals(torrent, send("GET", file + "/torrent", new byte[0]).body());
        assertEquals(200, send("GET", "/health", new byte[0]).statusCode());
        assertEquals(404, send("GET", "/else", new byte[0]).statusCode());
        assertEquals(413, send("POST", "/api/v2/lookup", new byte[300_000]).statusCode());
    }

    @Test
    void aStoreThatFailsIsSaidToBeAway() throws Exception {
        store.close();
        HttpResponse<byte[]> answer = send("GET", "/api/v2/files/" + digest(1), new byte[0]);
        assertEquals(503, answer.statusCode());
        assertEquals("10", answer.headers().firstValue("Retry-After").orElseThrow());
        assertEquals(
                503, send("PUT", "/api/v2/files/" + digest(1), canonical(1, 5)).statusCode());
        answer = send("GET", "/api/v1/torrents", new byte[0]);
        assertEquals(
                "500 {\"error\":\"database error\"}", answer.statusCode() + " " + new String(answer.body(), UTF_8));
        assertEquals(3, counters.apiFailed.sum());
    }
}
