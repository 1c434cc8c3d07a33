package dev.hubswarm.agent;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which trackers are used. Immutable.
 *
 * @param trackers none for one inside the agent
 * @param trusted whose publishers the user believes; they are used, too
 * @param token that the trackers gave the user; the one inside the agent takes publications only with it
 * @param listen where the one inside the agent listens, or at the next port that is free
 */
public record TrackerChoice(
        List<TrackerUrl> trackers,
        List<TrackerUrl> trusted,
        @Nullable Redacted token,
        InetSocketAddress listen) {
    public static final int USUAL_PORT = 8472;

    public TrackerChoice {
        if (listen.isUnresolved())
            throw new IllegalArgumentException("--tracker-listen names a host that is not known here.");
        trackers = List.copyOf(trackers);
        trusted = List.copyOf(trusted);
    }

    boolean hasOwn() {
        return trackers.isEmpty() && trusted.isEmpty();
    }
}
