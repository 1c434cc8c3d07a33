package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.Client.code;
import static dev.hubswarm.trackerserver.catalogue.Client.text;
import static dev.hubswarm.trackerserver.catalogue.Torrents.canonical;
import static dev.hubswarm.trackerserver.catalogue.Torrents.digest;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.store.MemoryStore;
import dev.hubswarm.trackerserver.store.SwarmFollower;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CatalogueApiTest {
    private static final String FILES = "/api/v2/files/";
    private static final String FILE = FILES + digest(1).hex();
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String PLACE = "?repo_type=model&repo_id=org/name&revision=" + COMMIT + "&path=";
    private static final AccessTokens TOKENS = new AccessTokens(
            Map.of("alice", new Redacted("a-secret"), "bob", new Redacted("b-secret")),
            List.of(new Redacted("r-secret")),
            null);

    private final TrackerStore store = new MemoryStore(TOKENS.publish().keySet());
    private final SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, report -> {});
    private final Client open = client(AccessTokens.NONE);

    private Client client(AccessTokens tokens) {
        return new Client(new TrackerApi(store, swarms, tokens, null, request -> {
            throw new AssertionError("not for the API: " + request.path());
        }));
    }

    @BeforeEach
    void follow() throws Exception {
        store.follow(new SwarmFollower(swarms));
    }

    private static ApiAnswer put(Client client, long digest, byte[] torrent) {
        return client.send("PUT", FILES + digest(digest).hex(), torrent);
    }

    private static InfoHash hashOf(byte[] torrent) {
        return Torrents.read(torrent).infoHash();
    }

    private static String hashes(byte[] torrent) {
        InfoHash hash = hashOf(torrent);
        return "\"info_hash_v1\":\"" + hash.v1() + "\",\"info_hash_v2\":\"" + hash.v2() + "\"";
    }

    @Test
    void whatIsPublishedIsFound() {
        byte[] torrent = canonical(1, 1_000_000, 1, Torrents.STRANGE);
        assertEquals(
                "201 {\"digest\":\"" + digest(1) + "\"," + hashes(torrent) + ",\"attestations\":1,\"status\":\"new\"}",
                text(put(open, 1, torrent)));
        String candidate = "{" + hashes(torrent)
                + ",\"size\":1000000,\"piece_length\":262144,\"attestations\":1,\"attested_by_token\":false,\"seeders\":0,\"leechers\":0}";
        String found = "\"size\":1000000,\"candidates\":[" + candidate + "]}";
        assertEquals("200 {\"digest\":\"" + digest(1) + "\"," + found, text(open.get(FILE)));
        assertEquals("200 {\"digest\":\"" + digest(1) + "\"," + found, text(open.get(FILE + "?size=1000000")));
        assertEquals(
                "200 {\"files\":{\"" + digest(1) + "\":{" + found + "}}",
                text(open.post("/api/v2/lookup", "{\"digests\":[\"" + digest(1) + "\",\"" + digest(2) + "\"]}")));
        ApiAnswer fetched = open.get(FILE + "/torrent");
        assertEquals("application/x-bittorrent", fetched.contentType());
        assertArrayEquals(canonical(1, 1_000_000), fetched.body());
    }

    @Test
    void bothHashesNameTheTorrent() {
        byte[] first = canonical(1, 5);
        byte[] rival = canonical(1, 5, 2, TorrentExtras.NONE);
        put(open, 1, first);
        put(open, 1, rival);
        assertArrayEquals(
                rival,
                open.get(FILE + "/torrent?info_hash=" + hashOf(rival).v1()).body());
        assertArrayEquals(
                rival,
                open.get(FILE + "/torrent?info_hash=" + hashOf(rival).v2()).body());
        assertArrayEquals(
                first,
                open.get(FILE + "/torrent?info_hash=" + hashOf(first).v2()).body());
        assertEquals("404 not_found", code(open.get(FILE + "/torrent?info_hash=" + "0".repeat(40))));
        assertEquals("400 bad_info_hash", code(open.get(FILE + "/torrent?info_hash=0")));
        // It exists, but for another digest.
        put(open, 3, canonical(3, 5));
        assertEquals(
                "404 not_found",
                code(open.get(
                        FILE + "/torrent?info_hash=" + hashOf(canonical(3, 5)).v1())));
    }

    @Test
    void everyNetworkCountsOnce() {
        byte[] torrent = canonical(1, 5);
        assertEquals(201, put(open, 1, torrent).status());
        assertEquals(200, put(open, 1, torrent).status());
        assertTrue(text(put(open.at("192.0.2.2"), 1, torrent)).endsWith("\"attestations\":2,\"status\":\"counted\"}"));
        assertTrue(text(put(open.at("2001:db8::1"), 1, torrent)).contains("\"attestations\":3,"));
        assertTrue(text(put(open.at("2001:db8::ffff:1"), 1, torrent)).contains("\"attestations\":3,"));
        assertTrue(text(put(open.at("2001:db8:0:1::1"), 1, torrent)).contains("\"attestations\":4,"));
    }

    @Test
    void rivalsAreKeptApartAndInOrder() {
        byte[] lie = canonical(1, 5, 2, TorrentExtras.NONE);
        byte[] truth = canonical(1, 5);
        put(open, 1, lie);
        ApiAnswer rival = put(open, 1, truth);
        assertEquals(409, rival.status());
        assertTrue(text(rival).endsWith("\"attestations\":1,\"status\":\"rival\"}"));
        put(open.at("192.0.2.2"), 1, truth);
        assertArrayEquals(truth, open.get(FILE + "/torrent").body());
        put(client(TOKENS).with("a-secret"), 1, lie);
        String found = text(open.get(FILE));
        assertArrayEquals(lie, open.get(FILE + "/torrent").body());
        assertTrue(found.indexOf("\"attested_by_token\":true") < found.indexOf("\"attested_by_token\":false"), found);
        for (int i = 3; i <= TrackerStore.MAX_CANDIDATES; i++)
            assertEquals(
                    409, put(open, 1, canonical(1, 5, i, TorrentExtras.NONE)).status());
        assertEquals("507 too_many_rivals", code(put(open, 1, canonical(1, 5, 99, TorrentExtras.NONE))));
    }

    @Test
    void whoeverDoesNotNameASizeHearsOfEverySize() {
        put(open, 1, canonical(1, 5));
        put(open.at("192.0.2.2"), 1, canonical(1, 5));
        put(open, 1, canonical(1, 6));
        String lookup = text(open.post("/api/v2/lookup", "{\"digests\":[\"" + digest(1) + "\"]}"));
        for (String found : List.of(text(open.get(FILE)), lookup)) {
            assertTrue(
                    found.contains("\"size\":5,\"candidates\":[{" + hashes(canonical(1, 5)) + ",\"size\":5,"), found);
            assertTrue(found.contains(hashes(canonical(1, 6)) + ",\"size\":6,"), found);
        }
    }

    @Test
    void torrentsOfAnotherSizeAreLeftOut() {
        put(open, 1, canonical(1, 5));
        put(open, 1, canonical(1, 6));
        assertTrue(text(open.get(FILE + "?size=6")).contains(hashes(canonical(1, 6))));
        assertFalse(text(open.get(FILE + "?size=6")).contains(hashes(canonical(1, 5))));
        assertTrue(text(open.get(FILE + "?size=7")).matches("404 .*not_found.*but none of this size.*"));
        assertTrue(
                text(open.get(FILES + digest(2) + "?size=7")).matches("404 .*not_found.*No torrent of this digest.*"));
        assertEquals("400 bad_size", code(open.get(FILE + "?size=-1")));
        assertEquals("400 bad_size", code(open.get(FILE + "?size=9999999999999999999")));
    }

    @Test
    void peersAreCountedAndNotNamed() throws Exception {
        byte[] torrent = canonical(1, 5);
        put(open, 1, torrent);
        SwarmKey v2 = SwarmKey.of(Objects.requireNonNull(hashOf(torrent).v2()));
        for (int i = 0; i < 3; i++) {
            AnnounceRequest request = new AnnounceRequest(
                    v2, new PeerId(1, 2, i), 5000, 0, 0, i == 0 ? 0 : 5, AnnounceEvent.STARTED, -1, 7, true, null);
            swarms.announce(request, PeerAddress.v4(0xc6336401 + i, 5000), 0);
        }
        String found = text(open.get(FILE));
        assertTrue(found.contains("\"seeders\":1,\"leechers\":2"), found);
        assertFalse(found.contains("198.51.100"), found);
    }

    @Test
    void publishersNeedTheirTokenWhereThereAreSome() {
        Client closed = client(TOKENS);
        byte[] torrent = canonical(1, 5);
        assertEquals("401 unauthorized", code(put(closed, 1, torrent)));
        assertEquals("401 unauthorized", code(put(closed.with("wrong"), 1, torrent)));
        assertEquals("401 unauthorized", code(put(closed.with(""), 1, torrent)));
        assertEquals("403 forbidden", code(put(closed.with("r-secret"), 1, torrent)));
        assertEquals(201, put(closed.with("a-secret"), 1, torrent).status());
        assertEquals(
                200, put(closed.with("a-secret").at("192.0.2.2"), 1, torrent).status());
        String found = text(put(closed.with("b-secret"), 1, torrent));
        assertTrue(found.contains("\"attestations\":2"), found);
        assertEquals("Bearer", put(closed, 1, torrent).headers().get("WWW-Authenticate"));
    }

    @Test
    void readersNeedATokenWhereThereAreSome() {
        Client closed = client(TOKENS);
        put(closed.with("a-secret"), 1, canonical(1, 5));
        String lookup = "{\"digests\":[]}";
        for (String target : List.of(FILE, FILE + "/torrent", "/api/v2/repos/model/org/name")) {
            assertEquals("401 unauthorized", code(closed.get(target)));
            assertEquals(200, closed.with("r-secret").get(target).status());
            assertEquals(200, closed.with("b-secret").get(target).status());
        }
        assertEquals("401 unauthorized", code(closed.post("/api/v2/lookup", lookup)));
        assertEquals(200, closed.with("r-secret").post("/api/v2/lookup", lookup).status());
        assertEquals(200, closed.get("/health").status());
    }

    @Test
    void theSchemeOfATokenHasAnyCase() {
        ApiAnswer answer = client(TOKENS).send("GET", FILE, new byte[0], Map.of("authorization", "bearer  r-secret "));
        assertEquals(404, answer.status());
        answer = client(TOKENS).send("GET", FILE, new byte[0], Map.of("authorization", "Basic r-secret"));
        assertEquals(401, answer.status());
    }

    @Test
    void filesOfARepositoryAreListedPageByPage() {
        int count = CatalogueApi.PAGE + 1;
        Client publisher = client(TOKENS).with("a-secret");
        for (int i = 0; i < count; i++)
            assertEquals(
                    201,
                    publisher
                            .send("PUT", FILES + digest(i).hex() + PLACE + "a%2Fb+%2B" + i, canonical(i, 5))
                            .status());
        String first = text(open.get("/api/v2/repos/model/org/name"));
        assertTrue(
                first.startsWith("200 {\"files\":[{\"revision\":\"" + COMMIT + "\",\"path\":\"a/b +0\",\"digest\":\""
                        + digest(0) + "\",\"size\":5},"),
                first);
        String next = first.substring(first.indexOf("\"next\":\"") + 8, first.length() - 2);
        String second = text(open.get("/api/v2/repos/model/org%2Fname?revision=" + COMMIT + "&after="
                + next.replace("+", "%2B").replace(" ", "+")));
        assertEquals(1, second.split("digest", -1).length - 1, second);
        assertTrue(second.endsWith("],\"next\":null}"), second);
        assertEquals("200 {\"files\":[],\"next\":null}", text(open.get("/api/v2/repos/dataset/org/name")));
    }

    @Test
    void aPlaceIsWholeOrAbsent() {
        for (String place : List.of(
                "?repo_id=org/name",
                "?repo_id=org/name&revision=main&path=a",
                "?repo_id=org/name&revision=" + COMMIT,
                "?repo_id=../x&revision=" + COMMIT + "&path=a",
                "?repo_type=nothing&repo_id=org/name&revision=" + COMMIT + "&path=a",
                PLACE + "..%2Fa",
                PLACE + "%00"))
            assertEquals("400 bad_place", code(open.send("PUT", FILE + place, canonical(1, 5))), place);
        assertEquals("404 not_found", code(open.get(FILE)));
        assertEquals(
                201,
                open.send("PUT", FILE + "?repo_type=model", canonical(1, 5)).status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/api/v2/|404 not_found",
                "GET|/api/v2/nothing|404 not_found",
                "GET|/api/v2/files|404 not_found",
                "GET|/api/v2/files/|400 bad_digest",
                "GET|/api/v2/files/ABC|400 bad_digest",
                "GET|/api/v2/files/%zz|400 bad_escape",
                "GET|/api/v2/files/%ff|400 bad_escape",
                "GET|/api/v2/files/0/torrent/0|404 not_found",
                "DELETE|/api/v2/files/0|405 method_not_allowed",
                "PUT|/api/v2/files/0|400 bad_digest",
                "POST|/api/v2/files/0/torrent|405 method_not_allowed",
                "GET|/api/v2/lookup|405 method_not_allowed",
                "GET|/api/v2/repos/model|404 not_found",
                "GET|/api/v2/repos/nothing/org/name|400 bad_repo",
                "GET|/api/v2/repos/model/a--b|400 bad_repo",
                "GET|/api/v2/repos/model/a/b?revision=main|400 bad_revision",
                "PUT|/api/v2/repos/model/a/b|405 method_not_allowed"
            })
    void everyWrongRequestHasItsAnswer(String method, String target, String expected) {
        ApiAnswer answer = open.send(method, target, new byte[0]);
        assertEquals(expected, code(answer));
        assertEquals(answer.status() == 405, answer.headers().containsKey("Allow"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|400 bad_json",
                "[]|400 bad_json",
                "{\"digests\":[}|400 bad_json",
                "{\"digests\":[1]}|400 bad_json",
                "{\"digests\":\"x\"}|400 bad_json",
                "{\"digests\":[\"x\"]}|400 bad_digest",
                "{\"digests\":[]} x|400 bad_json",
                "{\"digests\":[]|400 bad_json",
                "{\"others\":{\"digests\":[1]}}|200 {\"files\":{}}"
            })
    void aLookupIsReadStrictly(String body, String expected) {
        assertEquals(expected, code(open.post("/api/v2/lookup", Objects.requireNonNullElse(body, ""))));
    }

    @Test
    void aLookupHasAThousandDigestsAtMost() {
        List<String> digests = IntStream.rangeClosed(0, CatalogueApi.MAX_LOOKUP)
                .mapToObj(i -> "\"" + digest(i) + "\"")
                .collect(Collectors.toList());
        String tooMany = "{\"digests\":[" + String.join(", ", digests) + "]}";
        assertEquals("400 too_many_digests", code(open.post("/api/v2/lookup", tooMany)));
        String all = "{\"digests\":[" + String.join(", ", digests.subList(1, digests.size())) + "]}";
        assertEquals("200 {\"files\":{}}", text(open.post("/api/v2/lookup", all)));
        assertTrue(all.length() < open.api().maxBody("POST", "/api/v2/lookup"));
        assertEquals("413 too_large", code(open.post("/api/v2/lookup", " ".repeat(300_000))));
    }

    @Test
    void aTorrentHasALargestSize() {
        assertEquals(Metainfo.MAX_TORRENT_BYTES, open.api().maxBody("PUT", FILE));
        assertEquals(0, open.api().maxBody("GET", FILE));
        assertEquals("413 too_large", code(put(open, 1, new byte[Metainfo.MAX_TORRENT_BYTES + 1])));
    }

    @Test
    void whoPublishesTooMuchMustWait() {
        byte[] large = new byte[Metainfo.MAX_TORRENT_BYTES];
        ApiAnswer last = put(open, 1, large);
        int accepted = 0;
        for (; last.status() == 400 && accepted < 100; last = put(open, 1, large)) accepted++;
        assertEquals("429 too_many", code(last));
        assertEquals("60", last.headers().get("Retry-After"));
        assertTrue(accepted >= 4, accepted + " were accepted");
        assertEquals(201, put(open.at("192.0.2.2"), 1, canonical(1, 5)).status());
        Client trusted = client(TOKENS).with("a-secret");
        for (int i = 0; i < 20; i++) assertEquals("400 bad_torrent", code(put(trusted, 1, large)));
    }

    @Test
    void whoAsksIsToldWhetherPeersReachHim() throws Exception {
        String target;
        String told;
        try (ServerSocket there = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            target = "/api/v2/reach?port=" + there.getLocalPort();
            told = "200 {\"address\":\"127.0.0.1:" + there.getLocalPort() + "\",\"reachable\":";
            assertEquals(told + "true}", Client.text(open.at("127.0.0.1").get(target)));
        }
        assertEquals(told + "false}", Client.text(open.at("127.0.0.1").get(target)));
        for (String port : List.of("", "0", "80", "1023", "65536", "-6881", "6881x", "99999999999"))
            assertEquals("400 bad_port", Client.code(open.get("/api/v2/reach?port=" + port)), port);
        assertEquals("405 method_not_allowed", Client.code(open.post("/api/v2/reach?port=6881", "")));
        assertEquals(
                "401",
                Client.code(client(TOKENS).get("/api/v2/reach?port=6881")).substring(0, 3));
    }
}
