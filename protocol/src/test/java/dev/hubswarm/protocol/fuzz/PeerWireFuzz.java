package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.peerwire.FrameDecoder;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import dev.hubswarm.protocol.testing.PeerMessageList;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * S33: whatever a peer sends, in whatever fragments, comes to the same messages and the same end, and each message that
 * is accepted has one form, which is accepted and means the same.
 */
public final class PeerWireFuzz {
    private static final int MAX_LENGTH = 2048;

    /** What became of a stream. */
    private record Outcome(
            List<PeerMessage> messages, int taken, @Nullable String refusal) {}

    private PeerWireFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        handshake(data);
        Outcome[] whole = new Outcome[1];
        // Each copied message is an object or two, and a keep-alive has but four bytes.
        Limits.check(40 * data.length, () -> whole[0] = read(data, data.length));
        Outcome fragments = read(data, 0);
        if (!whole[0].equals(fragments)) throw new AssertionError("cut otherwise: " + whole[0] + ", " + fragments);
        for (PeerMessage message : whole[0].messages) readBack(message);
    }

    private static void handshake(byte[] data) throws Exception {
        try {
            Handshake handshake = Handshake.decode(ByteBuffer.wrap(data));
            if (handshake == null) return;
            ByteBuffer out = ByteBuffer.allocate(Handshake.LENGTH);
            handshake.encode(out);
            if (!Arrays.equals(out.array(), Arrays.copyOf(data, Handshake.LENGTH))) {
                throw new AssertionError("read back: " + handshake);
            }
        } catch (PeerProtocolException e) {
            Limits.checkReason(e);
        }
    }

    /** @param fragment how many bytes come at once; 0 for any number */
    private static Outcome read(byte[] data, int fragment) throws Exception {
        PeerMessageList messages = new PeerMessageList();
        FrameDecoder decoder = new FrameDecoder(MAX_LENGTH);
        Random random = new Random(data.length);
        ByteBuffer in = ByteBuffer.wrap(data);
        try {
            for (int present = 0; present < data.length; ) {
                present = Math.min(present + (fragment > 0 ? fragment : 1 + random.nextInt(20)), data.length);
                in.limit(present);
                while (decoder.next(in, messages)) {}
            }
            return new Outcome(messages.messages(), in.position(), null);
        } catch (PeerProtocolException e) {
            Limits.checkReason(e);
            return new Outcome(messages.messages(), in.position(), e.getMessage());
        }
    }

    private static void readBack(PeerMessage message) throws Exception {
        ByteBuffer out = ByteBuffer.allocate(message.encodedLength());
        message.encode(out);
        if (out.hasRemaining()) throw new AssertionError("shorter than it says: " + message);
        PeerMessageList again = new PeerMessageList();
        if (!new FrameDecoder(MAX_LENGTH).next(out.flip(), again)
                || !again.messages().equals(List.of(message))) {
            throw new AssertionError("read back: " + message);
        }
        if (message instanceof PeerMessage.Extended extended) ExtensionFuzz.check(extended);
    }
}
