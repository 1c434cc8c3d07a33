package dev.hubswarm.protocol.testing;

import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Signal;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Keeps the messages that it is handed, with copies of their buffers. Confined to one thread. */
public class PeerMessageList implements PeerMessage.Handler {
    private final List<PeerMessage> messages = new ArrayList<>();

    public List<PeerMessage> messages() {
        return messages;
    }

    @Override
    public void keepAlive() {
        messages.add(Signal.KEEP_ALIVE);
    }

    @Override
    public void choke() {
        messages.add(Signal.CHOKE);
    }

    @Override
    public void unchoke() {
        messages.add(Signal.UNCHOKE);
    }

    @Override
    public void interested() {
        messages.add(Signal.INTERESTED);
    }

    @Override
    public void notInterested() {
        messages.add(Signal.NOT_INTERESTED);
    }

    @Override
    public void haveAll() {
        messages.add(Signal.HAVE_ALL);
    }

    @Override
    public void haveNone() {
        messages.add(Signal.HAVE_NONE);
    }

    @Override
    public void have(PeerMessage.Have message) {
        messages.add(message);
    }

    @Override
    public void bitfield(PeerMessage.Bitfield message) {
        messages.add(new PeerMessage.Bitfield(copy(message.bits())));
    }

    @Override
    public void request(PeerMessage.Request message) {
        messages.add(message);
    }

    @Override
    public void piece(PeerMessage.Piece message) throws PeerProtocolException {
        messages.add(new PeerMessage.Piece(message.piece(), message.begin(), copy(message.block())));
    }

    @Override
    public void cancel(PeerMessage.Cancel message) {
        messages.add(message);
    }

    @Override
    public void port(PeerMessage.Port message) {
        messages.add(message);
    }

    @Override
    public void suggest(PeerMessage.Suggest message) {
        messages.add(message);
    }

    @Override
    public void reject(PeerMessage.Reject message) {
        messages.add(message);
    }

    @Override
    public void allowedFast(PeerMessage.AllowedFast message) {
        messages.add(message);
    }

    @Override
    public void extended(PeerMessage.Extended message) {
        messages.add(new PeerMessage.Extended(message.id(), copy(message.payload())));
    }

    @Override
    public void hashRequest(PeerMessage.HashRequest message) {
        messages.add(message);
    }

    @Override
    public void hashes(PeerMessage.Hashes message) {
        messages.add(new PeerMessage.Hashes(message.range(), copy(message.hashes())));
    }

    @Override
    public void hashReject(PeerMessage.HashReject message) {
        messages.add(message);
    }

    private static ByteBuffer copy(ByteBuffer view) {
        return ByteBuffer.allocate(view.remaining()).put(view).flip();
    }
}
