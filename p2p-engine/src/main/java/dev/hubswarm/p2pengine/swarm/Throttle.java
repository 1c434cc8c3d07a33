package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets the connections of a torrent send, or receive, in turn, as its limit and everybody's allow. Confined to the loop.
 */
final class Throttle {
    private final Loop loop;
    private final List<RateLimiter> limits;
    /** In the order in which they came. */
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    private Loop.@Nullable Timer timer;
    private boolean isServing;
    /** Who has waited as long as was due goes, though another torrent took what there was for all; that one waits then. */
    private boolean isDue;

    Throttle(Loop loop, RateLimiter... limits) {
        this.loop = loop;
        this.limits = List.of(limits);
    }

    boolean isLimited() {
        for (RateLimiter limit : limits) if (limit.isLimited()) return true;
        return false;
    }

    int portion() {
        int portion = Integer.MAX_VALUE;
        for (RateLimiter limit : limits) portion = Math.min(portion, limit.portion());
        return portion;
    }

    /** Whether a portion may go now; nobody is before those who wait. */
    boolean isOpen() {
        return isDue || ((isServing || waiting.isEmpty()) && nanosUntilOpen() == 0);
    }

    void take(long bytes) {
        isDue = false;
        long now = loop.nowNanos();
        for (RateLimiter limit : limits) limit.take(bytes, now);
    }

    /** Runs it once a portion may go. One who waits already keeps its place. */
    void await(Runnable turn) {
        waiting.add(turn);
        arm();
    }

    void forget(Runnable turn) {
        waiting.remove(turn);
    }

    private long nanosUntilOpen() {
        long now = loop.nowNanos();
        long wait = 0;
        for (RateLimiter limit : limits) wait = Math.max(wait, limit.nanosUntilOpen(now));
        return wait;
    }

    private void arm() {
        if (timer == null && !isServing) timer = loop.schedule(nanosUntilOpen(), this::serve);
    }

    private void serve() {
        timer = null;
        isServing = true;
        isDue = true;
        try {
            while (!waiting.isEmpty() && (isDue || nanosUntilOpen() == 0)) {
                Runnable next = waiting.iterator().next();
                waiting.remove(next);
                next.run();
            }
        } finally {
            isServing = false;
            isDue = false;
        }
        if (!waiting.isEmpty()) arm();
    }
}
