package dev.hubswarm.agent.control;

import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import java.util.List;

/**
 * A transfer that runs, as it is shown. Immutable.
 *
 * @param path in its repo
 * @param digest as the Hub states it
 * @param isPublic whether anybody may read the file; if not, only the user is told which one it is
 * @param sources who sent how much, the Hub among them
 */
public record TransferStatus(
        String repo,
        String path,
        String digest,
        long size,
        boolean isPublic,
        TransferSnapshot progress,
        List<SourceShare> sources) {
    /** What one source sent. Immutable. */
    public record SourceShare(String name, long bytes, double bytesPerSecond) {}

    public TransferStatus {
        sources = List.copyOf(sources);
    }

    /** Where transfers come from. */
    @FunctionalInterface
    public interface Supplier {
        List<TransferStatus> transfers() throws InterruptedException;
    }
}
