package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has asked for and not been sent. Confined to its session.
 *
 * <p>Only a little is given to the connection at once: what is there cannot be taken back when the peer cancels or is
 * choked, and takes memory.
 */
final class UploadQueue {
    /** Told to the peer (BEP 10, {@code reqq}). */
    static final int MAX_REQUESTS = 2000;

    /** Enough until somebody else is being sent something. */
    private static final long DRAINED = 64 << 10;

    private static final long LEAST_AHEAD = 256 << 10;
    private static final long MOST_AHEAD = 2 << 20;
    private static final double SECONDS_AHEAD = 0.25;

    private final PeerWire wire;
    private final Queue<Request> waiting = new ArrayDeque<>();
    private @Nullable Request last;

    UploadQueue(PeerWire wire) {
        this.wire = wire;
    }

    /** There is something to send, and the connection should have more. */
    boolean isReady(double bytesPerSecond) {
        return !waiting.isEmpty() && wire.unsent() < ahead(bytesPerSecond);
    }

    boolean isDrained() {
        return waiting.isEmpty() && wire.unsent() < DRAINED;
    }

    /** What is sent last is not the end of a piece, and no other piece is next. */
    boolean isAmidPiece(PieceGeometry geometry) {
        if (last == null) return false;
        if (!waiting.isEmpty()) return waiting.element().piece() == last.piece();
        return last.begin() + last.length() < geometry.lengthOf(last.piece());
    }

    /** There must be one. */
    int nextPiece() {
        return waiting.element().piece();
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
     * Gives to the connection what it may have now, up to the end of a piece.
     *
     * @param readable pieces that can be; some may have been lost since they were asked for
     */
    void send(PieceGeometry geometry, double bytesPerSecond, BitSet readable, Consumer<Request> refuse) {
        while (isReady(bytesPerSecond)) {
            Request next = waiting.remove();
            last = next;
            if (readable.get(next.piece())) wire.sendBlock(next, geometry.offsetOf(next.piece()) + next.begin());
            else refuse.accept(next);
            if (!isAmidPiece(geometry)) return;
        }
    }

    private static long ahead(double bytesPerSecond) {
        return (long) Math.min(Math.max(bytesPerSecond * SECONDS_AHEAD, LEAST_AHEAD), MOST_AHEAD);
    }

    /** With BEP 6 every request has an answer. */
    static PeerMessage.Reject reject(Request request) {
        return new PeerMessage.Reject(request.piece(), request.begin(), request.length());
    }
}
