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
    void oneLieIsForgivenAndTheSecondIsNot() {
        bans.lied(LIAR, ID, "once", 0);
        assertNull(bans.reason(LIAR, 0));
        assertNull(bans.reason(ID, 0));
        bans.received(LIAR, ID, BanList.FORGIVEN - 1);
        bans.lied(LIAR, ID, "twice", 0);
        assertEquals("twice", bans.reason(LIAR, 0));
        assertEquals("twice", bans.reason(ID, 0));
    }

    @Test
    void oneLieInAGibibyteIsForgivenForEver() {
        for (int i = 0; i < 5; i++) {
            bans.lied(LIAR, ID, "a bit", 0);
            bans.received(LIAR, ID, BanList.FORGIVEN);
        }
        assertNull(bans.reason(LIAR, 0));
        assertNull(bans.reason(ID, 0));
    }

    @Test
    void whoIsForgivenIsRefusedAgainAtItsNextLie() {
        for (int i = 0; i < 2; i++) bans.lied(LIAR, ID, "twice", 0);
        assertEquals("twice", bans.forgive(LIAR, 0));
        bans.forgive(ID);
        assertNull(bans.reason(LIAR, 0));
        assertNull(bans.reason(ID, 0));
        assertNull(bans.forgive(LIAR, 0), "there is nothing to forgive");
        bans.lied(LIAR, ID, "again", 0);
        assertEquals("again", bans.reason(LIAR, 0));
        assertEquals("again", bans.reason(ID, 0));
    }

    @Test
    void aNetworkIsForgivenForOneWhoLivesThere() {
        PeerAddress liar = new PeerAddress(0x2a00_0001_0002_0003L, 4, 6881);
        for (int host = 1; host <= 3; host++) {
            PeerAddress next = new PeerAddress(liar.high(), host, 6881);
            for (int i = 0; i < 2; i++) bans.lied(next, null, "twice", 0);
        }
        assertEquals("twice", bans.forgive(liar, 0));
        assertNull(bans.reason(liar, 0));
    }

    @Test
    void whoWasBlamedWronglyHasNeverLied() {
        for (int i = 0; i < 2; i++) bans.lied(LIAR, ID, "the torrent was wrong", 0);
        bans.acquit(LIAR, ID);
        assertNull(bans.reason(LIAR, 0));
        assertNull(bans.reason(LIAR.withPort(1), 0));
        bans.lied(LIAR, ID, "once", 0);
        assertNull(bans.reason(LIAR, 0), "that was the first");
        assertNull(bans.reason(ID, 0));
    }

    @Test
    void newPortsAndIdsDoNotHelp() {
        bans.lied(LIAR, ID, "once", 0);
        bans.lied(LIAR.withPort(6882), new PeerId(4, 5, 6), "again", 0);
        assertEquals("again", bans.reason(LIAR.withPort(6883), 0));
        assertNull(bans.reason(PeerAddress.v4(0x0b00_0002, 6881), 0));
    }

    @Test
    void aNewAddressDoesNotHelpWhoKeepsItsId() {
        bans.lied(LIAR, ID, "once", 0);
        bans.lied(PeerAddress.v4(0x0b00_0002, 6881), ID, "again", 0);
        assertEquals("again", bans.reason(ID, 0));
        assertNull(bans.reason(LIAR, 0));
    }

    @Test
    void whoHasANetworkOfAddressesIsKnownByIt() {
        PeerAddress liar = new PeerAddress(0x2a00_0001_0002_0003L, 1, 6881);
        PeerAddress neighbour = new PeerAddress(liar.high(), 1000, 6881);
        PeerAddress stranger = new PeerAddress(liar.high() + 1, 1000, 6881);
        for (int host = 1; host <= 3; host++) {
            assertNull(bans.reason(neighbour, 0));
            PeerAddress next = new PeerAddress(liar.high(), host, 6881);
            for (int i = 0; i < 2; i++) bans.lied(next, null, "it lied", 0);
        }
        assertEquals("it lied", bans.reason(neighbour, 0));
        assertNull(bans.reason(stranger, 0));
        assertNull(bans.reason(neighbour, BanList.BAN_NANOS));
    }

    @Test
    void endsAfterADay() {
        for (int i = 0; i < 2; i++) bans.lied(LIAR, ID, "it lied", 0);
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
        for (int port = 6881; port < 6891; port++) bans.lied(local.withPort(port), null, "it lied", 0);
        assertNull(bans.reason(local.withPort(7000), 0));
    }

    @Test
    void forgetsTheOldest() {
        bans.lied(LIAR, null, "it lied", 0);
        bans.lied(LIAR, null, "it lied", 0);
        for (int i = 0; i < 5_000; i++) {
            for (int j = 0; j < 2; j++) bans.lied(PeerAddress.v4(0x0c00_0000 + i, 1024), null, "it lied", 0);
        }
        assertNull(bans.reason(LIAR, 0));
    }
}
