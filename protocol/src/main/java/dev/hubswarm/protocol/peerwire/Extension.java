package dev.hubswarm.protocol.peerwire;

import org.jspecify.annotations.Nullable;

/**
 * The extensions (BEP 10) that we take part in, sorted by name. A peer that uses one names it by our number, and we by
 * the number in the peer's {@link ExtensionHandshake}.
 */
public enum Extension {
    /** BEP 54. */
    LT_DONTHAVE("lt_donthave", 1),
    /** What BEP 21 says in the handshake, when it changes. */
    UPLOAD_ONLY("upload_only", 2),
    /** BEP 9. */
    UT_METADATA("ut_metadata", 3),
    /** BEP 11. */
    UT_PEX("ut_pex", 4);

    private static final Extension[] ALL = values();

    final String key;
    private final int id;

    Extension(String key, int id) {
        this.key = key;
        this.id = id;
    }

    /** Our number for it. */
    public int id() {
        return id;
    }

    /** The one that a peer means by our number; null if there is none. */
    static @Nullable Extension of(int id) {
        return id >= 1 && id <= ALL.length ? ALL[id - 1] : null;
    }
}
