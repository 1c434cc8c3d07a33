package dev.hubswarm.agent.accelerator;

import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;

/** A file that is on its way to the cache, as one client reads it meanwhile. Thread-safe. */
public interface Delivery extends AutoCloseable {
    /** What came, at its offsets. Closed with this. */
    FileChannel bytes();

    /**
     * Completes as soon as the byte at an offset may be handed out, with the first offset behind it that may not. Fails
     * with a {@link dev.hubswarm.base.UserError} where it cannot be had any more; what was handed out before was right.
     * It was not where it fails with {@link BrokenTrust}.
     *
     * @param at less than the size of the file
     */
    CompletableFuture<Long> released(long at);

    /** The client needs no more of it. */
    @Override
    void close();
}
