package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.agent.accelerator.Shareable;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedRequest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What becomes of files that were fetched. Confined to one thread. */
final class AfterPrefetch {
    /** It is not for everybody. */
    private static final int REFUSED = 409;
    /** For the torrents of all files that were made while these came; what is later the agent makes itself. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    @Option(names = "--no-seed", description = "Tell no agent to share what was fetched.")
    private boolean noSeed;

    @Option(
            names = "--seed-for",
            paramLabel = "TIME",
            converter = SeedGoal.Converter.class,
            description = "Where no agent runs: stay, and share what was fetched, for such a time, as 30m or 2h.")
    private @Nullable SeedGoal time;

    /** How long it is to stay; null for not at all. */
    @Nullable
    SeedGoal time() {
        return time;
    }

    /**
     * Whether somebody will share what is fetched, as things stand now.
     *
     * @param agent that runs; null if none does
     */
    boolean isWanted(@Nullable ControlClient agent) {
        return time != null || (!noSeed && agent != null);
    }

    /** Hands what is new to a running agent. That it cannot costs the user nothing but a line. */
    void share(Path home, RepoPlan plan, Path folder, List<FileResult> results, PrintWriter err)
            throws InterruptedException {
        if (noSeed) return;
        try {
            List<SeedRequest> requests = requests(plan, folder, results);
            ControlClient agent = requests.isEmpty() ? null : ControlClient.find(home);
            if (agent != null) handOver(agent, requests);
        } catch (UserError e) {
            err.println("hubswarm: The agent does not share what was fetched. "
                    + Printable.of(String.valueOf(e.getMessage())));
        }
    }

    static List<SeedRequest> requests(RepoPlan plan, Path folder, List<FileResult> results)
            throws UserError, InterruptedException {
        long endNanos = System.nanoTime() + PATIENCE_NANOS;
        List<SeedRequest> requests = new ArrayList<>();
        for (FileResult result : results) {
            if (!result.verified() || result.failure() != null) continue;
            @Nullable Metainfo torrent = torrent(result, endNanos);
            @Nullable SeedRequest request = SeedSources.fetched(plan, folder, result, torrent);
            if (request != null) requests.add(request);
        }
        return requests;
    }

    private static @Nullable Metainfo torrent(FileResult result, long endNanos) throws InterruptedException {
        Shareable shareable = result.shareable();
        if (shareable == null) return null;
        try {
            return shareable.torrent().get(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }

    static void handOver(ControlClient agent, List<SeedRequest> requests) throws UserError {
        for (SeedRequest request : requests) {
            ControlReply reply = agent.share(request);
            if (reply.isGood() || reply.status() == REFUSED) continue;
            throw new UserError(
                    UserError.Kind.FAILED, "The agent answered " + reply.status() + ".", "Look at `hubswarm logs`.");
        }
    }
}
