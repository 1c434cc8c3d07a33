package dev.hubswarm.agent.control;

import dev.hubswarm.seeder.SeedSnapshot;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An agent at one moment. Immutable.
 *
 * @param proxy where the proxy listens, if there is one
 * @param distrusting programs whose connections pass untouched, since they do not trust our certificates
 * @param ownTracker where the tracker inside it listens, if there is one
 */
public record AgentStatus(
        String version,
        long pid,
        Duration up,
        Path home,
        @Nullable InetSocketAddress proxy,
        List<String> distrusting,
        InetSocketAddress peers,
        @Nullable InetSocketAddress ownTracker,
        List<String> trackers,
        boolean isSeeding,
        long uploadLimit,
        long downloadLimit,
        List<TransferStatus> transfers,
        List<SeedSnapshot> seeds) {
    public AgentStatus {
        distrusting = List.copyOf(distrusting);
        trackers = List.copyOf(trackers);
        transfers = List.copyOf(transfers);
        seeds = List.copyOf(seeds);
    }

    /** Who knows it. */
    @FunctionalInterface
    public interface Supplier {
        AgentStatus status() throws InterruptedException;
    }
}
