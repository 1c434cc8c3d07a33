package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.Client.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.store.MemoryStore;
import dev.hubswarm.trackerserver.store.SwarmFollower;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests of llmpt's client as peer-systems.md §4 records them, with a stand-in Hub behind the tracker. */
@ExtendWith(LeakCheck.class)
final class LlmptApiTest {
    private static final int PIECE = 256 * 1024;
    private static final Instant NOW = Instant.parse("2026-03-21T10:00:00.123Z");
    private static final String ADMIN = "/api/v1/admin/torrents";
    private static final AccessTokens TOKENS =
            new AccessTokens(Map.of("alice", new Redacted("a-secret")), List.of(), new Redacted("admin-secret"));
    private static final AccessTokens ADMINISTERED =
            new AccessTokens(Map.of(), List.of(), new Redacted("admin-secret"));

    private final StubRepo repo = StubRepo.model("org/name")
            .git("config.json", "{}")
            .git("empty", "")
            .file("sub/model.bin", StubContent.generated(1, 300_000), StubFile.Storage.LFS)
            .commit("main")
            .git("README.md", "later")
            .commit("next")
            .build();
    private final String commit = String.valueOf(repo.commit("main"));
    private final String later = String.valueOf(repo.commit("next"));

    private final TrackerStore store = new MemoryStore(Set.of());
    private final SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, report -> {});
    private HubStub stub;
    private HubOrigin origin;
    private HubCheck check;
    private Client client;

    @BeforeEach
    void open() throws Exception {
        stub = HubStub.builder().start();
        stub.put(repo);
        origin = origin(stub.endpoint());
        check = new HubCheck(origin, Duration.ofSeconds(10));
        store.follow(new SwarmFollower(swarms));
        client = client(ADMINISTERED, check);
    }

    private static HubOrigin origin(String endpoint) throws UserError {
        Duration timeout = Duration.ofSeconds(5);
        OriginConfig config = new OriginConfig(
                URI.create(endpoint), null, ProxyRules.NONE, null, false, "hubswarm-test", timeout, timeout, 0);
        return new HubOrigin(config, new RateBudget(new Random(1)), new Random(2));
    }

    private Client client(AccessTokens tokens, @Nullable HubCheck hub) {
        return new Client(new TrackerApi(
                store,
                swarms,
                tokens,
                hub,
                request -> {
                    throw new AssertionError("not for the API: " + request.path());
                },
                InstantSource.fixed(NOW),
                () -> 0));
    }

    @AfterEach
    void close() {
        check.close();
        origin.close();
        stub.close();
    }

    private Map<String, Long> sizes(String revision) {
        Map<String, Long> sizes = new TreeMap<>();
        repo.files(revision)
                .forEach((path, file) -> sizes.put(path, file.content().size()));
        return sizes;
    }

    private byte[] snapshot() {
        return Torrents.folder(commit, sizes("main"), PIECE, false);
    }

    private static Hash hash(byte[] torrent) {
        return Objects.requireNonNull(Torrents.read(torrent).infoHash().v2());
    }

    /** The body of a publication as the Python client writes it. */
    private static Map<String, String> form(String revision, byte[] torrent) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("repo_id", "\"org/name\"");
        form.put("revision", "\"" + revision + "\"");
        form.put("repo_type", "\"model\"");
        form.put("name", "\"org/name\"");
        form.put("info_hash", "\"" + hash(torrent) + "\"");
        form.put("total_size", "7");
        form.put("file_count", "1");
        form.put("piece_length", "16384");
        form.put("torrent_data", "\"" + Base64.getEncoder().encodeToString(torrent) + "\"");
        form.put("files", "[{\"path\": \"x\", \"size\": 1}]");
        form.put("announce_key", "\"" + hash(torrent).truncated() + "\"");
        return form;
    }

    private static ApiAnswer publish(Client client, Map<String, String> form) {
        StringBuilder json = new StringBuilder();
        form.forEach((name, value) -> json.append(json.length() == 0 ? "{" : ", ")
                .append('"')
                .append(name)
                .append("\": ")
                .append(value));
        return client.post("/api/v1/publish", json + "}");
    }

    private static ApiAnswer publish(Client client, String revision, byte[] torrent) {
        return publish(client, form(revision, torrent));
    }

    private String triple(String revision) {
        return "repo_id=org%2Fname&revision=" + revision + "&repo_type=model";
    }

    private void announce(Hash infoHash, int peer, long left) throws AnnounceException {
        AnnounceRequest request = new AnnounceRequest(
                SwarmKey.of(infoHash),
                new PeerId(1, 2, peer),
                5000,
                0,
                0,
                left,
                AnnounceEvent.STARTED,
                -1,
                7,
                true,
                null);
        swarms.announce(request, PeerAddress.v4(0xc6336400 + peer, 5000), 0);
    }

    @Test
    void aSnapshotThatTheHubConfirmsIsListedAndAnnounced() throws Exception {
        byte[] torrent = snapshot();
        String keys = "\"info_hash\":\"" + hash(torrent) + "\",\"announce_key\":\""
                + hash(torrent).truncated() + "\"";
        assertEquals(
                "200 {\"message\":\"Published.\"," + keys + ",\"status\":\"active\"}",
                text(publish(client, commit, torrent)));
        announce(hash(torrent), 1, 0);
        announce(hash(torrent), 2, 5);

        Metainfo read = Torrents.read(torrent);
        String root = "\"file_root\":\"" + read.files().get(0).piecesRoot() + "\"";
        String listed = text(client.get("/api/v1/torrents?" + triple(commit)));
        assertTrue(
                listed.startsWith("200 {\"total\":1,\"data\":[{\"id\":\""
                        + hash(torrent).hex().substring(0, 24)
                        + "\",\"repo_id\":\"org/name\",\"revision\":\"" + commit
                        + "\",\"repo_type\":\"model\",\"name\":\"org/name\"," + keys
                        + ",\"total_size\":" + read.payloadSize() + ",\"file_count\":"
                        + sizes("main").size()
                        + ",\"piece_length\":262144,\"files\":["),
                listed);
        assertTrue(listed.contains(root), listed);
        assertTrue(listed.contains("{\"path\":\"empty\",\"size\":0}"), listed);
        assertTrue(listed.contains("{\"path\":\"sub/model.bin\",\"size\":300000,\"file_root\":"), listed);
        assertTrue(
                listed.endsWith("],\"status\":\"active\",\"created_at\":\"2026-03-21T10:00:00.123Z\","
                        + "\"stats\":{\"seeders\":1,\"leechers\":1,\"completed\":0}}]}"),
                listed);
        assertFalse(listed.contains("198.51.100"), listed);
        assertEquals(listed, text(client.get("/api/v1/torrents?repo_id=org/name&repo_type=model")));
        assertEquals(listed, text(client.get("/api/v1/torrents")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"repo_id=org/other", "revision=main", "repo_type=dataset", "repo_type=nothing"})
    void anotherFilterFindsAnEmptyList(String filter) {
        publish(client, commit, snapshot());
        assertEquals("200 {\"total\":0,\"data\":[]}", text(client.get("/api/v1/torrents?" + filter)));
    }

    @Test
    void aTorrentNamesTheTrackerItIsFetchedFrom() throws Exception {
        byte[] torrent = snapshot();
        publish(client, commit, torrent);
        String target = "/api/v1/torrents/torrent?" + triple(commit);
        ApiAnswer answer = client.send("GET", target, new byte[0], Map.of("host", "tracker.lan:8472"));
        assertEquals("application/x-bittorrent", answer.contentType());
        assertEquals("attachment; filename=torrent.torrent", answer.headers().get("Content-Disposition"));
        Metainfo read = Metainfo.readStrictly(answer.body());
        assertEquals(hash(torrent), read.infoHash().v2());
        assertEquals(
                List.of(List.of("http://tracker.lan:8472/announce")),
                read.extras().trackers());
        assertEquals(List.of(), read.extras().webSeeds());
        assertNull(read.extras().comment());

        Map<String, String> proxied = Map.of("host", "[2001:db8::1]", "x-forwarded-proto", "https");
        read = Metainfo.readStrictly(
                client.send("GET", target, new byte[0], proxied).body());
        assertEquals(
                List.of(List.of("https://[2001:db8::1]/announce")),
                read.extras().trackers());
        read = Metainfo.readStrictly(
                client.send("GET", target, new byte[0], Map.of("host", "a b\n")).body());
        assertEquals(List.of(), read.extras().trackers());
    }

    @Test
    void withoutTheHubASnapshotWaitsForApproval() throws Exception {
        byte[] torrent = snapshot();
        Client alone = client(ADMINISTERED, null);
        assertTrue(text(publish(alone, commit, torrent)).endsWith("\"status\":\"pending\"}"));
        assertTrue(text(publish(alone, commit, torrent)).endsWith("\"status\":\"pending\"}"));
        assertEquals("200 {\"total\":0,\"data\":[]}", text(alone.get("/api/v1/torrents")));
        assertFalse(swarms.contains(SwarmKey.of(hash(torrent))));
        ApiAnswer fetched = alone.get("/api/v1/torrents/torrent?" + triple(commit));
        assertEquals(hash(torrent), Torrents.read(fetched.body()).infoHash().v2());

        Client admin = alone.with("admin-secret");
        String id = hash(torrent).hex().substring(0, 24);
        String listed = text(admin.get(ADMIN));
        assertTrue(listed.startsWith("200 {\"total\":1,\"data\":[{\"id\":\"" + id + "\""), listed);
        assertTrue(listed.endsWith("\"status\":\"pending\",\"created_at\":\"2026-03-21T10:00:00.123Z\"}]}"), listed);
        assertEquals(
                "200 {\"message\":\"torrent approved\"}",
                text(admin.send("POST", ADMIN + "/" + id + "/approve", new byte[0])));
        assertTrue(text(alone.get("/api/v1/torrents")).startsWith("200 {\"total\":1,"));
        assertTrue(swarms.contains(SwarmKey.of(hash(torrent))));

        announce(hash(torrent), 1, 0);
        announce(hash(torrent), 2, 5);
        String peers = text(admin.get(ADMIN + "/" + id + "/peers"));
        assertEquals(
                "200 {\"torrent_id\":\"" + id + "\",\"repo_id\":\"org/name\",\"revision\":\"" + commit
                        + "\",\"swarm_key\":\"" + hash(torrent).truncated()
                        + "\",\"seeder_count\":1,\"leecher_count\":1,\"seeders\":[" + peer("198.51.100.1")
                        + "],\"leechers\":[" + peer("198.51.100.2") + "]}",
                peers);

        assertEquals(
                "200 {\"message\":\"torrent deleted\"}", text(admin.send("DELETE", ADMIN + "/" + id, new byte[0])));
        assertFalse(swarms.contains(SwarmKey.of(hash(torrent))));
        for (String path : List.of("", "/peers")) {
            String method = path.isEmpty() ? "DELETE" : "GET";
            assertEquals(
                    "404 {\"error\":\"torrent not found\"}",
                    text(admin.send(method, ADMIN + "/" + id + path, new byte[0])));
        }
        assertEquals(
                404,
                admin.send("POST", ADMIN + "/" + id + "/approve", new byte[0]).status());
        assertEquals(400, admin.send("DELETE", ADMIN + "/xyz", new byte[0]).status());
    }

    private static String peer(String ip) {
        return "{\"ip\":\"" + ip + "\",\"port\":5000,\"address\":\"" + ip
                + ":5000\",\"last_seen\":\"2026-03-21T10:00:00Z\"}";
    }

    @Test
    void onlyTheAdminAdministersAndNoOtherPage() {
        assertEquals(401, client.get(ADMIN).status());
        assertEquals(401, client.with("wrong").get(ADMIN).status());
        assertEquals(403, client(AccessTokens.NONE, null).with("").get(ADMIN).status());
        ApiAnswer answer = client.with("admin-secret").get(ADMIN);
        assertEquals(200, answer.status());
        assertNull(answer.headers().get("Access-Control-Allow-Origin"));
        assertNull(client.get(ADMIN).headers().get("Access-Control-Allow-Origin"));
        assertEquals("*", client.get("/api/v1/torrents").headers().get("Access-Control-Allow-Origin"));
    }

    @Test
    void aSecondTorrentOfACommitIsRefused() {
        byte[] first = snapshot();
        Map<String, Long> sizes = sizes("main");
        publish(client, commit, first);
        ApiAnswer again = publish(client, commit, first);
        assertEquals(200, again.status());
        assertFalse(text(again).contains("status"), text(again));
        sizes.put("config.json", 3L);
        ApiAnswer other = publish(client, commit, Torrents.folder(commit, sizes, PIECE, false));
        assertEquals(409, other.status());
        assertTrue(text(other).startsWith("409 {\"error\":\""), text(other));
        Map<String, String> elsewhere = form(commit, first);
        elsewhere.put("repo_type", "\"dataset\"");
        assertEquals(409, publish(client, elsewhere).status());
    }

    @Test
    void whoCameFirstWithoutTheHubsWordMakesRoom() {
        Map<String, Long> sizes = sizes("main");
        sizes.put("extra", 3L);
        byte[] squatter = Torrents.folder(commit, sizes, PIECE, false);
        publish(client(AccessTokens.NONE, null), commit, squatter);
        assertEquals(
                409,
                publish(client(AccessTokens.NONE, null), commit, snapshot()).status());
        assertTrue(text(publish(client, commit, snapshot())).endsWith("\"status\":\"active\"}"));
        assertTrue(
                text(client.get("/api/v1/torrents")).contains(hash(snapshot()).hex()));
    }

    @Test
    void aPendingSnapshotIsCheckedAgainWhenItIsPublishedAgain() {
        publish(client(AccessTokens.NONE, null), commit, snapshot());
        assertTrue(text(publish(client, commit, snapshot())).endsWith("\"status\":\"active\"}"));
        assertTrue(text(client.get("/api/v1/torrents")).startsWith("200 {\"total\":1,"));
    }

    @Test
    void withPublishTokensAStrangersSnapshotWaits() {
        Client closed = client(TOKENS, check);
        assertTrue(text(publish(closed, commit, snapshot())).endsWith("\"status\":\"pending\"}"));
        assertTrue(text(publish(closed.with("a-secret"), commit, snapshot())).endsWith("\"status\":\"active\"}"));
    }

    @Test
    void whatDiffersFromTheHubIsRefused() {
        Map<String, Long> sizes = sizes("main");
        sizes.put("config.json", 3L);
        assertRefused(sizes, "config.json has 2 bytes there");
        sizes = sizes("main");
        sizes.remove("config.json");
        assertRefused(sizes, "files");
        sizes.put("config.yaml", 2L);
        assertRefused(sizes, "no config.yaml");
        assertEquals(
                "200 {\"total\":0,\"data\":[]}",
                text(client.with("admin-secret").get(ADMIN)));
    }

    private void assertRefused(Map<String, Long> sizes, String why) {
        ApiAnswer answer = publish(client, commit, Torrents.folder(commit, sizes, PIECE, false));
        assertEquals(400, answer.status(), text(answer));
        assertTrue(text(answer).contains(why), text(answer));
    }

    @Test
    void whatTheHubDoesNotShowToEverybodyWaits() throws Exception {
        byte[] torrent = Torrents.folder(commit, Map.of("a", 1L), PIECE, false);
        Map<String, String> form = form(commit, torrent);
        form.put("repo_id", "\"org/unknown\"");
        assertTrue(text(publish(client, form)).endsWith("\"status\":\"pending\"}"));

        StubRepo gated = StubRepo.model("org/gated")
                .access(new StubRepo.Access.Gated("auto"))
                .git("a", "b")
                .commit("main")
                .build();
        stub.put(gated);
        String head = String.valueOf(gated.commit("main"));
        byte[] listed = Torrents.folder(head, Map.of("a", 1L), PIECE, false);
        form = form(head, listed);
        form.put("repo_id", "\"org/gated\"");
        assertTrue(text(publish(client, form)).endsWith("\"status\":\"pending\"}"));
        stub.close();
        assertTrue(text(publish(client, commit, snapshot())).endsWith("\"status\":\"pending\"}"));
    }

    @Test
    void aHubThatHangsDelaysAPublicationABitAndNoMore() {
        stub.inject(request -> request.route() == Route.TREE, 1, new Fault.Latency(Duration.ofSeconds(30)));
        try (HubCheck hasty = new HubCheck(origin, Duration.ofMillis(200))) {
            assertTimeout(Duration.ofSeconds(20), () -> {
                ApiAnswer answer = publish(client(ADMINISTERED, hasty), commit, snapshot());
                assertTrue(text(answer).endsWith("\"status\":\"pending\"}"), text(answer));
            });
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "repo_id|null|must be there",
                "repo_id|\"\"|must be there",
                "revision|null|must be there",
                "info_hash|null|must be there",
                "torrent_data|\"\"|torrent_data must be there",
                "torrent_data|null|JSON",
                "torrent_data|7|JSON",
                "torrent_data|\"%%%\"|base64",
                "torrent_data|\"QUJD\"|not a valid torrent",
                "repo_id|7|JSON",
                "repo_id|{}|JSON",
                "repo_id|\"../x\"|kind of repo",
                "repo_type|\"nothing\"|kind of repo",
                "revision|\"main\"|not a commit",
                "revision|\"0123456789ABCDEF0123456789abcdef01234567\"|not a commit",
                "revision|\"0123456789abcdef0123456789abcdef01234567\"|name is not its revision",
                "info_hash|\"0000\"|not the torrent's",
                "announce_key|\"0000\"|announce_key",
            })
    void everyRuleOfAPublicationHolds(String field, String value, String why) {
        Map<String, String> form = form(commit, snapshot());
        form.put(field, value);
        ApiAnswer answer = publish(client, form);
        assertEquals(400, answer.status(), text(answer));
        assertTrue(text(answer).startsWith("400 {\"error\":\""), text(answer));
        assertTrue(text(answer).contains(why), text(answer));
    }

    @Test
    void everyRuleOfASnapshotHolds() {
        assertBroken(Torrents.canonical(1, 5), "v2 alone");
        assertBroken(Torrents.folder(commit, Map.of("a", 5L), PIECE, true), "private");
        assertBroken(Torrents.folder(commit, Map.of("a", 5L), PIECE / 2, false), "piece length");
        assertBroken(Torrents.folder("models", Map.of("a", 5L), PIECE, false), "not its revision");
        byte[] changed = Torrents.folder(commit, Map.of("a", 1_000_000L), PIECE, false);
        String text = new String(changed, ISO_8859_1);
        changed[text.indexOf("12:piece layers") + 60] ^= 1;
        assertBroken(changed, "not a valid torrent");
    }

    private void assertBroken(byte[] torrent, String why) {
        Map<String, String> form = form(commit, snapshot());
        form.remove("announce_key");
        form.put("torrent_data", "\"" + Base64.getEncoder().encodeToString(torrent) + "\"");
        if (!why.contains("valid")) {
            Metainfo read = Torrents.read(torrent);
            form.put("info_hash", "\"" + read.infoHash().v2() + "\"");
        }
        ApiAnswer answer = publish(client, form);
        assertEquals(400, answer.status(), text(answer));
        assertTrue(text(answer).contains(why), text(answer));
    }

    @Test
    void sourcesOfAFileAreFoundInOtherSnapshots() throws Exception {
        byte[] first = snapshot();
        byte[] second = Torrents.folder(later, sizes("next"), PIECE, false);
        publish(client, commit, first);
        publish(client, later, second);
        announce(hash(second), 1, 0);
        String path = "&path=sub%2Fmodel.bin";
        String root = Torrents.read(first).files().stream()
                .filter(file -> file.displayPath().equals("sub/model.bin"))
                .map(file -> String.valueOf(file.piecesRoot()))
                .findAny()
                .orElseThrow();
        String target = source(commit, root, 0);
        assertEquals(
                "200 {\"data\":{\"target\":{" + target + "},\"candidates\":[{" + target + scored(first, "0.0") + "},{"
                        + source(later, root, 1) + scored(second, "1.0") + "}]}}",
                text(client.get("/api/v1/file-sources?" + triple(commit) + path)));
        String empty = text(client.get("/api/v1/file-sources?repo_id=org/name&revision=" + commit + "&path=empty"));
        assertEquals(1, empty.split("score", -1).length - 1, empty);
    }

    private static String source(String revision, String root, int seeders) {
        return "\"repo_id\":\"org/name\",\"revision\":\"" + revision
                + "\",\"repo_type\":\"model\",\"path\":\"sub/model.bin\",\"size\":300000,\"file_root\":\"" + root
                + "\",\"seeders\":" + seeders;
    }

    private static String scored(byte[] torrent, String score) {
        return ",\"score\":" + score + ",\"announce_key\":\"" + hash(torrent).truncated() + "\"";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/torrents/torrent|400|must be there",
                "/api/v1/torrents/torrent?repo_id=org/name&revision=|400|must be there",
                "/api/v1/torrents/torrent?repo_id=org/name&revision=x|404|torrent not found",
                "/api/v1/torrents/torrent?repo_id=..&revision=x|404|torrent not found",
                "/api/v1/file-sources?repo_id=org/name&revision=x|400|must be there",
                "/api/v1/file-sources?path=x|400|must be there",
                "/api/v1/file-sources?repo_id=org/name&revision=x&path=x|404|target torrent not found",
                "/api/v1/nothing|404|nothing at this path",
                "/api/v1/|404|nothing at this path",
                "/api/v1/torrents/%zz|400|percent-escape"
            })
    void everyWrongQuestionHasItsAnswer(String target, int status, String why) {
        ApiAnswer answer = client.get(target);
        assertEquals(status, answer.status());
        assertTrue(text(answer).contains("{\"error\":\""), text(answer));
        assertTrue(text(answer).contains(why), text(answer));
    }

    @Test
    void aFileThatTheTargetLacksIsNotFound() {
        publish(client, commit, snapshot());
        assertEquals(
                "404 {\"error\":\"target file not found in torrent\"}",
                text(client.get("/api/v1/file-sources?" + triple(commit) + "&path=nothing")));
    }

    @ParameterizedTest
    @CsvSource({
        "OPTIONS, /api/v1/torrents",
        "POST, /api/v1/torrents",
        "OPTIONS, /api/v1/publish",
        "GET, /api/v1/publish",
        "DELETE, /api/v1/torrents/torrent",
        "POST, /api/v1/file-sources"
    })
    void otherMethodsAreRefusedInPlainText(String method, String target) {
        ApiAnswer answer = client.send(method, target, new byte[0]);
        assertEquals("405 Method not allowed", text(answer));
        assertEquals("text/plain", answer.contentType());
        assertEquals("*", answer.headers().get("Access-Control-Allow-Origin"));
    }

    @Test
    void itSaysThatItIsWell() {
        for (String path : List.of("/health", "/api/v1/health")) assertEquals("200 OK", text(client.get(path)));
        assertArrayEquals("OK".getBytes(US_ASCII), client.get("/health").body());
    }

    @Test
    void theLargestTorrentFitsInBase64() {
        int encoded = Base64.getEncoder().encode(new byte[Metainfo.MAX_TORRENT_BYTES]).length;
        assertTrue(encoded < client.api().maxBody("POST", "/api/v1/publish"));
        assertEquals(0, client.api().maxBody("GET", "/api/v1/torrents"));
    }
}
