package dev.hubswarm.protocol.peerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Hash;
import org.junit.jupiter.api.Test;

class HashRangeTest {
    private static final Hash ROOT = Hash.ofHex("ab".repeat(32));
    private static final long BLOCK = 16384;
    private static final long GIB = 1 << 30;

    private static HashRange range(int baseLayer, int index, int length, int proofLayers) {
        return new HashRange(ROOT, baseLayer, index, length, proofLayers);
    }

    @Test
    void aTreeHasTheLayersItsBlocksMake() {
        // 1 GiB has 65,536 blocks, 16 layers below the root.
        assertTrue(range(0, 65534, 2, 15).isWithin(GIB));
        assertFalse(range(0, 65534, 2, 16).isWithin(GIB));
        assertFalse(range(0, 65536, 2, 15).isWithin(GIB));
        assertTrue(range(15, 0, 2, 0).isWithin(GIB));
        assertFalse(range(15, 0, 2, 1).isWithin(GIB));
        assertFalse(range(16, 0, 1, 0).isWithin(GIB));
        // One byte more doubles the padded tree.
        assertTrue(range(0, 65536, 2, 16).isWithin(GIB + 1));
        assertTrue(range(0, 0, 2, 0).isWithin(BLOCK + 1));
    }

    @Test
    void aFileOfOneBlockHasNothingToAskFor() {
        assertFalse(range(0, 0, 1, 0).isWithin(BLOCK));
        assertFalse(range(0, 0, 2, 0).isWithin(BLOCK));
        assertFalse(range(0, 0, 2, 0).isWithin(0));
    }

    @Test
    void onlyAlignedPowersOfTwoUpToTheLimitAreAnswered() {
        assertTrue(range(0, 8192, 8192, 15).isWithin(GIB));
        assertFalse(range(0, 16384, 16384, 15).isWithin(GIB));
        assertFalse(range(0, 2, 4, 0).isWithin(GIB));
        assertFalse(range(0, 0, 3, 0).isWithin(GIB));
        assertTrue(range(0, 5, 1, 0).isWithin(GIB));
    }

    @Test
    void whateverAPeerSendsIsNoMoreThanWrong() {
        int[] numbers = {Integer.MIN_VALUE, -2, -1, 0, 1, 2, 31, 32, 33, 64, 1 << 30, Integer.MAX_VALUE};
        for (int base : numbers) {
            for (int index : numbers) {
                for (int length : numbers) {
                    for (int proof : numbers) {
                        HashRange range = range(base, index, length, proof);
                        assertTrue(range.uncleCount() >= 0);
                        boolean possible = base >= 0 && index >= 0 && length >= 1 && proof >= 0 && proof < 49;
                        assertFalse(range.isWithin(Long.MAX_VALUE) && !possible, range.toString());
                    }
                }
            }
        }
    }

    @Test
    void thereIsOneUncleForEachProofLayerThatTheNodesDoNotMakeUp() {
        assertEquals(0, range(0, 0, 2, 0).uncleCount());
        assertEquals(3, range(0, 0, 2, 3).uncleCount());
        assertEquals(2, range(0, 0, 4, 3).uncleCount());
        assertEquals(0, range(0, 0, 512, 8).uncleCount());
        assertEquals(1, range(0, 0, 512, 9).uncleCount());
        assertEquals(4, range(0, 0, 1, 3).uncleCount());
    }

    @Test
    void aRootIsASha256() {
        Hash sha1 = Hash.ofHex("ab".repeat(20));
        assertThrows(IllegalArgumentException.class, () -> new HashRange(sha1, 0, 0, 2, 0));
    }
}
