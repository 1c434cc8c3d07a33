package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import org.junit.jupiter.api.Test;

final class BanListTest {
    private static final PeerAddress LIAR = PeerAddress.v4(0x0b00_0001, 6881);
    private static final PeerId ID = new PeerId(1, 2, 3);

    private final BanList bans = new BanList();

    @Test
    void refusesAddressAndIdAtOnceAndTheHostWithTheSecondLie() {
        bans.ban(LIAR, ID, "it sent wrong bytes");
        assertEquals("it sent wrong bytes", bans.reason(LIAR));
        assertEquals("it sent wrong bytes", bans.reason(ID));
        assertNull(bans.reason(LIAR.withPort(6882)));
        bans.ban(LIAR.withPort(6882), null, "again");
        assertEquals("again", bans.reason(LIAR.withPort(6883)));
        assertNull(bans.reason(PeerAddress.v4(0x0b00_0002, 6881)));
    }

    @Test
    void loopbackIsNeverRefusedAsAWhole() {
        PeerAddress local = PeerAddress.v4(0x7f00_0001, 6881);
        for (int port = 6881; port < 6891; port++) bans.ban(local.withPort(port), null, "it lied");
        assertNull(bans.reason(local.withPort(7000)));
    }

    @Test
    void forgetsTheOldest() {
        bans.ban(LIAR, null, "it lied");
        for (int i = 0; i < 10_000; i++) bans.ban(PeerAddress.v4(0x0c00_0000 + i, 1024), null, "it lied");
        assertNull(bans.reason(LIAR));
    }
}
