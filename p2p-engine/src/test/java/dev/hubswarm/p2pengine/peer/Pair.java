package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceStore.Reader;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.peerwire.FrameDecoder;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A connection of two sides of ours, as bytes. Confined to its test. */
final class Pair {
    private final End dialling;
    private final End accepting;

    private Pair(Side one, Side other) {
        dialling = new End(one);
        accepting = new End(other);
        dialling.other = accepting;
        accepting.other = dialling;
    }

    static Pair of(Side one, int oneNumber, Side other, int otherNumber) {
        Pair pair = new Pair(one, other);
        pair.dialling.address = address(otherNumber);
        pair.accepting.address = address(oneNumber);
        pair.dialling.session = one.group.dialled(pair.dialling, address(otherNumber));
        return pair;
    }

    private static PeerAddress address(int number) {
        return PeerAddress.v4(0x5db80000 + number, 6881);
    }

    boolean isOpen() {
        return !dialling.isClosed && !accepting.isClosed;
    }

    /** The line breaks. */
    void cut() {
        dialling.isClosed = accepting.isClosed = true;
        if (dialling.session != null) dialling.session.closed("cut");
        if (accepting.session != null) accepting.session.closed("cut");
    }

    private static final class End implements PeerWire {
        private final Side side;
        private final FrameDecoder decoder = new FrameDecoder(PeerSession.LONGEST_MESSAGE);
        private @Nullable End other;
        private @Nullable PeerAddress address;
        private @Nullable PeerSession session;
        private boolean isGreeted;
        private boolean isClosed;
        private byte[] arrived = {};
        private long unsent;

        End(Side side) {
            this.side = side;
        }

        private void transmit(int length, Consumer<ByteBuffer> encoder) {
            ByteBuffer out = ByteBuffer.allocate(length);
            encoder.accept(out);
            End to = other;
            if (to != null) side.loop.execute(() -> to.receive(out.array()));
        }

        private void receive(byte[] bytes) {
            if (isClosed) return;
            byte[] all = Arrays.copyOf(arrived, arrived.length + bytes.length);
            System.arraycopy(bytes, 0, all, arrived.length, bytes.length);
            ByteBuffer in = ByteBuffer.wrap(all);
            try {
                hear(in);
            } catch (PeerProtocolException e) {
                throw new AssertionError("both are ours", e);
            }
            arrived = Arrays.copyOfRange(all, in.position(), all.length);
        }

        private void hear(ByteBuffer in) throws PeerProtocolException {
            if (!isGreeted) {
                Handshake handshake = Handshake.decode(in);
                if (handshake == null) return;
                isGreeted = true;
                if (session != null) session.handshake(handshake, side.loop.nowNanos());
                else if (address != null) session = side.group.accepted(this, address, handshake);
            }
            if (session != null) decoder.agreeOnBlocks(session.longestBlock());
            boolean isMore = true;
            while (!isClosed && isMore && session != null) {
                isMore = decoder.next(in, session.at(side.loop.nowNanos()));
            }
        }

        @Override
        public void send(Handshake handshake) {
            transmit(Handshake.LENGTH, handshake::encode);
        }

        @Override
        public void send(PeerMessage message) {
            transmit(message.encodedLength(), message::encode);
        }

        @Override
        public void sendBlock(PeerMessage.Request block, long at) {
            unsent += block.length();
            side.loop.execute(() -> {
                if (isClosed || session == null) return;
                unsent -= block.length();
                side.transfer().read(at, block.length(), new Reader() {
                    @Override
                    public void read(ByteBuffer bytes) {
                        PeerMessage.Piece piece = new PeerMessage.Piece(block.piece(), block.begin(), bytes);
                        transmit(piece.encodedLength(), piece::encode);
                    }

                    @Override
                    public void failed(UserError failure) {
                        throw new AssertionError(failure);
                    }
                });
                session.blockSent(block.length(), side.loop.nowNanos());
            });
        }

        @Override
        public long unsent() {
            return unsent;
        }

        @Override
        public void close(String why) {
            isClosed = true;
            End to = other;
            side.loop.execute(() -> {
                if (to == null || to.isClosed) return;
                to.isClosed = true;
                if (to.session != null) to.session.closed("closed by the other: " + why);
            });
        }
    }
}
