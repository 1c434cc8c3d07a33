package dev.hubswarm.trackerserver.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.store.Sharing;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class StatusApiTest {
    private static final PeerAddress CLIENT = Objects.requireNonNull(PeerAddress.parse("192.0.2.1", 0));
    private static final InfoHash HYBRID = new InfoHash(Hash.ofHex("a".repeat(40)), Hash.ofHex("b".repeat(64)));

    private final TrackerCounters counters = new TrackerCounters();
    private final SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, report -> {});
    private final Api api = new StatusApi(new TrackerStatus(
            "1<2",
            Map.of("Kept in", "\"<script>&"),
            counters,
            swarms,
            () -> new Sharing(false, 7, Duration.ofSeconds(12)),
            System.nanoTime() - TimeUnit.HOURS.toNanos(49)));

    private ApiAnswer ask(String method, String path) {
        return api.answer(new ApiRequest(method, path, null, Map.of(), new byte[0], CLIENT));
    }

    private static String text(ApiAnswer answer) {
        assertEquals(200, answer.status());
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    @Test
    void thePageHasTotalsAndEscapesEverything() {
        swarms.register(HYBRID);
        SwarmKey key = SwarmKey.allOf(HYBRID).get(1);
        PeerAddress peer = Objects.requireNonNull(PeerAddress.parse("198.51.100.7", 6881));
        swarms.merge(new PeerReport(key, peer, 1, PeerReport.State.SEEDER), System.nanoTime());
        counters.udpAnnounces.add(1234);
        String page = text(ask("GET", "/"));
        assertTrue(page.contains("<th>Version</th><td>1&lt;2</td>"), page);
        assertTrue(page.contains("<td>&quot;&lt;script&gt;&amp;</td>"), page);
        assertTrue(page.contains("<th>Up for</th><td>2 d 1 h</td>"), page);
        assertTrue(page.contains("<td>on its own, heard the others 12 s ago, has 7 to send</td>"), page);
        assertTrue(page.contains("<th>Torrents</th><td>1</td>"), page);
        assertTrue(page.contains("<th>Peers</th><td>1</td>"), page);
        assertTrue(page.contains("0 by HTTP, 1,234 by UDP"), page);
        assertFalse(page.contains("198.51.100.7") || page.contains("aaaa"), "no peer and no torrent is named");
    }

    @Test
    void everyMetricHasOneTypeAndANumber() {
        counters.httpAnnounces.add(5);
        String metrics = text(ask("GET", "/metrics"));
        assertTrue(metrics.contains("\nhubswarm_tracker_announces_total{by=\"http\"} 5\n"), metrics);
        assertTrue(metrics.contains("\nhubswarm_tracker_sharing_silence_seconds 12\n"), metrics);
        Map<String, Long> types = metrics.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", -1)[2])
                .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
        assertTrue(types.values().stream().allMatch(count -> count == 1), metrics);
        metrics.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            assertTrue(line.matches("[a-z_]+(\\{by=\"[a-z]+\"})? [0-9]+"), line);
            assertTrue(types.containsKey(line.split("[ {]", 2)[0]), line);
        });
    }

    @Test
    void otherPathsAndMethodsAreRefused() {
        assertEquals(404, ask("GET", "/favicon.ico").status());
        assertEquals(404, ask("GET", "/metrics/").status());
        assertEquals(405, ask("POST", "/").status());
        assertEquals("GET, HEAD", ask("PUT", "/metrics").headers().get("Allow"));
    }
}
