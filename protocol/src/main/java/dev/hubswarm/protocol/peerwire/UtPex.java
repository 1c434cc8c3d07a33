package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Whom the sender is connected to, since the last such message (ut_pex, BEP 11). Immutable. Nothing of it is checked. */
public record UtPex(List<Contact> added, List<PeerAddress> dropped) implements ExtensionMessage {
    /** Of either list; in a first message there may be more, of which the rest is left out (reliability.md T28). */
    public static final int MAX_CONTACTS = 50;

    /** A peer and what the sender knows of it. Immutable. */
    public record Contact(PeerAddress address, int flags) {
        public static final int PREFERS_ENCRYPTION = 0x01;
        public static final int UPLOAD_ONLY = 0x02;
        /** It was dialled, so others can dial it, too. */
        public static final int REACHABLE = 0x10;
    }

    public UtPex {
        added = List.copyOf(added);
        dropped = List.copyOf(dropped);
    }

    @Override
    public void accept(Handler handler) throws PeerProtocolException {
        handler.utPex(this);
    }

    @Override
    public ByteBuffer encode() {
        return ByteBuffer.wrap(new byte[] {'d', 'e'});
    }

    static UtPex decode(ByteBuffer payload) throws PeerProtocolException {
        if (payload.hasRemaining()) throw new PeerProtocolException("not written yet");
        return new UtPex(List.of(), List.of());
    }
}
