package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** S34: an announce that a tracker accepts has one form, which is accepted and means the same. */
public final class AnnounceQueryFuzz {
    private static final String BEGINNING =
            "info_hash=0123456789abcdef0123456789abcdef01234567&peer_id=-LT1230-abcdefghijkl&port=6881&";

    private AnnounceQueryFuzz() {}

    /** The input as it is, and behind a good beginning, so that most inputs get past the first check. */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        check(text);
        check(BEGINNING + text);
        // No bytes give characters beyond them, but a caller can.
        check(BEGINNING + text.replace('\u00ff', '\u0130'));
    }

    private static void check(String query) throws Exception {
        @Nullable AnnounceRequest[] read = new AnnounceRequest[1];
        // A tracker reads many of them at a time.
        Limits.check(query.length(), 8 * 1024, () -> {
            try {
                read[0] = AnnounceRequest.parse(query, 0);
            } catch (AnnounceException e) {
                Limits.checkReason(e);
            }
        });
        AnnounceRequest request = read[0];
        if (request == null) return;
        String written = request.toQuery();
        if (!AnnounceRequest.parse(written, 0).equals(request)) throw new AssertionError("read back: " + written);
        if (!written.chars().allMatch(c -> c > ' ' && c < 0x7f)) throw new AssertionError("not escaped: " + written);
    }
}
