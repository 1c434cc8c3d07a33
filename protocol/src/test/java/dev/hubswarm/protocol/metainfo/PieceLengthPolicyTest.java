package dev.hubswarm.protocol.metainfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PieceLengthPolicyTest {
    @ParameterizedTest
    @CsvSource({
        "0, 256",
        "104857599, 256",
        "104857600, 1024",
        "1073741823, 1024",
        "1073741824, 4096",
        "10737418239, 4096",
        "10737418240, 16384",
        "107374182399, 16384",
        "107374182400, 32768",
        "1099511627775, 32768",
        "1099511627776, 65536",
        "9223372036854775807, 65536"
    })
    void eachSizeHasOnePieceLength(long size, int kib) {
        assertEquals(kib * 1024, PieceLengthPolicy.forSize(size));
        assertTrue(PieceLengthPolicy.isLegal(PieceLengthPolicy.forSize(size)));
    }

    @ParameterizedTest
    @CsvSource({
        "16384, true",
        "32768, true",
        "134217728, true",
        "0, false",
        "-16384, false",
        "8192, false",
        "16385, false",
        "49152, false",
        "268435456, false",
        "4294967296, false",
        "-9223372036854775808, false"
    })
    void onlyPowersOfTwoFrom16KibTo128MibAreLegal(long pieceLength, boolean legal) {
        assertEquals(legal, PieceLengthPolicy.isLegal(pieceLength));
    }
}
