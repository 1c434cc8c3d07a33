package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.metainfo.MerkleProof;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What peers say after the handshake (BEP 3, 5, 6, 10 and 52). Records, immutable but for their buffers: what {@link
 * FrameDecoder} hands out are views that die when the handler returns. Numbers may be anything that a peer sends; who
 * knows the torrent checks them.
 */
public sealed interface PeerMessage {
    /** The length in front of every message, which does not count itself. */
    int PREFIX_LENGTH = Integer.BYTES;

    void accept(Handler handler) throws PeerProtocolException;

    /** How many bytes {@link #encode} writes. */
    int encodedLength();

    void encode(ByteBuffer out);

    /** One method for each kind of message. */
    interface Handler {
        void keepAlive() throws PeerProtocolException;

        void choke() throws PeerProtocolException;

        void unchoke() throws PeerProtocolException;

        void interested() throws PeerProtocolException;

        void notInterested() throws PeerProtocolException;

        void have(Have message) throws PeerProtocolException;

        void bitfield(Bitfield message) throws PeerProtocolException;

        void request(Request message) throws PeerProtocolException;

        void piece(Piece message) throws PeerProtocolException;

        void cancel(Cancel message) throws PeerProtocolException;

        void port(Port message) throws PeerProtocolException;

        void suggest(Suggest message) throws PeerProtocolException;

        void haveAll() throws PeerProtocolException;

        void haveNone() throws PeerProtocolException;

        void reject(Reject message) throws PeerProtocolException;

        void allowedFast(AllowedFast message) throws PeerProtocolException;

        void extended(Extended message) throws PeerProtocolException;

        void hashRequest(HashRequest message) throws PeerProtocolException;

        void hashes(Hashes message) throws PeerProtocolException;

        void hashReject(HashReject message) throws PeerProtocolException;
    }

    /** What takes no words. */
    enum Signal implements PeerMessage {
        /** Nothing, so that the connection is not taken for dead (BEP 3). */
        KEEP_ALIVE(Wire.NO_ID),
        /** Requests are not answered from now on, but for allowed fast pieces (BEP 3, BEP 6). */
        CHOKE(Wire.CHOKE),
        /** Requests are answered from now on (BEP 3). */
        UNCHOKE(Wire.UNCHOKE),
        /** The sender would ask for something if it were unchoked (BEP 3). */
        INTERESTED(Wire.INTERESTED),
        /** The other has nothing that the sender wants (BEP 3). */
        NOT_INTERESTED(Wire.NOT_INTERESTED),
        /** In place of a full bitfield (BEP 6). */
        HAVE_ALL(Wire.HAVE_ALL),
        /** In place of an empty bitfield (BEP 6). */
        HAVE_NONE(Wire.HAVE_NONE);

        private final int id;

        Signal(int id) {
            this.id = id;
        }

        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            switch (this) {
                case KEEP_ALIVE -> handler.keepAlive();
                case CHOKE -> handler.choke();
                case UNCHOKE -> handler.unchoke();
                case INTERESTED -> handler.interested();
                case NOT_INTERESTED -> handler.notInterested();
                case HAVE_ALL -> handler.haveAll();
                case HAVE_NONE -> handler.haveNone();
            }
        }

        @Override
        public int encodedLength() {
            return this == KEEP_ALIVE ? PREFIX_LENGTH : PREFIX_LENGTH + 1;
        }

