package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;

/**
 * Cuts a peer's byte stream into messages. Owns no socket, thread or clock. Confined to one thread.
 *
 * <p>A length is checked as soon as it and the id are there, so what a peer only promises takes no memory. Messages of
 * unknown kind are passed over (BEP 3).
 */
public final class FrameDecoder {
    private static final int BLOCK_HEAD = PeerMessage.Piece.HEAD_LENGTH - PeerMessage.PREFIX_LENGTH;

    private final int maxLength;
    private int maxBlock = PieceGeometry.BLOCK_LENGTH;

    /** @param maxLength of a message that is no block, without the four bytes in front: the longest bitfield that may come */
    public FrameDecoder(int maxLength) {
        this.maxLength = maxLength;
    }

    /** Both sides have agreed on blocks of this length; before that none is longer than BEP 3 has them. */
    public void agreeOnBlocks(int length) {
        maxBlock = Math.max(maxBlock, length);
    }

    /**
     * Takes the next message and hands it to {@code handler}; false, taking nothing, until {@code in} holds all of it.
     * Buffers of the message are {@code in} itself, cut to what is theirs, until the handler returns.
     */
    public boolean next(ByteBuffer in, PeerMessage.Handler handler) throws PeerProtocolException {
        int start = in.position();
        int present = in.remaining();
        if (present < PeerMessage.PREFIX_LENGTH) return false;
        int length = in.getInt(start);
        if (length < 0 || length > Math.max(maxLength, BLOCK_HEAD + maxBlock))
            throw new PeerProtocolException("a message is too long");
        if (length == 0) {
            in.position(start + PeerMessage.PREFIX_LENGTH);
            handler.keepAlive();
            return true;
        }
        if (present == PeerMessage.PREFIX_LENGTH) return false;
        int id = in.get(start + PeerMessage.PREFIX_LENGTH) & 0xff;
        checkLength(id, length);
        if (present - PeerMessage.PREFIX_LENGTH < length) return false;

        int limit = in.limit();
        int end = start + PeerMessage.PREFIX_LENGTH + length;
        in.limit(end).position(start + PeerMessage.PREFIX_LENGTH + 1);
        try {
            dispatch(id, in, handler);
        } finally {
            in.limit(limit).position(end);
        }
        return true;
    }

    private void checkLength(int id, int length) throws PeerProtocolException {
        int longest = id == Wire.PIECE ? BLOCK_HEAD + maxBlock : maxLength;
        boolean right = switch (id) {
            case Wire.CHOKE, Wire.UNCHOKE, Wire.INTERESTED, Wire.NOT_INTERESTED, Wire.HAVE_ALL, Wire.HAVE_NONE ->
                length == 1;
            case Wire.HAVE, Wire.SUGGEST, Wire.ALLOWED_FAST -> length == Wire.INDEX_LENGTH - PeerMessage.PREFIX_LENGTH;
            case Wire.REQUEST, Wire.CANCEL, Wire.REJECT -> length == Wire.BLOCK_LENGTH - PeerMessage.PREFIX_LENGTH;
            case Wire.PIECE -> length > BLOCK_HEAD;
            case Wire.PORT -> length == 1 + Short.BYTES;
            case Wire.EXTENDED -> length >= 2;
            case Wire.HASH_REQUEST, Wire.HASH_REJECT -> length == 1 + HashRange.ENCODED_LENGTH;
            case Wire.HASHES ->
                length > HashRange.ENCODED_LENGTH && (length - 1 - HashRange.ENCODED_LENGTH) % MerkleTree.NODE == 0;
            default -> true;
        };
        if (!right || length > longest)
            throw new PeerProtocolException("a message of a length that its kind cannot have");
    }

    private static void dispatch(int id, ByteBuffer in, PeerMessage.Handler handler) throws PeerProtocolException {
        switch (id) {
            case Wire.CHOKE -> handler.choke();
            case Wire.UNCHOKE -> handler.unchoke();
            case Wire.INTERESTED -> handler.interested();
            case Wire.NOT_INTERESTED -> handler.notInterested();
            case Wire.HAVE -> handler.have(new PeerMessage.Have(in.getInt()));
            case Wire.BITFIELD -> handler.bitfield(new PeerMessage.Bitfield(in));
            case Wire.REQUEST -> handler.request(new PeerMessage.Request(in.getInt(), in.getInt(), in.getInt()));
            case Wire.PIECE -> handler.piece(new PeerMessage.Piece(in.getInt(), in.getInt(), in));
            case Wire.CANCEL -> handler.cancel(new PeerMessage.Cancel(in.getInt(), in.getInt(), in.getInt()));
            case Wire.PORT -> handler.port(new PeerMessage.Port(in.getShort() & 0xffff));
            case Wire.SUGGEST -> handler.suggest(new PeerMessage.Suggest(in.getInt()));
            case Wire.HAVE_ALL -> handler.haveAll();
            case Wire.HAVE_NONE -> handler.haveNone();
            case Wire.REJECT -> handler.reject(new PeerMessage.Reject(in.getInt(), in.getInt(), in.getInt()));
            case Wire.ALLOWED_FAST -> handler.allowedFast(new PeerMessage.AllowedFast(in.getInt()));
            case Wire.EXTENDED -> handler.extended(new PeerMessage.Extended(in.get() & 0xff, in));
            case Wire.HASH_REQUEST -> handler.hashRequest(new PeerMessage.HashRequest(HashRange.read(in)));
            case Wire.HASHES -> {
                HashRange range = HashRange.read(in);
                long count = (long) range.length() + range.uncleCount();
                if (count * MerkleTree.NODE != in.remaining()) {
                    throw new PeerProtocolException("more or fewer hashes than their range has");
                }
                handler.hashes(new PeerMessage.Hashes(range, in));
            }
            case Wire.HASH_REJECT -> handler.hashReject(new PeerMessage.HashReject(HashRange.read(in)));
            default -> {
                // Passed over.
            }
        }
    }
}
