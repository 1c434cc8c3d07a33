package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

final class ConnectionRulesTest {
    private static final long HOUR = 3_600_000_000_000L;
    private static final PeerAddress PEER = PeerAddress.v4(0x0b00_0001, 6881);
    private static final PeerAddress LOCAL = PeerAddress.v4(0x7f00_0001, 6881);

    private final ConnectionRules rules =
            new ConnectionRules(new SwarmConfig(new InetSocketAddress(0), 80, 5, 3, 0, 0));

    /** reliability.md S28. */
    @Test
    void aHostThatDoesNotAnswerIsCalledThreeTimesAnHourWhateverThePort() {
        int calls = 0;
        for (int port = 1024; port < 60_000; port++) {
            PeerAddress said = PEER.withPort(port);
            if (!rules.mayCall(said, port)) continue;
            rules.calls(said);
            rules.called(said, false, port);
            calls++;
        }
        assertEquals(3, calls);
        assertTrue(rules.mayCall(PEER, HOUR + 60_000));
        assertEquals(0, rules.open());
    }

    @Test
    void anAnswerClearsAHost() {
        for (int i = 0; i < 2; i++) {
            rules.calls(PEER);
            rules.called(PEER, false, 0);
        }
        rules.calls(PEER);
        rules.called(PEER, true, 0);
        rules.closed(PEER);
        for (int i = 0; i < 2; i++) {
            rules.calls(PEER);
            rules.called(PEER, false, 0);
        }
        assertTrue(rules.mayCall(PEER, 0));
    }

    @Test
    void aHostHasTwoConnectionsAndLoopbackAny() {
        rules.opened(PEER);
        assertTrue(rules.mayAccept(PEER.withPort(2000)));
        rules.opened(PEER.withPort(2000));
        assertFalse(rules.mayAccept(PEER.withPort(2001)));
        assertFalse(rules.mayCall(PEER.withPort(2001), 0));
        rules.closed(PEER);
        assertTrue(rules.mayAccept(PEER.withPort(2001)));
        rules.opened(LOCAL);
        rules.opened(LOCAL);
        assertTrue(rules.mayAccept(LOCAL));
    }

    @Test
    void callsAreLimitedByThoseUnderWayAndByAllConnections() {
        for (int i = 0; i < 3; i++) {
            assertTrue(rules.mayCall());
            rules.calls(LOCAL);
        }
        assertFalse(rules.mayCall());
        for (int i = 0; i < 3; i++) rules.called(LOCAL, true, 0);
        assertTrue(rules.mayCall());
        rules.opened(LOCAL);
        rules.opened(LOCAL);
        assertFalse(rules.mayCall());
        assertFalse(rules.mayAccept(LOCAL));
    }

    @Test
    void whoLiedIsNeitherCalledNorLetIn() {
        for (int i = 0; i < 2; i++) rules.bans().lied(PEER, null, "it lied");
        assertFalse(rules.mayCall(PEER, 0));
        assertFalse(rules.mayAccept(PEER));
    }
}
