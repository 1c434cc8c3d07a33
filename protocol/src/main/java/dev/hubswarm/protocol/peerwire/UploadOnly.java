package dev.hubswarm.protocol.peerwire;

import java.nio.ByteBuffer;

/** Whether the sender wants nothing more, though it may not have everything (BEP 21). Immutable. */
public record UploadOnly(boolean on) implements ExtensionMessage {
    @Override
    public void accept(Handler handler) throws PeerProtocolException {
        handler.uploadOnly(this);
    }

    @Override
    public ByteBuffer encode() {
        return ByteBuffer.allocate(1).put((byte) (on ? 1 : 0)).flip();
    }

    static UploadOnly decode(ByteBuffer payload) throws PeerProtocolException {
        if (payload.remaining() != 1) throw new PeerProtocolException("upload_only has one byte");
        return new UploadOnly(payload.get() != 0);
    }
}
