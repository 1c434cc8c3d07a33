package dev.hubswarm.trackerserver.fuzz;

import dev.hubswarm.trackerserver.server.ConnectionProbe;
import java.util.Arrays;

/**
 * However a client's bytes are cut, the tracker says the same; every answer says how long it is; and no buffer is left
 * when the connection ends.
 */
public final class TrackerRequestFuzz {
    private TrackerRequestFuzz() {}

    /** The first byte says where the rest is cut. */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) return;
        byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
        int cut = bytes.length == 0 ? 0 : (data[0] & 0xff) * bytes.length / 256;
        String whole = ConnectionProbe.answers(bytes, bytes.length);
        String inTwo = ConnectionProbe.answers(bytes, cut);
        if (!whole.equals(inTwo)) throw new AssertionError("cut, it has another answer: " + inTwo + " not " + whole);
        ConnectionProbe.check(whole);
    }
}
