package dev.hubswarm.protocol.announce;

import static dev.hubswarm.protocol.announce.PeerAddressTest.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionIdsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerAddress CLIENT = address("10.1.2.3", 6881);

    private final ConnectionIds ids = new ConnectionIds(1, 2);

    /** nanoTime may be negative. */
    @ParameterizedTest
    @ValueSource(longs = {0, 119 * SECOND, 120 * SECOND, -1, -120 * SECOND, -121 * SECOND, Long.MAX_VALUE / 2})
    void anIdLastsTwoMinutesAndNotFour(long issued) {
        long id = ids.issue(CLIENT, issued);
        assertTrue(ids.isValid(id, CLIENT, issued));
        assertTrue(ids.isValid(id, CLIENT, issued + 120 * SECOND));
        assertFalse(ids.isValid(id, CLIENT, issued + 240 * SECOND));
        assertFalse(ids.isValid(id, CLIENT, issued - 120 * SECOND));
    }

    @Test
    void anIdIsOfOneAddress() {
        long id = ids.issue(CLIENT, 0);
        assertTrue(ids.isValid(id, CLIENT.withPort(1), 0));
        assertFalse(ids.isValid(id, address("10.1.2.4", 6881), 0));
        assertFalse(ids.isValid(id, address("2001:db8::1", 6881), 0));
        assertFalse(ids.isValid(id + 1, CLIENT, 0));
        assertFalse(ids.isValid(0, CLIENT, 0));
    }

    @Test
    void eachSecretHasItsOwnIds() {
        long id = ids.issue(CLIENT, 0);
        assertFalse(new ConnectionIds(1, 3).isValid(id, CLIENT, 0));
        assertFalse(new ConnectionIds(3, 2).isValid(id, CLIENT, 0));
        assertNotEquals(id, ids.issue(CLIENT, 120 * SECOND));
    }

    /** Of the reference implementation: the key is 00 01 .. 0f, the input 00 01 .. and so many bytes. */
    @ParameterizedTest
    @CsvSource({
        "0,  310e0edd47db6f72",
        "1,  fd67dc93c539f874",
        "2,  5a4fa9d909806c0d",
        "3,  2d7efbd796666785",
        "4,  b7877127e09427cf",
        "5,  8da699cd64557618",
        "6,  cee3fe586e46c9cb",
        "7,  37d1018bf50002ab",
        "8,  6224939a79f5f593",
        "9,  b0e4a90bdf82009e",
        "10, f3b9dd94c5bb5d7a",
        "11, a7ad6b22462fb3f4",
        "12, fbe50e86bc8f1e75",
        "15, e545be4961ca29a1"
    })
    void theHashIsSipHash(int length, String hash) {
        byte[] input = new byte[length];
        for (int i = 0; i < length; i++) input[i] = (byte) i;
        long expected = Long.reverseBytes(Long.parseUnsignedLong(hash, 16));
        assertEquals(expected, SipHash.hash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, input));
    }

    @Test
    void threeWordsAre24Bytes() {
        byte[] bytes = ByteBuffer.allocate(24)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(Long.MIN_VALUE)
                .putLong(0x0123456789abcdefL)
                .putLong(-3)
                .array();
        assertEquals(SipHash.hash(7, 8, bytes), SipHash.hash(7, 8, Long.MIN_VALUE, 0x0123456789abcdefL, -3));
        assertNotEquals(SipHash.hash(7, 8, bytes), SipHash.hash(7, 8, Arrays.copyOf(bytes, 25)));
    }
}
