package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.protocol.testing.Bencoding;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** S31: what a client keeps of a tracker's answer is limited, and written as canonical bencoding that says the same. */
public final class AnnounceAnswerFuzz {
    private AnnounceAnswerFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        @Nullable TrackerAnswer[] read = new TrackerAnswer[1];
        Limits.check(data.length, () -> {
            try {
                read[0] = AnnounceResponse.decode(data);
            } catch (AnnounceException e) {
                Limits.checkReason(e);
            }
        });
        if (read[0] instanceof TrackerFailure failure) {
            ByteBuffer out = ByteBuffer.allocate(failure.maxLength());
            failure.encode(out);
            if (!failure.equals(AnnounceResponse.decode(canonical(out))))
                throw new AssertionError("read back: " + failure);
        } else if (read[0] instanceof AnnounceResponse response) {
            if (response.peers().count() > AnnounceResponse.MAX_PEERS) throw new AssertionError("too many peers");
            for (boolean compact : new boolean[] {true, false}) {
                ByteBuffer out = ByteBuffer.allocate(response.maxLength(compact));
                response.encode(compact, out);
                AnnounceResponse again = (AnnounceResponse) AnnounceResponse.decode(canonical(out));
                // Records print all they hold, which peers do not compare by.
                if (!again.toString().equals(response.toString())) throw new AssertionError("read back: " + response);
            }
        }
    }

    static byte[] canonical(ByteBuffer written) throws Exception {
        byte[] bytes = new byte[written.flip().remaining()];
        written.get(bytes);
        byte[] copy = Bencoding.encode(Bencoding.decode(bytes));
        if (!Arrays.equals(copy, bytes)) throw new AssertionError("not canonical: " + Arrays.toString(bytes));
        return bytes;
    }
}
