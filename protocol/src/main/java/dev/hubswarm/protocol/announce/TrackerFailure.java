package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;

/**
 * "No, because" (BEP 3), and when to ask again (BEP 31). Immutable.
 *
 * @param retryMinutes {@link #UNSAID} or {@link #NEVER} if it is no time
 */
public record TrackerFailure(String reason, int retryMinutes) implements TrackerAnswer {
    public static final int UNSAID = -1;
    public static final int NEVER = Integer.MAX_VALUE;

    private static final byte[] REASON = BencodeOut.ascii("d14:failure reason");
    private static final byte[] RETRY = BencodeOut.ascii("8:retry in");
    private static final byte[] RETRY_NEVER = BencodeOut.ascii("8:retry in5:never");

    public TrackerFailure(String reason) {
        this(reason, UNSAID);
    }

    /** Room that {@link #encode} needs at most. */
    public int maxLength() {
        return 64 + BencodeOut.maxLength(reason);
    }

    public void encode(ByteBuffer out) {
        BencodeOut.literal(REASON, out);
        BencodeOut.string(reason, out);
        if (retryMinutes == NEVER) {
            BencodeOut.literal(RETRY_NEVER, out);
        } else if (retryMinutes != UNSAID) {
            BencodeOut.field(RETRY, retryMinutes, out);
        }
        out.put((byte) 'e');
    }
}
