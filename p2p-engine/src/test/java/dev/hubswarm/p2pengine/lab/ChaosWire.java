package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.lab.ChaosNode.Answer;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.peer.PeerWire;
import dev.hubswarm.p2pengine.store.PieceStore.Reader;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import dev.hubswarm.testkit.SimNetwork;
import dev.hubswarm.testkit.SimNetwork.Connection;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A node's end of a connection, which does to blocks what its node wants. Confined to the run's loop. */
final class ChaosWire implements PeerWire, SimNetwork.End {
    private static final long FAST = 0x04;

    private final ChaosNode node;
    private final ChaosNode other;
    private final boolean hasDialled;
    private final boolean isFast;
    private @Nullable Connection connection;
    private @Nullable PeerSession session;
    private long reading;
    private boolean isClosed;

    private ChaosWire(ChaosNode node, ChaosNode other, boolean hasDialled, boolean isFast) {
        this.node = node;
        this.other = other;
        this.hasDialled = hasDialled;
        this.isFast = isFast;
    }

    /** @param isFast whether they speak BEP 6 */
    static void connect(ChaosNode from, ChaosNode to, SimNetwork.Path path, boolean isFast) {
        ChaosWire dialling = new ChaosWire(from, to, true, isFast);
        ChaosWire accepting = new ChaosWire(to, from, false, isFast);
        Connection made = from.host().connect(to.host(), path, dialling, accepting);
        dialling.connection = accepting.connection = made;
        from.joined(to, made);
        to.joined(from, made);
        from.loop().run(() -> {
            if (!dialling.isClosed && from.isUp())
                dialling.session = from.group().dialled(dialling, to.address());
        });
    }

    private Connection connection() {
        if (connection == null) throw new IllegalStateException("not connected");
        return connection;
    }

    @Override
    public void send(Handshake full) {
        long reserved = isFast ? full.reserved() : full.reserved() & ~FAST;
        connection().send(hasDialled, new Handshake(reserved, full.swarm(), full.peerId()), Handshake.LENGTH);
    }

    @Override
    public void send(PeerMessage message) {
        PeerMessage sent = message;
        if (message instanceof PeerMessage.Hashes hashes && node.answer(false) == Answer.LIE) {
            ByteBuffer wrong = ByteBuffer.allocate(hashes.hashes().remaining())
                    .put(hashes.hashes().duplicate())
                    .flip();
            wrong.put(0, (byte) (wrong.get(0) ^ 1));
            sent = new PeerMessage.Hashes(hashes.range(), wrong);
            other.lied(node.address());
        }
        connection().send(hasDialled, sent, sent.encodedLength());
    }

    @Override
    public void sendBlock(PeerMessage.Request block, long at) {
        int length = block.length();
        reading += length;
        node.read(at, length, new Reader() {
            @Override
            public void read(ByteBuffer bytes) {
                reading -= length;
                if (isClosed) return;
                Answer answer = node.answer(isFast);
                if (answer == Answer.SEND || answer == Answer.LIE) {
                    ByteBuffer copy = ByteBuffer.allocate(length).put(bytes).flip();
                    if (answer == Answer.LIE) {
                        copy.put(length / 2, (byte) (copy.get(length / 2) ^ 1));
                        other.lied(node.address());
                    }
                    send(new PeerMessage.Piece(block.piece(), block.begin(), copy));
                } else {
                    if (answer == Answer.REJECT) send(new PeerMessage.Reject(block.piece(), block.begin(), length));
                    // As if it had been sent, or nothing would be sent behind it.
                    node.loop().execute(() -> left(length));
                }
            }

            @Override
            public void failed(UserError failure) {
                reading -= length;
                node.loop().execute(() -> {
                    if (session != null) session.close("cannot read what it wants");
                });
            }
        });
    }

    private void left(int length) {
        if (session != null && !isClosed) session.blockSent(length, node.loop().nowNanos());
    }

    @Override
    public long unsent() {
        return connection().unsent(hasDialled) + reading;
    }

    @Override
    public void close(String why) {
        isClosed = true;
        connection().close(hasDialled);
        node.left(other, connection());
    }

    @Override
    public void sent(Object message) {
        if (!(message instanceof PeerMessage.Piece piece)) return;
        int length = piece.block().remaining();
        node.loop().run(() -> left(length));
    }

    @Override
    public void received(Object message) {
        node.loop().run(() -> {
            if (isClosed || !node.isUp()) return;
            try {
                hear(message);
            } catch (PeerProtocolException e) {
                throw new AssertionError(other + " said to " + node + ": " + message, e);
            }
        });
    }

    private void hear(Object message) throws PeerProtocolException {
        long now = node.loop().nowNanos();
        PeerSession its = session;
        if (message instanceof PeerMessage said) {
            if (its == null) throw new AssertionError("no handshake before " + said);
            said.accept(its.at(now));
        } else if (its != null) {
            its.handshake((Handshake) message, now);
        } else {
            session = node.group().accepted(this, other.address(), (Handshake) message);
        }
    }

    @Override
    public void closed() {
        node.loop().run(() -> {
            isClosed = true;
            node.left(other, connection());
            if (session != null) session.closed("closed by the other");
        });
    }
}
