package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * What a peer has asked for and not been sent. Confined to its session.
 *
 * <p>Only a little is given to the connection at once: what is there cannot be taken back when the peer cancels or is
 * choked, and takes memory.
 */
final class UploadQueue {
    /** Told to the peer (BEP 10, {@code reqq}). */
    static final int MAX_REQUESTS = 2000;

    private static final long LEAST_AHEAD = 256 << 10;
    private static final long MOST_AHEAD = 2 << 20;
    private static final double SECONDS_AHEAD = 0.25;

    private final PeerWire wire;
    private final Queue<Request> waiting = new ArrayDeque<>();

    UploadQueue(PeerWire wire) {
        this.wire = wire;
    }

    int size() {
        return waiting.size();
    }

    /** @return false if there are too many already */
    boolean add(Request request) {
        return waiting.size() < MAX_REQUESTS && waiting.add(request);
    }

    /** @return whether it was still waiting */
    boolean cancel(Request request) {
        return waiting.remove(request);
    }

    /** Takes out requests for which nothing is sent now; {@code refuse} hears of each. */
    void retain(IntPredicate pieces, Consumer<Request> refuse) {
        waiting.removeIf(request -> {
            if (pieces.test(request.piece())) return false;
            refuse.accept(request);
            return true;
        });
    }

    /**
     * Gives to the connection what it may have now.
     *
     * @param readable pieces that can be; some may have been lost since they were asked for
     */
    void send(long pieceLength, double bytesPerSecond, BitSet readable, Consumer<Request> refuse) {
        long ahead = (long) Math.min(Math.max(bytesPerSecond * SECONDS_AHEAD, LEAST_AHEAD), MOST_AHEAD);
        while (!waiting.isEmpty() && wire.unsent() < ahead) {
            Request next = waiting.remove();
            if (readable.get(next.piece())) wire.sendBlock(next, next.piece() * pieceLength + next.begin());
            else refuse.accept(next);
        }
    }

    /** With BEP 6 every request has an answer. */
    static PeerMessage.Reject reject(Request request) {
        return new PeerMessage.Reject(request.piece(), request.begin(), request.length());
    }
}
