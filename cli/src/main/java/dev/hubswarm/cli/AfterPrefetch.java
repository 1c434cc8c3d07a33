package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.seeder.SeedRequest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What becomes of files that were fetched. Confined to one thread. */
final class AfterPrefetch {
    /** It is not for everybody. */
    private static final int REFUSED = 409;

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

    /** Hands what is new to a running agent. That it cannot costs the user nothing but a line. */
    void share(Path home, RepoPlan plan, Path folder, List<FileResult> results, PrintWriter err) {
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

    static List<SeedRequest> requests(RepoPlan plan, Path folder, List<FileResult> results) throws UserError {
        List<SeedRequest> requests = new ArrayList<>();
        for (FileResult result : results) {
            if (!result.verified() || result.failure() != null) continue;
            @Nullable SeedRequest request = SeedSources.fetched(plan, folder, result.file());
            if (request != null) requests.add(request);
        }
        return requests;
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
