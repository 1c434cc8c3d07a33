package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.bencode.BencodeCopy;
import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import dev.hubswarm.protocol.testing.Bencoding;
import java.util.Arrays;

/**
 * S31: strict reading accepts exactly what a simple reader made for the tests does, and that is written back as the
 * same bytes; lenient reading accepts it too; iterating and skipping agree; and nothing is thrown but {@link
 * BencodeException}.
 */
public final class BencodeFuzz {
    private static final int REFUSED = -1;

    private BencodeFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        int strict = skip(data, Mode.STRICT);
        int lenient = skip(data, Mode.LENIENT);
        if ((strict != REFUSED) != isCanonical(data)) throw new AssertionError("strict reading differs from the naive");
        if (strict != REFUSED && strict != lenient) throw new AssertionError("strict accepts what lenient refuses");
        if (!Arrays.equals(copy(data, Mode.STRICT), strict == REFUSED ? new byte[0] : data)) {
            throw new AssertionError("written back it is other bytes");
        }
    }

    /** Where the value ends. */
    private static int skip(byte[] data, Mode mode) throws Exception {
        int[] end = new int[1];
        Limits.check(data.length, () -> {
            try {
                BencodeReader reader = new BencodeReader(data, mode);
                reader.skip();
                reader.finish();
                end[0] = reader.position();
            } catch (BencodeException e) {
                end[0] = REFUSED;
            }
        });
        return end[0];
    }

    private static byte[] copy(byte[] data, Mode mode) {
        try {
            return BencodeCopy.copy(data, mode);
        } catch (BencodeException e) {
            return new byte[0];
        }
    }

    private static boolean isCanonical(byte[] data) {
        try {
            Bencoding.decode(data);
            return true;
        } catch (Bencoding.NotCanonical e) {
            return false;
        }
    }
}
