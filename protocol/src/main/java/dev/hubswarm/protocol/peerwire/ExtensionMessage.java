package dev.hubswarm.protocol.peerwire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What travels in an {@link PeerMessage.Extended}: the handshake of BEP 10, and messages of the {@link Extension}s. */
public sealed interface ExtensionMessage permits ExtensionHandshake, UtMetadata, UtPex, DontHave, UploadOnly {
    /** Of the handshake, in both directions. */
    int HANDSHAKE_ID = 0;

    void accept(Handler handler) throws PeerProtocolException;

    /** The payload, in memory of its own. */
    ByteBuffer encode();

    /** One method for each kind of message. */
    interface Handler {
        void extensionHandshake(ExtensionHandshake message) throws PeerProtocolException;

        void utMetadata(UtMetadata message) throws PeerProtocolException;

        void utPex(UtPex message) throws PeerProtocolException;

        void dontHave(DontHave message) throws PeerProtocolException;

        void uploadOnly(UploadOnly message) throws PeerProtocolException;
    }

    /** Reads the payload; null for a message that is none of ours, which is to be passed over. Keeps no view of it. */
    static @Nullable ExtensionMessage decode(PeerMessage.Extended message) throws PeerProtocolException {
        if (message.id() == HANDSHAKE_ID) return ExtensionHandshake.decode(message.payload());
        Extension extension = Extension.of(message.id());
        if (extension == null) return null;
        return switch (extension) {
            case LT_DONTHAVE -> DontHave.decode(message.payload());
            case UPLOAD_ONLY -> UploadOnly.decode(message.payload());
            case UT_METADATA -> UtMetadata.decode(message.payload());
            case UT_PEX -> UtPex.decode(message.payload());
        };
    }
}
