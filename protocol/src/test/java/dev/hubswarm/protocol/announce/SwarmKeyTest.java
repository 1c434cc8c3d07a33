package dev.hubswarm.protocol.announce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.testkit.SeededBytes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SwarmKeyTest {
    private static final Hash V1 = Hash.of(SeededBytes.of(1, 20));
    private static final Hash V2 = Hash.of(SeededBytes.of(2, 32));

    @Test
    void aV2HashIsCut() {
        assertEquals(SwarmKey.of(V2.truncated()), SwarmKey.of(V2));
        assertEquals(V2.truncated(), SwarmKey.of(V2).hash());
        assertEquals(V2.hex().substring(0, 40), SwarmKey.of(V2).toString());
    }

    @Test
    void aHybridHasTwoNames() {
        assertEquals(List.of(SwarmKey.of(V1), SwarmKey.of(V2)), SwarmKey.allOf(new InfoHash(V1, V2)));
        assertEquals(List.of(SwarmKey.of(V2)), SwarmKey.allOf(new InfoHash(null, V2)));
    }

    @Test
    void keysAreSortedAsUnsignedBytes() {
        byte[][] keys = new byte[300][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new byte[20];
            // Keys that differ in one byte only, early or late, of either sign.
            keys[i][i % 20] = (byte) (i * 37);
        }
        for (byte[] a : keys) {
            for (byte[] b : keys) {
                int order = SwarmKey.of(Hash.of(a)).compareTo(SwarmKey.of(Hash.of(b)));
                assertEquals(Integer.signum(Arrays.compareUnsigned(a, b)), Integer.signum(order));
            }
        }
    }

    @Test
    void aPeerIdIsItsBytes() {
        byte[] bytes = SeededBytes.of(3, 20);
        assertArrayEquals(bytes, PeerId.of(bytes).bytes());
        assertEquals(Hash.of(bytes).hex(), PeerId.of(bytes).toString());
        assertThrows(IllegalArgumentException.class, () -> PeerId.of(new byte[19]));
    }
}
