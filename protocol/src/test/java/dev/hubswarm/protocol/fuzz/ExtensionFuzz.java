package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.peerwire.ExtensionMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** S31, S33: what is kept of an extension's message is limited, and written canonically in a form that means the same. */
public final class ExtensionFuzz {
    private ExtensionFuzz() {}

    /** The first byte is the number of the extension. */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        if (data.length == 0) return;
        check(new PeerMessage.Extended(data[0] & 0xff, ByteBuffer.wrap(data, 1, data.length - 1)));
    }

    static void check(PeerMessage.Extended message) throws Exception {
        int length = message.payload().remaining();
        @Nullable ExtensionMessage[] read = new ExtensionMessage[1];
        Limits.check(length, () -> {
            try {
                read[0] = decode(message.id(), message.payload().duplicate());
            } catch (PeerProtocolException e) {
                Limits.checkReason(e);
            }
        });
        if (read[0] == null) return;
        // The addresses of a list are sorted by family when they are written.
        ExtensionMessage once = again(message.id(), read[0]);
        if (!once.equals(again(message.id(), once))) throw new AssertionError("read back: " + once);
        boolean same = once.toString().length() == read[0].toString().length();
        if (!same) throw new AssertionError("read back: " + read[0]);
    }

    private static ExtensionMessage again(int id, ExtensionMessage message) throws Exception {
        ExtensionMessage again = decode(id, message.encode());
        if (again == null) throw new AssertionError("not read back: " + message);
        return again;
    }

    private static @Nullable ExtensionMessage decode(int id, ByteBuffer payload) throws PeerProtocolException {
        return ExtensionMessage.decode(new PeerMessage.Extended(id, payload));
    }
}