        @Override
        public void encode(ByteBuffer out) {
            if (this == KEEP_ALIVE) {
                out.putInt(0);
            } else {
                Wire.writeHead(id, 1, out);
            }
        }
    }

    /** The sender has one piece more (BEP 3). */
    record Have(int piece) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.have(this);
        }

        @Override
        public int encodedLength() {
            return Wire.INDEX_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.HAVE, Wire.INDEX_LENGTH - PREFIX_LENGTH, out);
            out.putInt(piece);
        }
    }

    /**
     * The pieces that the sender has (BEP 3).
     *
     * @param bits the first piece in the highest bit of the first byte
     */
    record Bitfield(ByteBuffer bits) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.bitfield(this);
        }

        @Override
        public int encodedLength() {
            return PREFIX_LENGTH + 1 + bits.remaining();
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.BITFIELD, 1 + bits.remaining(), out);
            out.put(bits.duplicate());
        }

        public static Bitfield of(BitSet pieces, int pieceCount) {
            return new Bitfield(ByteBuffer.wrap(mirrored(Arrays.copyOf(pieces.toByteArray(), lengthFor(pieceCount)))));
        }

        /** Refuses a bitfield of another length, and spare bits that are set. */
        public BitSet pieces(int pieceCount) throws PeerProtocolException {
            byte[] bytes = new byte[bits.remaining()];
            bits.duplicate().get(bytes);
            BitSet pieces = BitSet.valueOf(mirrored(bytes));
            if (bytes.length != lengthFor(pieceCount) || pieces.length() > pieceCount) {
                throw new PeerProtocolException("a bitfield of another number of pieces");
            }
            return pieces;
        }

        /** A {@link BitSet} counts the bits of a byte from the lowest. */
        private static byte[] mirrored(byte[] bytes) {
            for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (Integer.reverse(bytes[i]) >>> 24);
            return bytes;
        }

        private static int lengthFor(int pieceCount) {
            return (pieceCount + 7) / 8;
        }
    }

    /** The sender wants these bytes of a piece (BEP 3). */
    record Request(int piece, int begin, int length) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.request(this);
        }

        @Override
        public int encodedLength() {
            return Wire.BLOCK_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeBlock(Wire.REQUEST, piece, begin, length, out);
        }

        // Each block is looked up by its request, and a record's own methods are slow until they are compiled well.

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Request that && piece == that.piece && begin == that.begin && length == that.length;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * piece + begin) + length;
        }
    }

    /** Bytes that were asked for (BEP 3). */
    record Piece(int piece, int begin, ByteBuffer block) implements PeerMessage {
        /** What {@link #encodeHead} writes. */
        public static final int HEAD_LENGTH = 13;

        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.piece(this);
        }

        @Override
        public int encodedLength() {
            return HEAD_LENGTH + block.remaining();
        }

        @Override
        public void encode(ByteBuffer out) {
            encodeHead(piece, begin, block.remaining(), out);
            out.put(block.duplicate());
        }

        /** Writes what stands in front of a block, so that the block itself can be sent from where it is. */
        public static void encodeHead(int piece, int begin, int length, ByteBuffer out) {
            Wire.writeHead(Wire.PIECE, HEAD_LENGTH - PREFIX_LENGTH + length, out);
            out.putInt(piece).putInt(begin);
        }
    }

    /** These bytes are not wanted any more (BEP 3). With BEP 6 the answer is the piece or a reject. */
    record Cancel(int piece, int begin, int length) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.cancel(this);
        }

        @Override
        public int encodedLength() {
            return Wire.BLOCK_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeBlock(Wire.CANCEL, piece, begin, length, out);
        }
    }

    /** Where the sender's DHT node listens (BEP 5). */
    record Port(int port) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.port(this);
        }

        @Override
        public int encodedLength() {
            return PREFIX_LENGTH + 1 + Short.BYTES;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.PORT, 1 + Short.BYTES, out);
            out.putShort((short) port);
        }
    }

    /** This piece would be cheap to send (BEP 6). */
    record Suggest(int piece) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.suggest(this);
        }

        @Override
        public int encodedLength() {
            return Wire.INDEX_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.SUGGEST, Wire.INDEX_LENGTH - PREFIX_LENGTH, out);
            out.putInt(piece);
        }
    }

    /** These bytes will not be sent, though asked for (BEP 6). */
    record Reject(int piece, int begin, int length) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.reject(this);
        }

        @Override
        public int encodedLength() {
            return Wire.BLOCK_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeBlock(Wire.REJECT, piece, begin, length, out);
        }
    }

    /** This piece is sent to a choked peer, too; the sender need not have it (BEP 6). */
    record AllowedFast(int piece) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.allowedFast(this);
        }

        @Override
        public int encodedLength() {
            return Wire.INDEX_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.ALLOWED_FAST, Wire.INDEX_LENGTH - PREFIX_LENGTH, out);
            out.putInt(piece);
        }
    }

    /**
     * A message of an extension (BEP 10).
     *
     * @param id 0 for the handshake; else the number that the receiver gave it
     */
    record Extended(int id, ByteBuffer payload) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.extended(this);
        }

        @Override
        public int encodedLength() {
            return PREFIX_LENGTH + 2 + payload.remaining();
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.EXTENDED, 2 + payload.remaining(), out);
            out.put((byte) id).put(payload.duplicate());
        }
    }

    /** The sender wants these nodes with their proof (BEP 52). */
    record HashRequest(HashRange range) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.hashRequest(this);
        }

        @Override
        public int encodedLength() {
            return PREFIX_LENGTH + 1 + HashRange.ENCODED_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.HASH_REQUEST, 1 + HashRange.ENCODED_LENGTH, out);
            range.write(out);
        }
    }

    /**
     * The answer (BEP 52).
     *
     * @param hashes the nodes from left to right, then their uncles from the bottom up
     */
    record Hashes(HashRange range, ByteBuffer hashes) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.hashes(this);
        }

        @Override
        public int encodedLength() {
            return PREFIX_LENGTH + 1 + HashRange.ENCODED_LENGTH + hashes.remaining();
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.HASHES, 1 + HashRange.ENCODED_LENGTH + hashes.remaining(), out);
            range.write(out);
            out.put(hashes.duplicate());
        }

        /** @param proof of these nodes, up to the root; the uncles that were not asked for are left out */
        public static Hashes of(HashRange range, MerkleProof proof) {
            ByteBuffer hashes = ByteBuffer.allocate((range.length() + range.uncleCount()) * MerkleTree.NODE);
            hashes.put(proof.nodes()).put(proof.uncles(), 0, hashes.remaining());
            return new Hashes(range, hashes.flip());
        }

        /** The nodes and uncles, which prove nothing yet. The range must be one that was asked for. */
        public MerkleProof proof() {
            byte[] nodes = new byte[range.length() * MerkleTree.NODE];
            byte[] uncles = new byte[hashes.remaining() - nodes.length];
            hashes.duplicate().get(nodes).get(uncles);
            return new MerkleProof(range.baseLayer(), range.index(), nodes, uncles);
        }
    }

    /** These nodes will not be sent, though asked for (BEP 52). */
    record HashReject(HashRange range) implements PeerMessage {
        @Override
        public void accept(Handler handler) throws PeerProtocolException {
            handler.hashReject(this);
        }

        @Override
        public int encodedLength() {
            return PREFIX_LENGTH + 1 + HashRange.ENCODED_LENGTH;
        }

        @Override
        public void encode(ByteBuffer out) {
            Wire.writeHead(Wire.HASH_REJECT, 1 + HashRange.ENCODED_LENGTH, out);
            range.write(out);
        }
    }
}
