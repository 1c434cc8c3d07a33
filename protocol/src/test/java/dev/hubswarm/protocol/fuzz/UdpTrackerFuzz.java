package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.UdpRequest;
import dev.hubswarm.protocol.announce.UdpResponse;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** S30, S31: a datagram that is accepted, by tracker or client, has one form, which is accepted and means the same. */
public final class UdpTrackerFuzz {
    private UdpTrackerFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        @Nullable UdpRequest[] request = new UdpRequest[1];
        Limits.check(data.length, 8 * 1024, () -> {
            try {
                request[0] = UdpRequest.decode(ByteBuffer.wrap(data));
            } catch (AnnounceException e) {
                Limits.checkReason(e);
            }
        });
        if (request[0] != null) {
            ByteBuffer out = ByteBuffer.allocate(2 * data.length);
            request[0].encode(out);
            if (!request[0].equals(UdpRequest.decode(out.flip()))) throw new AssertionError("read back: " + request[0]);
        }
        response(data, false);
        response(data, true);
    }

    private static void response(byte[] data, boolean v6) throws Exception {
        @Nullable UdpResponse[] response = new UdpResponse[1];
        Limits.check(data.length, 16 * 1024, () -> {
            try {
                response[0] = UdpResponse.decode(ByteBuffer.wrap(data), v6);
            } catch (AnnounceException e) {
                Limits.checkReason(e);
            }
        });
        if (response[0] == null) return;
        // What is no UTF-8 becomes longer.
        ByteBuffer out = ByteBuffer.allocate(4 * data.length);
        response[0].encode(out);
        UdpResponse again = UdpResponse.decode(out.flip(), v6);
        // Of a mapped address the answer is in the other family, where it does not travel.
        boolean mapped = v6
                && response[0] instanceof UdpResponse.Announced announced
                && announced.response().peers().countV4() > 0;
        if (!mapped && !again.toString().equals(response[0].toString())) {
            throw new AssertionError("read back: " + response[0]);
        }
    }
}
