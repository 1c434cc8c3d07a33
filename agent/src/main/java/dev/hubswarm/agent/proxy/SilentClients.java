package dev.hubswarm.agent.proxy;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Connections over which nobody has asked anything yet. When there are too many connections these make room, the oldest
 * first: those who never come to the point shut nobody out (reliability.md S20). Thread-safe, one monitor.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class SilentClients {
    private final Set<Channel> all = new LinkedHashSet<>();

    void add(Channel channel) {
        synchronized (this) {
            all.add(channel);
        }
        channel.closeFuture().addListener(closed -> remove(channel));
    }

    synchronized void remove(Channel channel) {
        all.remove(channel);
    }

    /** Returns whether there was one. */
    boolean leaveOldest() {
        Channel oldest = poll();
        if (oldest != null) oldest.close();
        return oldest != null;
    }

    private synchronized @Nullable Channel poll() {
        Iterator<Channel> each = all.iterator();
        if (!each.hasNext()) return null;
        Channel oldest = each.next();
        each.remove();
        return oldest;
    }
}
