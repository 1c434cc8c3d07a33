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
        bans.lied(LIAR, ID, "once");
        assertNull(bans.reason(LIAR));
        assertNull(bans.reason(ID));
        bans.received(LIAR, ID, BanList.FORGIVEN - 1);
        bans.lied(LIAR, ID, "twice");
        assertEquals("twice", bans.reason(LIAR));
        assertEquals("twice", bans.reason(ID));
    }

    @Test
    void oneLieInAGibibyteIsForgivenForEver() {
        for (int i = 0; i < 5; i++) {
            bans.lied(LIAR, ID, "a bit");
            bans.received(LIAR, ID, BanList.FORGIVEN);
        }
        assertNull(bans.reason(LIAR));
        assertNull(bans.reason(ID));
    }

    @Test
    void newPortsAndIdsDoNotHelp() {
        bans.lied(LIAR, ID, "once");
        bans.lied(LIAR.withPort(6882), new PeerId(4, 5, 6), "again");
        assertEquals("again", bans.reason(LIAR.withPort(6883)));
        assertNull(bans.reason(PeerAddress.v4(0x0b00_0002, 6881)));
    }

    @Test
    void aNewAddressDoesNotHelpWhoKeepsItsId() {
        bans.lied(LIAR, ID, "once");
        bans.lied(PeerAddress.v4(0x0b00_0002, 6881), ID, "again");
        assertEquals("again", bans.reason(ID));
        assertNull(bans.reason(LIAR));
    }

    @Test
    void loopbackIsNeverRefusedAsAWhole() {
        PeerAddress local = PeerAddress.v4(0x7f00_0001, 6881);
        for (int port = 6881; port < 6891; port++) bans.lied(local.withPort(port), null, "it lied");
        assertNull(bans.reason(local.withPort(7000)));
    }

    @Test
    void forgetsTheOldest() {
        bans.lied(LIAR, null, "it lied");
        bans.lied(LIAR, null, "it lied");
        for (int i = 0; i < 5_000; i++) {
            for (int j = 0; j < 2; j++) bans.lied(PeerAddress.v4(0x0c00_0000 + i, 1024), null, "it lied");
        }
        assertNull(bans.reason(LIAR));
    }
}
