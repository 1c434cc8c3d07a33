package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.bencode.LenientReader;
import java.nio.ByteBuffer;

/** Reads the dictionary that messages of some extensions begin with. Stateless. */
final class Payload {
    /** Takes the value of the key read last, or returns false and lets it be passed over. */
    @FunctionalInterface
    interface Fields {
        boolean read(LenientReader in) throws BencodeException;
    }

    private Payload() {}

    /** Passes each field to {@code fields}; returns what stands behind the dictionary, in memory of its own. */
    static ByteBuffer read(ByteBuffer payload, Fields fields) throws PeerProtocolException {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        LenientReader in = new LenientReader(bytes);
        try {
            if (in.peek() != Kind.DICT) throw new PeerProtocolException("an extension's message is no dictionary");
            in.dict(() -> fields.read(in));
        } catch (BencodeException e) {
            throw new PeerProtocolException("an extension's message is not bencoded: " + e.getMessage(), e);
        }
        return ByteBuffer.wrap(bytes, in.position(), bytes.length - in.position())
                .slice();
    }
}
