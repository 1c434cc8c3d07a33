package dev.hubswarm.protocol.announce;

import static dev.hubswarm.protocol.announce.PeerAddressTest.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompactPeersTest {
    private static final PeerAddress V4 = address("10.1.2.3", 6881);
    private static final PeerAddress V6 = address("2001:db8::1", 65535);

    static CompactPeers of(PeerAddress... peers) {
        CompactPeers compact = new CompactPeers(peers.length);
        for (PeerAddress peer : peers) assertTrue(compact.add(peer));
        return compact;
    }

    @Test
    void eachFamilyIsWrittenInItsForm() {
        CompactPeers peers = of(V6, V4);
        ByteBuffer out = ByteBuffer.allocate(24);
        peers.writeV4(out);
        peers.writeV6(out);
        assertEquals(
                "0a0102031ae1" + "20010db8000000000000000000000001ffff",
                HexFormat.of().formatHex(out.array()));
        assertEquals(List.of(V4, V6), peers.toList());
        assertEquals(1, peers.countV4());
        assertEquals(1, peers.countV6());
        assertEquals("[10.1.2.3:6881, [2001:db8:0:0:0:0:0:1]:65535]", peers.toString());
    }

    @Test
    void whatIsWrittenIsRead() {
        ByteBuffer bytes = ByteBuffer.allocate(42);
        of(V4, V4.withPort(0)).writeV4(bytes);
        of(V6).writeV6(bytes);
        CompactPeers read = new CompactPeers(5);
        read.readV4(bytes.clear().limit(12));
        read.readV6(bytes.limit(30));
        assertEquals(List.of(V4, V4.withPort(0), V6), read.toList());
    }

    @Test
    void anIncompletePeerIsLeftOut() {
        CompactPeers peers = new CompactPeers(5);
        peers.readV4(ByteBuffer.allocate(17));
        peers.readV6(ByteBuffer.allocate(17));
        assertEquals(2, peers.count());
        assertEquals(0, peers.countV6());
    }

    @Test
    void aMappedAddressCountsAsIpv4() {
        CompactPeers peers = new CompactPeers(1);
        peers.readV6(ByteBuffer.allocate(18)
                .putLong(0)
                .putLong(0xffff_7f00_0001L)
                .putShort((short) 80)
                .flip());
        assertEquals(List.of(address("127.0.0.1", 80)), peers.toList());
    }

    @Test
    void thereAreNoMoreThanItTakes() {
        CompactPeers peers = new CompactPeers(3);
        peers.readV4(ByteBuffer.allocate(12));
        peers.readV6(ByteBuffer.allocate(1800));
        assertEquals(3, peers.count());
        assertTrue(peers.isFull());
        assertFalse(peers.add(V4));
        assertFalse(peers.add(V6));
        assertEquals(3, peers.toList().size());
        assertFalse(CompactPeers.NONE.add(V4));
    }

    @Test
    void itIsUsedAgain() {
        CompactPeers peers = of(V4, V6);
        peers.clear();
        assertEquals(List.of(), peers.toList());
        assertTrue(peers.add(V6));
        assertEquals(List.of(V6), peers.toList());
    }
}
