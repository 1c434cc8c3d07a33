package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.trackerclient.contact.Family;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.concurrent.CompletableFuture;

/** Takes announces to trackers, in one of the two ways there are. Implementations are thread-safe. */
interface Carrier {
    /**
     * Announces once. The result fails with a {@link RefusedException} if the tracker says no, a {@link Family.Absent}
     * if it has no address of this family, and any other {@code Exception} if there is no answer in time.
     */
    CompletableFuture<Heard> announce(TrackerUrl tracker, Family family, AnnounceRequest request, long timeoutNanos);
}
