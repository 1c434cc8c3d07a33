package dev.hubswarm.trackerclient.announce;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * How often this machine may announce at one tracker of others, all torrents together: llmpt's refuses more than 30 in
 * 15 minutes. Confined to the announcer's thread; time is an argument.
 */
final class AnnounceBudget {
    private static final int MOST = 30;
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(15);

    private final Deque<Long> spent = new ArrayDeque<>();

    /** When the next announce is allowed; now or earlier if it is. */
    long freeNanos(long nowNanos) {
        while (!spent.isEmpty() && nowNanos - spent.peekFirst() >= WINDOW_NANOS) spent.removeFirst();
        return spent.size() < MOST ? nowNanos : spent.peekFirst() + WINDOW_NANOS;
    }

    void spend(long nowNanos) {
        spent.addLast(nowNanos);
    }
}
