package dev.hubswarm.protocol.peerwire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The extensions (BEP 10) that we take part in, sorted by name. A peer that uses one names it with our number, and we
 * with the number from the peer's {@link ExtensionHandshake}.
 */
public enum Extension {
    /** BEP 54. */
    LT_DONTHAVE,
    /** As the key of BEP 21, told when it changes. */
    UPLOAD_ONLY,
    /** BEP 9. */
    UT_METADATA,
    /** BEP 11. */
    UT_PEX;

    /** The handshake of the extension protocol itself. */
    public static final int HANDSHAKE = 0;

    private static final Extension[] ALL = values();

    final String key = name().toLowerCase(Locale.ROOT);

    /** Our number for it; constant, and never 0. */
    public int id() {
        return ordinal() + 1;
    }

    /** The one that a peer means by our number; null if there is none. */
    static @Nullable Extension of(int id) {
        return id >= 1 && id <= ALL.length ? ALL[id - 1] : null;
    }
}
