package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import java.util.ArrayList;
import java.util.List;

/** A wire that only remembers. Confined to its test. */
final class Answers implements PeerWire {
    final List<Handshake> handshakes = new ArrayList<>();
    final List<PeerMessage> messages = new ArrayList<>();
    final List<PeerMessage.Request> blocks = new ArrayList<>();
    long unsent;

    @Override
    public void send(Handshake handshake) {
        handshakes.add(handshake);
    }

    @Override
    public void send(PeerMessage message) {
        messages.add(message);
    }

    @Override
    public void sendBlock(PeerMessage.Request block, long at) {
        blocks.add(block);
    }

    @Override
    public long unsent() {
        return unsent;
    }

    @Override
    public void close(String why) {}
}
