package dev.hubswarm.protocol.peerwire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AllowedFastSetTest {
    private static final SwarmKey SWARM = SwarmKey.of(Hash.ofHex("aa".repeat(20)));

    private static int[] of(String address, int pieceCount, int count) {
        return AllowedFastSet.of(Objects.requireNonNull(PeerAddress.parse(address, 6881)), SWARM, pieceCount, count);
    }

    @Test
    void theExamplesOfBep6() {
        int[] seven = {1059, 431, 808, 1217, 287, 376, 1188};
        int[] nine = {1059, 431, 808, 1217, 287, 376, 1188, 353, 508};
        assertArrayEquals(seven, of("80.4.4.200", 1313, 7));
        assertArrayEquals(nine, of("80.4.4.200", 1313, 9));
    }

    @Test
    void aNetworkHasOneSet() {
        assertArrayEquals(of("80.4.4.200", 1313, 9), of("80.4.4.1", 1313, 9));
        assertFalse(Arrays.equals(of("80.4.4.200", 1313, 9), of("80.4.5.200", 1313, 9)));
        assertArrayEquals(of("2001:db8::1", 1313, 9), of("2001:db8::ffff:1", 1313, 9));
        assertFalse(Arrays.equals(of("2001:db8::1", 1313, 9), of("2001:db8:0:1::1", 1313, 9)));
    }

    @Test
    void thereAreNoMoreThanTheTorrentHas() {
        assertArrayEquals(new int[] {0}, of("80.4.4.200", 1, 10));
        assertEquals(7, Arrays.stream(of("80.4.4.200", 7, 10)).distinct().count());
    }
}
