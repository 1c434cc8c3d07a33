package dev.hubswarm.protocol.peerwire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

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

    /** Null for another length, which libtorrent passes over, too. */
    static @Nullable UploadOnly decode(ByteBuffer payload) {
        return payload.remaining() == 1 ? new UploadOnly(payload.get() != 0) : null;
    }
}
