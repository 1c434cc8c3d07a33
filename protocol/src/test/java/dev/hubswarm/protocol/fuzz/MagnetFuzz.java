package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** S34: a magnet link that is accepted is written in one form, which is accepted and means the same. */
public final class MagnetFuzz {
    private static final String BEGINNING = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&";
    /** With nine characters for one it is longer than a link may be, and it is as many items as one may have. */
    private static final int REPEATED = 8 * 1024;
    /** Links are short, and each part becomes some small texts, which is bounded by the length and not by this. */
    private static final int ALLOWANCE = 512 * 1024;

    private MagnetFuzz() {}

    /**
     * The input as it is, and as what follows a good beginning, so that most inputs get past the first check; and
     * again and again, if it begins with a star, so that limits are reached.
     */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        // No bytes give a lone surrogate, but a caller can.
        String text = new String(data, StandardCharsets.UTF_8).replace('\ufffd', '\ud800');
        check(text);
        check(BEGINNING + text);
        if (text.startsWith("*")) check(BEGINNING + text.substring(1).repeat(REPEATED / text.length()));
    }

    private static void check(String link) throws Exception {
        @Nullable MagnetLink[] read = new MagnetLink[1];
        Limits.check(link.length(), ALLOWANCE, () -> {
            try {
                read[0] = MagnetLink.parse(link);
            } catch (MetainfoException e) {
                // Refused.
            }
        });
        MagnetLink magnet = read[0];
        if (magnet == null) return;
        String written = magnet.toString();
        MagnetLink again = MagnetLink.parse(written);
        if (!again.equals(magnet)) throw new AssertionError("read back it is another: " + written);
        if (!again.toString().equals(written)) throw new AssertionError("it has two forms: " + written);
        if (!written.chars().allMatch(c -> c > ' ' && c < 0x7f)) throw new AssertionError("not escaped: " + written);
    }
}
