package dev.hubswarm.protocol.metainfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashTest {
    @Test
    void hexOfEitherCaseIsReadAndLowerCaseWritten() {
        String hex = "00ff10" + "ab".repeat(17);
        assertEquals(hex, Hash.ofHex(hex).hex());
        assertEquals(Hash.ofHex(hex), Hash.ofHex(hex.replace('a', 'A').replace('f', 'F')));
        assertEquals(hex, Hash.ofHex(hex).toString());
        assertEquals(32, Hash.ofHex("0".repeat(64)).length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "00", "0000000000000000000000000000000000000000 ", "zz00000000000000000000000000000000000000"
            })
    void anythingElseIsNoHash(String hex) {
        assertThrows(IllegalArgumentException.class, () -> Hash.ofHex(hex));
    }

    @Test
    void aHashHas20Or32Bytes() {
        assertThrows(IllegalArgumentException.class, () -> Hash.of(new byte[19]));
        assertThrows(IllegalArgumentException.class, () -> Hash.of(new byte[64], 0, 31));
        assertEquals(20, Hash.of(new byte[64], 44, 20).length());
    }

    @Test
    void itsBytesCannotBeChangedFromOutside() {
        byte[] bytes = new byte[20];
        Hash hash = Hash.of(bytes);
        bytes[0] = 1;
        hash.bytes()[1] = 1;
        assertEquals(Hash.of(new byte[20]), hash);
        assertEquals(Hash.of(new byte[20]).hashCode(), hash.hashCode());
        assertNotEquals(Hash.of(bytes), hash);
    }

    @Test
    void aLongHashIsTruncatedToItsFront() {
        Hash hash = Hash.ofHex("ab".repeat(20) + "cd".repeat(12));
        assertEquals(Hash.ofHex("ab".repeat(20)), hash.truncated());
        assertEquals(hash.truncated(), hash.truncated().truncated());
    }

    @Test
    void aHashIsFoundWhereItStands() {
        byte[] bytes = new byte[30];
        bytes[7] = 1;
        Hash hash = Hash.of(bytes, 5, 20);
        assertTrue(hash.isAt(bytes, 5));
        assertFalse(hash.isAt(bytes, 6));
    }

    @Test
    void anInfoHashIsOfOneKindOrBoth() {
        Hash v1 = Hash.of(new byte[20]);
        Hash v2 = Hash.of(new byte[32]);
        assertEquals(TorrentVersion.V1, new InfoHash(v1, null).version());
        assertEquals(TorrentVersion.V2, new InfoHash(null, v2).version());
        assertEquals(TorrentVersion.HYBRID, new InfoHash(v1, v2).version());
        assertThrows(IllegalArgumentException.class, () -> new InfoHash(null, null));
        assertThrows(IllegalArgumentException.class, () -> new InfoHash(v2, null));
        assertThrows(IllegalArgumentException.class, () -> new InfoHash(null, v1));
    }
}
