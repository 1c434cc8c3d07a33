package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.store.PieceStore.Reader;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.peerwire.FrameDecoder;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A session of ours and a fake peer, with all bytes that go between them. Confined to its test. */
final class Meeting implements PeerWire {
    static final long ALL = FakePeer.EXTENSIONS | FakePeer.FAST;
    static final PeerAddress ADDRESS = PeerAddress.v4(0x5db8d822, 6881);

    final FakePeer peer = new FakePeer();
    final Side side;
    final PeerSession session;
    private final FrameDecoder decoder = new FrameDecoder(PeerSession.LONGEST_MESSAGE);
    private byte[] arrived = {};
    private boolean isGreeted;
    private long unsent;
    /** The peer reads nothing. */
    boolean isStuck;

    int blocksGiven;

    @Nullable
    String closed;

    private Meeting(Side side, PeerAddress address) {
        this.side = side;
        session = side.group.dialled(this, address);
    }

    /** One that we dialled, and that has not answered. */
    static Meeting silent(Side side) {
        return new Meeting(side, ADDRESS);
    }

    /** One that we dialled, and that has answered. */
    static Meeting with(Side side, long reserved) {
        return with(side, reserved, ADDRESS);
    }

    static Meeting with(Side side, long reserved, PeerAddress address) {
        Meeting meeting = new Meeting(side, address);
        byte[] infoHash = side.group.keys().get(0).bytes();
        meeting.peer.greet(infoHash, reserved, "-FP0000-" + address);
        return meeting.turn();
    }

    /** Both sides hear what was said. */
    Meeting turn() {
        byte[] said = peer.takeSaid();
        byte[] all = Arrays.copyOf(arrived, arrived.length + said.length);
        System.arraycopy(said, 0, all, arrived.length, said.length);
        ByteBuffer in = ByteBuffer.wrap(all);
        try {
            hear(in);
        } catch (PeerProtocolException e) {
            session.broke(e);
        }
        arrived = Arrays.copyOfRange(all, in.position(), all.length);
        side.loop.turn();
        side.check();
        return this;
    }

    private void hear(ByteBuffer in) throws PeerProtocolException {
        if (closed != null) return;
        if (!isGreeted) {
            Handshake handshake = Handshake.decode(in);
            if (handshake == null) return;
            isGreeted = true;
            session.handshake(handshake, side.loop.nowNanos());
        }
        decoder.agreeOnBlocks(session.longestBlock());
        boolean isMore = true;
        while (closed == null && isMore) isMore = decoder.next(in, session.at(side.loop.nowNanos()));
    }

    /** The peer answers all that it is asked for, until it is asked for nothing more. */
    Meeting serve() {
        for (List<Heard> asked = requests(); !asked.isEmpty(); asked = requests()) {
            for (Heard request : asked) answer(request);
        }
        return this;
    }

    void answer(Heard request) {
        byte[] block = side.torrent.bytes(request.number(0), request.number(1), request.number(2));
        peer.sayBlock(request.number(0), request.number(1), block);
    }

    List<Heard> requests() {
        turn();
        return peer.take(FakePeer.REQUEST);
    }

    @Override
    public void send(Handshake handshake) {
        ByteBuffer out = ByteBuffer.allocate(Handshake.LENGTH);
        handshake.encode(out);
        peer.hear(out.array());
    }

    @Override
    public void send(PeerMessage message) {
        if (isStuck) {
            unsent += message.encodedLength();
            return;
        }
        ByteBuffer out = ByteBuffer.allocate(message.encodedLength());
        message.encode(out);
        if (out.hasRemaining()) throw new AssertionError("shorter than it said: " + message);
        peer.hear(out.array());
    }

    @Override
    public void sendBlock(PeerMessage.Request block, long at) {
        blocksGiven++;
        unsent += PeerMessage.Piece.HEAD_LENGTH + block.length();
        side.loop.execute(() -> {
            if (!isStuck && closed == null) deliver(block, at);
        });
    }

    private void deliver(PeerMessage.Request block, long at) {
        side.transfer().read(at, block.length(), new Reader() {
            @Override
            public void read(ByteBuffer bytes) {
                ByteBuffer out = ByteBuffer.allocate(13 + bytes.remaining());
                new PeerMessage.Piece(block.piece(), block.begin(), bytes).encode(out);
                peer.hear(out.array());
            }

            @Override
            public void failed(dev.hubswarm.base.UserError failure) {
                throw new AssertionError(failure);
            }
        });
        unsent -= PeerMessage.Piece.HEAD_LENGTH + block.length();
        session.blockSent(block.length(), side.loop.nowNanos());
    }

    /** It has read what was sent while it was stuck, and goes on. */
    void read() {
        isStuck = false;
        unsent = 0;
    }

    @Override
    public long unsent() {
        return unsent;
    }

    @Override
    public void close(String why) {
        closed = why;
    }
}
