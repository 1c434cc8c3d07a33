package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** S34: a magnet link that is accepted is written in a form that means the same. */
public final class MagnetFuzz {
    private static final String BEGINNING = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&";

    private MagnetFuzz() {}

    /** The input as it is, and as what follows a good beginning, so that most inputs get past the first check. */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        String text = new String(data, StandardCharsets.UTF_8);
        check(text);
        check(BEGINNING + text);
    }

    private static void check(String link) throws Exception {
        @Nullable MagnetLink[] read = new MagnetLink[1];
        Limits.check(link.length(), () -> {
            try {
                read[0] = MagnetLink.parse(link);
            } catch (MetainfoException e) {
                // Refused.
            }
        });
        MagnetLink magnet = read[0];
        if (magnet == null) return;
        String written = magnet.toString();
        if (written.length() > MagnetLink.MAX_LENGTH) return;
        if (!MagnetLink.parse(written).equals(magnet)) throw new AssertionError("read back it is another: " + written);
    }
}
