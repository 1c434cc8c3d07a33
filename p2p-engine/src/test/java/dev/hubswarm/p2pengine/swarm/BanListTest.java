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
        bans.ban(LIAR, ID, "it sent wrong bytes", 0);
        assertEquals("it sent wrong bytes", bans.reason(LIAR, 0));
        assertEquals("it sent wrong bytes", bans.reason(ID, 0));
        assertNull(bans.reason(LIAR.withPort(6882), 0));
        bans.ban(LIAR.withPort(6882), null, "again", 0);
        assertEquals("again", bans.reason(LIAR.withPort(6883), 0));
        assertNull(bans.reason(PeerAddress.v4(0x0b00_0002, 6881), 0));
    }

    @Test
    void whatIsFoundOutLaterOfTheSameConnectionIsNotAnotherLie() {
        for (int piece = 0; piece < 5; piece++) bans.ban(LIAR, ID, "it sent wrong bytes", piece);
        assertNull(bans.reason(LIAR.withPort(6882), 5));
    }

    @Test
    void endsAfterADay() {
        bans.ban(LIAR, ID, "it lied", 0);
        bans.ban(LIAR.withPort(6882), null, "it lied", 0);
        long last = BanList.BAN_NANOS - 1;
        assertEquals("it lied", bans.reason(LIAR, last));
        assertEquals("it lied", bans.reason(LIAR.withPort(6883), last));
        assertNull(bans.reason(LIAR, last + 1));
        assertNull(bans.reason(LIAR.withPort(6883), last + 1));
        assertNull(bans.reason(ID, last + 1));
    }

    @Test
    void loopbackIsNeverRefusedAsAWhole() {
        PeerAddress local = PeerAddress.v4(0x7f00_0001, 6881);
        for (int port = 6881; port < 6891; port++) bans.ban(local.withPort(port), null, "it lied", 0);
        assertNull(bans.reason(local.withPort(7000), 0));
    }

    @Test
    void forgetsTheOldest() {
        bans.ban(LIAR, null, "it lied", 0);
        for (int i = 0; i < 10_000; i++) bans.ban(PeerAddress.v4(0x0c00_0000 + i, 1024), null, "it lied", 0);
        assertNull(bans.reason(LIAR, 0));
    }
}
