package dev.hubswarm.cli;

import dev.hubswarm.agent.PeerConfig;
import dev.hubswarm.agent.TrackerChoice;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.CacheScan;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shares what is on this machine. */
@Command(
        name = "seed",
        description = "Share files of the cache, or of yours, that anybody may read at the Hub.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "A running agent is told to share them, with its own trackers, also after its next",
            "start. Without one this command stays and shares them, and what was shared before,",
            "until --for is over, --ratio is reached, or Ctrl-C.",
            "",
            "Peers see this machine's address. Files of less than 1 MiB, and those that git",
            "keeps itself, are left out.",
            "",
            "Exit code 4 if the Hub does not give any of them to everybody.",
            "",
            "Examples:",
            "  hubswarm seed org/model",
            "  hubswarm seed --all",
            "  hubswarm seed ./model.safetensors --repo org/model",
            "  hubswarm seed org/model --tracker http://box.example.org:8472 --for 2h"
        })
final class SeedCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "REPO|PATH",
            arity = "0..*",
            description = "Repos in the cache, such as org/model; with --repo, files or folders of that repo.")
    private List<String> names = List.of();

    @Option(names = "--repo", paramLabel = "ID", description = "The repo that each PATH is of.")
    private @Nullable String repo;

    @Option(names = "--revision", paramLabel = "REV", description = "Its branch, tag or commit.")
    private @Nullable String revision;

    @Option(
            names = "--repo-type",
            paramLabel = "TYPE",
            converter = RepoTypes.class,
            completionCandidates = RepoTypes.class,
            description = "${COMPLETION-CANDIDATES}. Default: model.")
    private RepoType type = RepoType.MODEL;

    @Option(names = "--all", description = "All that the cache has.")
    private boolean all;

    @Mixin
    private final CacheOptions cache = new CacheOptions();

    @Mixin
    private final HubOptions hub = new HubOptions();

    @Mixin
    private final TrackerOptions trackers = new TrackerOptions();

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = SeedGoal.Converter.class,
            description = "Without an agent: for such a time, as 30m or 2h.")
    private @Nullable SeedGoal time;

    @Option(
            names = "--ratio",
            paramLabel = "N",
            description = "Without an agent: until the size of each was sent so many times.")
    private double ratio;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        check();
        Path home = StateFolder.open(cache.stateFolder());
        List<SeedRequest> requests = all ? List.of() : requests();
        ControlClient agent = ControlClient.find(home);
        if (agent == null) return alone(home, requests);
        if (time != null || ratio > 0 || trackers.namesAny()) {
            throw new UserError(
                    Kind.USAGE,
                    "An agent runs (process " + agent.agent().pid() + "), and --for, --ratio and --tracker are for a"
                            + " seed of its own.",
                    "Leave them out, or stop the agent with `hubswarm down`.");
        }
        handOver(agent, requests);
        return ExitCode.DONE;
    }

    private void check() {
        if (all == !names.isEmpty() || (all && repo != null))
            throw usage("Name repos, or paths with --repo, or give --all alone.");
        if (time != null && Double.isInfinite(time.seconds())) throw usage("--for is no time, such as 30m or 2h.");
        if (ratio < 0) throw usage("--ratio is " + ratio + ". Use a number from 0 on.");
    }

    private ParameterException usage(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    private int alone(Path home, List<SeedRequest> requests) throws UserError, InterruptedException {
        TrackerChoice choice = trackers.choice();
        return new ForegroundSeed(home, cache.cache(), hub.origin(), choice, PeerConfig.DEFAULT, time, ratio)
                .run(agent -> handOver(agent, requests), err());
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    private void handOver(ControlClient agent, List<SeedRequest> requests) throws UserError, InterruptedException {
        if (all) {
            ControlReply reply = agent.shareCache(cache.folder());
            if (!reply.isGood()) throw refused(cache.folder().toString(), reply);
            err().println("hubswarm: " + number(reply, "files")
                    + " files of the cache are looked at, and shared if the Hub"
                    + " gives them to everybody. `hubswarm status` shows how far that is.");
            return;
        }
        int accepted = 0;
        @Nullable UserError last = null;
        for (SeedRequest request : requests) {
            String name = request.origin().repo() + "/" + request.origin().path();
            ControlReply reply = agent.share(request);
            if (reply.isGood()) {
                accepted++;
                boolean isReady = !reply.text().contains("\"info_hash\":null");
                err().println("hubswarm: " + Printable.of(name)
                        + (isReady ? " is shared." : " is read, and then shared."));
            } else {
                last = refused(name, reply);
                err().println("hubswarm: " + Printable.of(String.valueOf(last.getMessage())));
            }
        }
        if (accepted == 0 && last != null)
            throw new UserError(Kind.NOT_ALLOWED, "Nothing is shared.", "The above says why.", last);
    }

    private static String number(ControlReply reply, String field) throws UserError {
        try {
            return reply.text(field);
        } catch (IOException e) {
            throw new UserError(Kind.FAILED, "The agent answers what it should not.", "Is it of another version?", e);
        }
    }

    private static UserError refused(String name, ControlReply reply) throws UserError {
        Kind kind = reply.status() == 409 ? Kind.NOT_ALLOWED : Kind.FAILED;
        return new UserError(kind, name + " is not shared.", number(reply, "error.message"));
    }

    private List<SeedRequest> requests() throws UserError, InterruptedException {
        @Nullable Revision at = revision == null ? null : revision(revision);
        if (repo != null) {
            UserFolders paths = new UserFolders();
            Random random = new Random();
            try (HubOrigin origin = new HubOrigin(hub.origin(), new RateBudget(random), random)) {
                return SeedSources.named(
                        origin,
                        SeedSources.repo(repo, type),
                        at == null ? Revision.MAIN : at,
                        names.stream().map(paths::convert).toList());
            }
        }
        List<RepoRef> repos = new ArrayList<>();
        for (String name : names) repos.add(SeedSources.repo(name, type));
        if (Files.notExists(cache.folder())) {
            throw new UserError(
                    Kind.NOT_FOUND,
                    "There is no cache at " + cache.folder() + " yet.",
                    "Fetch a repo with `hubswarm prefetch`, or name files with --repo.");
        }
        CacheScan scan = cache.cache().scan();
        List<SeedRequest> requests = new ArrayList<>();
        for (RepoRef one : repos) requests.addAll(SeedSources.cached(scan, one, at));
        return requests;
    }

    private Revision revision(String text) {
        try {
            return new Revision(text);
        } catch (IllegalArgumentException e) {
            throw usage("--revision is no name that git knows.");
        }
    }
}
