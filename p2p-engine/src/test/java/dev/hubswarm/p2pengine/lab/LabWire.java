package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.base.UserError;
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

/** A node's end of a connection; it keeps back what its node's behaviour does not send. Confined to the lab's loop. */
final class LabWire implements PeerWire, SimNetwork.End {
    private final LabNode node;
    private final LabNode other;
    private final boolean hasDialled;
    private @Nullable Connection connection;
    private @Nullable PeerSession session;

    private LabWire(LabNode node, LabNode other, boolean hasDialled) {
        this.node = node;
        this.other = other;
        this.hasDialled = hasDialled;
    }

    static void connect(LabNode from, LabNode to, SimNetwork.Path path) {
        LabWire dialling = new LabWire(from, to, true);
        LabWire accepting = new LabWire(to, from, false);
        Connection made = from.host().connect(to.host(), path, dialling, accepting);
        dialling.connection = accepting.connection = made;
        from.joined(to, made);
        to.joined(from, made);
        dialling.session = from.group().dialled(dialling, to.address());
    }

    private Connection connection() {
        if (connection == null) throw new IllegalStateException("not connected");
        return connection;
    }

    @Override
    public void send(Handshake handshake) {
        connection().send(hasDialled, handshake, Handshake.LENGTH);
    }

    @Override
    public void send(PeerMessage message) {
        boolean isOffer = message == PeerMessage.Signal.UNCHOKE || message instanceof PeerMessage.AllowedFast;
        if (node.behaviour() == Behaviour.GREEDY && isOffer) return;
        connection().send(hasDialled, message, message.encodedLength());
    }

    @Override
    public void sendBlock(PeerMessage.Request block, long at) {
        if (node.behaviour() == Behaviour.SILENT) return;
        node.transfer().read(at, block.length(), new Reader() {
            @Override
            public void read(ByteBuffer bytes) {
                PeerMessage.Piece piece = new PeerMessage.Piece(block.piece(), block.begin(), node.onItsWay(at, bytes));
                connection().send(hasDialled, piece, piece.encodedLength());
            }

            @Override
            public void failed(UserError failure) {
                throw new AssertionError(failure);
            }
        });
    }

    @Override
    public long unsent() {
        return connection().unsent(hasDialled);
    }

    @Override
    public void close(String why) {
        connection().close(hasDialled);
        node.left(other);
    }

    @Override
    public void sent(Object message) {
        if (!(message instanceof PeerMessage.Piece piece)) return;
        int length = piece.block().remaining();
        node.loop().run(() -> {
            if (session != null) session.blockSent(length, node.loop().nowNanos());
        });
    }

    @Override
    public void received(Object message) {
        node.loop().run(() -> {
            try {
                hear(message);
            } catch (PeerProtocolException e) {
                throw new AssertionError(other + " said to " + node + ": " + message, e);
            }
        });
    }

    private void hear(Object message) throws PeerProtocolException {
        long now = node.loop().nowNanos();
        if (message instanceof PeerMessage said) {
            if (session != null) said.accept(session.at(now));
        } else if (session != null) {
            session.handshake((Handshake) message, now);
        } else if (node.refuses(other)) {
            close("refused");
        } else {
            session = node.group().accepted(this, other.address(), (Handshake) message);
        }
    }

    @Override
    public void closed() {
        node.loop().run(() -> {
            node.left(other);
            if (session != null) session.closed("closed by the other");
        });
    }
}
