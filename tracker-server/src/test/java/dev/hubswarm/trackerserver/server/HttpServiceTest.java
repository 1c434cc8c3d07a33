package dev.hubswarm.trackerserver.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HttpServiceTest {
    private static final PeerAddress CLIENT = PeerAddress.v4(0x01020304, 0);
    private static final PeerAddress OTHER = PeerAddress.v4(0x05060708, 0);
    private static final long SECOND = 1_000_000_000L;

    private static HttpService service(int connections, int perClient, int connectsPerSecond, int burst) {
        Duration patience = Duration.ofSeconds(10);
        ServerLimits limits = new ServerLimits(
                connections, perClient, connectsPerSecond, burst, 100, 100, patience, patience, patience, 1000, 1, 1);
        ServerConfig config = new ServerConfig(new InetSocketAddress(1), false, List.of(), List.of(), limits);
        SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, report -> {});
        Tracker tracker = new Tracker(swarms, config, new TrackerCounters(), 0);
        return new HttpService(
                tracker,
                config,
                request -> new ApiAnswer(200, "text/plain", request.body(), Map.of()),
                Runnable::run,
                0);
    }

    @Test
    void aClientHasALimitOfConnectionsButAProxyHasNot() {
        HttpService service = service(100, 2, 100, 100);
        for (int i = 0; i < 2; i++) assertTrue(service.open(CLIENT, false, 0));
        assertFalse(service.open(CLIENT, false, 0));
        assertTrue(service.open(OTHER, false, 0));
        assertEquals(3, service.openConnections());
        service.closed(CLIENT, false);
        assertTrue(service.open(CLIENT, false, 0));
        for (int i = 0; i < 10; i++) assertTrue(service.open(OTHER, true, 0));
    }

    @Test
    void aClientConnectsOnlySoOften() {
        HttpService service = service(100, 100, 10, 3);
        int open = 0;
        for (int i = 0; i < 10; i++) open += service.open(CLIENT, false, 0) ? 1 : 0;
        assertEquals(3, open);
        assertEquals(3, service.openConnections());
        assertTrue(service.open(CLIENT, false, SECOND / 10));
        assertTrue(service.open(OTHER, false, SECOND / 10));
    }

    @Test
    void allTogetherHaveALimit() {
        HttpService service = service(2, 100, 100, 100);
        assertTrue(service.open(CLIENT, false, 0) && service.open(OTHER, true, 0));
        assertFalse(service.open(CLIENT, false, 0) || service.open(OTHER, true, 0));
        service.closed(OTHER, true);
        assertTrue(service.open(CLIENT, false, 0));
    }
}
