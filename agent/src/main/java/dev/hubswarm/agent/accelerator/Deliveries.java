package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.hub.origin.RemoteFile;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Fetches files that clients wait for. Thread-safe. */
public interface Deliveries {
    /**
     * Begins to fetch a file, or joins whoever does. Does not block.
     *
     * @param location where the Hub has just led the client; null if that is not known
     * @param token the client's own, with which the Hub is asked; null if it has none
     * @param from where the client begins to read
     * @param to before which it stops
     * @return nothing where the client does better to read from the Hub itself; completes normally whatever happens
     */
    CompletableFuture<Optional<Delivery>> open(
            RemoteFile file, @Nullable URI location, @Nullable Redacted token, long from, long to);

    /**
     * Whether clients were given something wrong of this content of late, on the word of publishers whom the user
     * believes; they must not go on from there. Does not block.
     */
    default boolean wasWrong(ContentDigest digest) {
        return false;
    }
}
