package dev.hubswarm.p2pengine.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In which order requests are answered, of all that peers wait for. Confined to the transfer's loop; time is an
 * argument.
 *
 * <p>A piece goes on from whoever has the whole of it. So a few pieces are sent at a time while others wait for their
 * turn, instead of all getting ahead slowly; but never fewer than fill the line. A turn is one piece, or {@value
 * #TURN_SECONDS} s of it.
 */
final class Turns {
    /** One who waits for answers. Confined as the turns. */
    interface Waiting {
        /** There is something to send, and its connection takes it. */
        boolean isReady();

        /** More of the piece that was sent last is wanted, or may be soon. */
        boolean isAmidPiece();

        /** All that it asked for has left, but for what fills the line until somebody else's turn. */
        boolean isDrained();

        /** What it gets next nobody else has, or will have, as far as we know. */
        boolean isNews();

        /** Sends as much as its connection should have, up to the end of a piece. */
        void send();
    }

    private static final int TURN_SECONDS = 1;
    private static final long TURN_NANOS = TURN_SECONDS * 1_000_000_000L;
    /** Then it is not news any more that goes first. */
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private final Streams streams;
    /** Until when. */
    private final Map<Waiting, Long> sending = new LinkedHashMap<>();
    /** Since when, in this order. */
    private final Map<Waiting, Long> waiting = new LinkedHashMap<>();

    private boolean isGiving;

    Turns(long now) {
        streams = new Streams(now);
    }

    /** It asked for something, or its connection takes more. */
    void changed(Waiting one, long now) {
        if (isGiving) return;
        if (sending.containsKey(one) && one.isAmidPiece()) one.send();
        else queue(one, now);
        give(now);
    }

    void sent(int length, long now) {
        streams.sent(length, () -> !areAllServed(), now);
    }

    void left(Waiting one, long now) {
        sending.remove(one);
        waiting.remove(one);
        give(now);
    }

    /** All who asked for something are being sent it. */
    boolean areAllServed() {
        return waiting.keySet().stream().noneMatch(Waiting::isReady);
    }

    /** To be called now and then: some turns end by time alone. */
    void give(long now) {
        if (isGiving) return;
        isGiving = true;
        sending.entrySet().removeIf(turn -> {
            boolean isOver = turn.getValue() - now <= 0 || !turn.getKey().isAmidPiece();
            if (isOver) queue(turn.getKey(), now);
            return isOver;
        });
        for (Waiting next = next(now); next != null; next = next(now)) {
            waiting.remove(next);
            next.send();
            if (next.isAmidPiece()) sending.put(next, now + TURN_NANOS);
            else queue(next, now);
        }
        isGiving = false;
    }

    /** Who is not ready comes again with {@link #changed}. */
    private void queue(Waiting one, long now) {
        if (one.isReady()) waiting.putIfAbsent(one, now);
    }

    /** Null if nobody can be sent anything, or enough are. */
    private @Nullable Waiting next(long now) {
        long busy = sending.keySet().stream().filter(one -> !one.isDrained()).count();
        if (busy >= streams.count()) return null;
        Waiting first = null;
        for (Map.Entry<Waiting, Long> one : waiting.entrySet()) {
            if (!one.getKey().isReady()) continue;
            boolean isUrgent = now - one.getValue() >= PATIENCE_NANOS;
            if (isUrgent || one.getKey().isNews()) return one.getKey();
            if (first == null) first = one.getKey();
        }
        return first;
    }
}
