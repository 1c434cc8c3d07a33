package dev.hubswarm.agent.proxy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.RemoteFile;
import java.time.Duration;
import java.util.BitSet;

/**
 * Tells who fetches a file in ranges from who looks something up in it (design.md §6). The former, download programs with many
 * connections, want all of it, so that it is worth fetching once, and from peers. Thread-safe.
 */
final class RangeInterest {
    private static final Duration LIFETIME = Duration.ofMinutes(10);
    private static final int MOST = 1_000;
    /** A part counts for whoever asks for its first byte: ranges side by side count as often as they cover, small ones rarely. */
    private static final long LEAST_PART = 256 << 10;

    private static final int MOST_PARTS = 4096;
    private static final long MUCH = 64 << 20;
    private static final int SHARE = 4;

    private record Reader(String caller, ContentDigest digest) {}

    private final Cache<Reader, BitSet> asked = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(LIFETIME)
            .executor(Runnable::run)
            .build();

    /** Takes note of a request. True if, with those before it, it is for so much that all will be wanted. */
    boolean isInWhole(String caller, RemoteFile file, RangePlan.Span span) {
        long part = Math.max(LEAST_PART, (file.size() + MOST_PARTS - 1) / MOST_PARTS);
        BitSet parts = asked.get(new Reader(caller, file.digest()), unknown -> new BitSet());
        int count;
        synchronized (parts) {
            parts.set((int) ((span.from() + part - 1) / part), (int) ((span.to() + part - 1) / part));
            count = parts.cardinality();
        }
        long covered = Math.min(file.size(), count * part);
        return covered >= Math.min(MUCH, (file.size() + SHARE - 1) / SHARE);
    }
}
