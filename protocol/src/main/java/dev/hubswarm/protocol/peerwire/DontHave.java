package dev.hubswarm.protocol.peerwire;

import java.nio.ByteBuffer;

/** The sender has lost a piece (lt_donthave, BEP 54). Immutable. */
public record DontHave(int piece) implements ExtensionMessage {
    @Override
    public void accept(Handler handler) throws PeerProtocolException {
        handler.dontHave(this);
    }

    @Override
    public ByteBuffer encode() {
        return ByteBuffer.allocate(Integer.BYTES).putInt(piece).flip();
    }

    static DontHave decode(ByteBuffer payload) throws PeerProtocolException {
        if (payload.remaining() != Integer.BYTES) throw new PeerProtocolException("lt_donthave has four bytes");
        return new DontHave(payload.getInt());
    }
}
