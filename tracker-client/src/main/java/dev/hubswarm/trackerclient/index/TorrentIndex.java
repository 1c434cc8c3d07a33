package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Knows which torrents hold a file. Implementations are thread-safe, never block, and answer within the budget. */
public interface TorrentIndex {
    /** For a whole look-up; a download waits for none of it (design.md section 6). */
    long BUDGET_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /**
     * Looks for torrents. What goes wrong means that there are fewer: the result never fails.
     *
     * @param early is told of each as soon as it is there, on any thread
     * @return all of them, the best first
     */
    CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early);

    /**
     * Looks which of many files, such as those of a repository, there are torrents of: with few questions, and so that
     * {@link #find} of one of these has less to ask. The result never fails.
     *
     * @return their digests
     */
    CompletableFuture<Set<Hash>> known(Collection<WantedFile> files);
}
