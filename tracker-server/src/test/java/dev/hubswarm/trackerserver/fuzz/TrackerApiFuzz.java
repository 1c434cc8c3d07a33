package dev.hubswarm.trackerserver.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.catalogue.TrackerApi;
import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.MemoryStore;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Whatever is asked, the API answers: with a status that it has, with whole JSON, and with headers of one line. */
public final class TrackerApiFuzz {
    /** Target and body, with a line break between them; the first two characters choose method and beginning. */
    public static final List<String> SEEDS = List.of(
            "GA" + "0".repeat(64) + "?size=5",
            "GA" + "0".repeat(64) + "/torrent?info_hash=" + "0".repeat(40),
            "UA" + "0".repeat(64) + "?repo_id=org/name&revision=" + "0".repeat(40)
                    + "&path=a%2Fb+c\nd4:infod4:name1:aee",
            "OB\n{\"digests\":[\"" + "0".repeat(64) + "\",\"\\u0030\"],\"x\":{\"y\":[1,2.5e9,null,true]}}",
            "GCmodel/org/name?revision=" + "0".repeat(40) + "&after=%E6%BC%A2",
            "GD?repo_id=org/name&revision=x&repo_type=dataset",
            "GD/torrent?repo_id=org%2Fname&revision=x",
            "GE?repo_id=org/name&revision=x&path=%2B",
            "OF\n{\"repo_id\":\"a/b\",\"revision\":\"" + "0".repeat(40)
                    + "\",\"info_hash\":\"0\",\"torrent_data\":\"ZDQ6aW5mb2RlZQ==\",\"announce_key\":null}",
            "GG",
            "LG/0123456789abcdef01234567",
            "OG/0123456789abcdef01234567/approve",
            "GG/0123456789abcdef01234567/peers",
            "GH//%00/..;?&&=&a");

    private static final Set<Integer> STATUSES = Set.of(200, 400, 401, 403, 404, 405, 409, 413, 429);
    private static final String METHODS = "GOULX";
    private static final List<String> NAMES = List.of("GET", "POST", "PUT", "DELETE", "OPTIONS");
    private static final List<String> BEGINNINGS = List.of(
            "/api/v2/files/",
            "/api/v2/lookup",
            "/api/v2/repos/",
            "/api/v1/torrents",
            "/api/v1/file-sources",
            "/api/v1/publish",
            "/api/v1/admin/torrents",
            "/api/v2/");

    private static final JsonFactory JSON = new JsonFactory();
    private static final Map<String, String> HEADERS =
            Map.of("authorization", "Bearer secret", "host", "tracker.example");
    private static final Api API = new TrackerApi(
            new MemoryStore(Set.of("fuzzer")),
            new SwarmTable(SwarmConfig.DEFAULT, report -> {}),
            // A trusted publisher, so that no limit ends the run.
            new AccessTokens(Map.of("fuzzer", new Redacted("secret")), List.of(), new Redacted("secret")),
            null,
            request -> new ApiAnswer(404, "text/plain", new byte[0], Map.of()));

    private TrackerApiFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length < 2) return;
        String text = new String(data, ISO_8859_1);
        int end = text.indexOf('\n');
        String target = BEGINNINGS.get(text.charAt(1) % 'A' % BEGINNINGS.size())
                + text.substring(2, end < 2 ? text.length() : end);
        int mark = target.indexOf('?');
        ApiAnswer answer = API.answer(new ApiRequest(
                NAMES.get(Math.max(0, METHODS.indexOf(text.charAt(0)))),
                mark < 0 ? target : target.substring(0, mark),
                mark < 0 ? null : target.substring(mark + 1),
                HEADERS,
                end < 2 ? new byte[0] : text.substring(end + 1).getBytes(ISO_8859_1),
                PeerAddress.v4(0xc0000201, 0)));
        check(answer);
    }

    private static void check(ApiAnswer answer) {
        expect(STATUSES.contains(answer.status()), "the status " + answer.status());
        if (answer.contentType().equals("application/json")) {
            try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), answer.body())) {
                while (json.nextToken() != null) json.skipChildren();
            }
        }
        answer.headers().forEach((name, value) -> {
            boolean oneLine = (name + value).chars().noneMatch(Character::isISOControl);
            expect(oneLine, "the header " + name);
        });
    }

    private static void expect(boolean ok, String rule) {
        if (!ok) throw new AssertionError("broken: " + rule);
    }
}
