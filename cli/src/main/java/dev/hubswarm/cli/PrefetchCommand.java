package dev.hubswarm.cli;

import dev.hubswarm.agent.PeerConfig;
import dev.hubswarm.agent.TrackerChoice;
import dev.hubswarm.agent.accelerator.Accelerator;
import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.agent.accelerator.PeerNetwork;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.download.CacheDestination;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.download.FolderDestination;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fills the cache. */
@Command(
        name = "prefetch",
        description = "Download a repo, or some of its files, into the Hugging Face cache.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "What was broken off goes on where it stopped when the same command runs again.",
            "With a tracker, files come from peers, too, who see this machine's address, and what",
            "it has of them is sent to others meanwhile. Only files that anybody may read at the",
            "Hub are looked for there. A running agent goes on sharing them.",
            "With HF_HUB_OFFLINE=1 it asks nobody, and says whether all is there.",
            "",
            "Examples:",
            "  hubswarm prefetch org/model",
            "  hubswarm prefetch org/model config.json model.safetensors",
            "  hubswarm prefetch org/model --include '*.safetensors' --exclude 'original/*'",
            "  hubswarm prefetch org/data --repo-type dataset --local-dir ./data",
            "  hubswarm prefetch org/model --tracker http://box.example.org:8472 --mode offload",
            "  hubswarm prefetch org/model --dry-run --json"
        })
final class PrefetchCommand implements Callable<Integer> {
    private static final int MOST_JOBS = 64;
    private static final int MOST_FAILURES = 10;
    private static final long CLEAN_UP_SECONDS = 10;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    @Parameters(index = "0", paramLabel = "REPO", description = "The repo, such as org/model.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private String repo;

    @Parameters(index = "1..*", paramLabel = "FILE", description = "Only these files, by their paths in the repo.")
    private List<String> names = List.of();

    @Option(
            names = "--repo-type",
            paramLabel = "TYPE",
            converter = RepoTypes.class,
            completionCandidates = RepoTypes.class,
            description = "One of ${COMPLETION-CANDIDATES}. Default: model.")
    private RepoType type = RepoType.MODEL;

    @Option(
            names = "--revision",
            paramLabel = "REV",
            description = "A branch, tag, commit or refs/pr/N. Default: main.")
    private String revision = "main";

    @Option(
            names = "--include",
            paramLabel = "GLOB",
            description = "Only files that match; * also matches /. May be repeated.")
    private List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "GLOB", description = "No files that match. May be repeated.")
    private List<String> exclude = List.of();

    @Option(
            names = "--local-dir",
            paramLabel = "DIR",
            converter = UserFolders.class,
            description = "Put the files there, under their own names, instead of the cache.")
    private @Nullable Path localDir;

    @Option(names = "--jobs", paramLabel = "N", description = "At most so many connections, 1 to 64. Default: 64.")
    private int jobs = MOST_JOBS;

    @Option(
            names = "--mode",
            paramLabel = "race|offload|http|p2p",
            description = {
                "Who is asked for large files: the Hub and peers at once (race, the default), peers before the Hub"
                        + " (offload), the Hub alone (http), peers alone (p2p).",
                "Peers are asked where there is a tracker: one that is named, or those of a running agent."
            })
    private Mode mode = Mode.RACE;

    @Mixin
    private final TrackerOptions trackers = new TrackerOptions();

    @Mixin
    private final PeerOptions peers = new PeerOptions();

    @ArgGroup
    private final AfterPrefetch after = new AfterPrefetch();

    @Option(names = "--dry-run", description = "Only list what would be downloaded.")
    private boolean dryRun;

    @Mixin
    private final HubOptions hub = new HubOptions();

    @Mixin
    private final CacheOptions cacheOptions = new CacheOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    /** How a download ended. */
    private record Outcome(Path folder, List<FileResult> results) {}

    @Override
    public Integer call() throws UserError, InterruptedException {
        long startedNanos = System.nanoTime();
        if (jobs < 1 || jobs > MOST_JOBS)
            throw usage("--jobs is " + jobs + ". Use a number from 1 to " + MOST_JOBS + ".");
        peers.check();
        if (localDir != null && Files.exists(localDir) && !Files.isDirectory(localDir))
            throw usage("--local-dir is " + localDir + ", which is not a folder.");
        if (!names.isEmpty() && !(include.isEmpty() && exclude.isEmpty())) {
            throw usage("Name files or use --include and --exclude, not both.");
        }
        if (after.time() != null && Double.isInfinite(after.time().seconds()))
            throw usage("--seed-for is no time, such as 30m or 2h.");
        if (!RepoRef.isValidId(repo))
            throw usage(
                    "'" + repo + "' is not the id of a repo. Write it like org/model, and what it is as --repo-type.");
        if (!Revision.isValid(revision)) throw usage("'" + revision + "' is not a revision. Name a branch or commit.");
        RepoRef wanted = new RepoRef(type, repo);
        Revision at = new Revision(revision);
        FileSelection selection = new FileSelection(Set.copyOf(names), include, exclude);
        PrintWriter out = report.out();
        OriginConfig config = hub.origin();
        Random random = new Random();
        try (HubOrigin origin = new HubOrigin(config, new RateBudget(random), random)) {
            // Under the name that was asked for: whoever looks for it offline knows no other.
            RepoCache cache = cacheOptions.cache().repo(wanted);
            RepoPlan plan = config.offline()
                    ? OfflinePlan.make(cache, wanted, at, selection)
                    : RepoPlan.make(origin, wanted, at, selection);
            check(plan, wanted);
            if (dryRun) {
                if (report.json()) out.println(DownloadText.dryRun(plan));
                else DownloadText.print(out, plan);
                return ExitCode.DONE;
            }
            Outcome outcome = InterruptGuard.run(CLEAN_UP_SECONDS, () -> download(origin, cache, plan));
            double seconds = (System.nanoTime() - startedNanos) / 1e9;
            if (report.json()) out.println(DownloadText.summary(plan, outcome.folder, outcome.results, seconds));
            else if (!report.quiet()) print(out, plan, outcome, seconds);
            out.flush();
            int code = exitCode(plan, outcome.results);
            return code == ExitCode.DONE && after.time() != null ? seed(config, plan, outcome, after.time()) : code;
        }
    }

    private int seed(OriginConfig config, RepoPlan plan, Outcome outcome, SeedGoal time)
            throws UserError, InterruptedException {
        Path home = cacheOptions.stateFolder();
        // It has them already.
        if (ControlClient.find(home) != null) return ExitCode.DONE;
        List<SeedRequest> requests = AfterPrefetch.requests(plan, outcome.folder, outcome.results);
        TrackerChoice choice = trackers.choice();
        return new ForegroundSeed(StateFolder.open(home), cacheOptions.cache(), config, choice, peers.config(), time, 0)
                .run(agent -> AfterPrefetch.handOver(agent, requests), report.err());
    }

    private void check(RepoPlan plan, RepoRef wanted) throws UserError {
        if (plan.files().isEmpty()) {
            throw new UserError(
                    UserError.Kind.NOT_FOUND,
                    wanted + " at " + plan.revision() + " has no file"
                            + (plan.listing().isEmpty() ? "" : " that matches; it has others") + ".",
                    "Add --dry-run, and leave out --include and --exclude, to see what it has.");
        }
        if (!plan.repo().equals(wanted) && !report.quiet()) {
            report.err()
                    .println("hubswarm: " + wanted + " is now called " + plan.repo()
                            + ". The cache keeps it under the name that you gave.");
        }
    }

    private Outcome download(HubOrigin origin, RepoCache cache, RepoPlan plan) throws UserError, InterruptedException {
        cacheOptions.makeJournals(report.err());
        Destination destination = localDir == null
                ? new CacheDestination(cache, plan)
                : new FolderDestination(new LocalDir(localDir, cacheOptions.journals()), cache, plan);
        if (origin.config().offline()) OfflinePlan.require(plan, destination);
        List<FileResult> results = fetch(origin, destination, plan);
        boolean complete =
                failure(results).isEmpty() && results.size() == plan.files().size();
        if (complete && plan.isWhole()) list(destination);
        destination.sync();
        if (complete) destination.name();
        after.share(cacheOptions.stateFolder(), plan, destination.folder(), results, report.err());
        return new Outcome(destination.folder(), results);
    }

    private List<FileResult> fetch(HubOrigin origin, Destination destination, RepoPlan plan)
            throws UserError, InterruptedException {
        Accelerator.Limits limits = new Accelerator.Limits(jobs, peers.config().downloadLimit());
        ControlClient agent = ControlClient.find(cacheOptions.stateFolder());
        boolean shares = after.isWanted(agent);
        try (PeerNetwork network = network(origin, agent);
                Accelerator accelerator =
                        new Accelerator(origin, limits, mode, network == null ? null : network.peers(), shares);
                DownloadView view = view(plan)) {
            return accelerator.fetch(destination, DiskSpace.withSmallReserve(), view, plan);
        } catch (InterruptedException e) {
            // Here, since nothing is printed any more once the interrupt was answered.
            report.err().println("hubswarm: Interrupted. The same command goes on from here.");
            throw e;
        }
    }

    /** Null if there is nobody to ask. */
    private @Nullable PeerNetwork network(HubOrigin origin, @Nullable ControlClient agent)
            throws UserError, InterruptedException {
        if (mode == Mode.HTTP || origin.config().offline()) return null;
        List<TrackerUrl> named = new ArrayList<>(trackers.trackers());
        List<PeerAddress> neighbours = List.of();
        if (agent != null) {
            neighbours = List.of(PeerAddress.of(LOOPBACK, agent.agent().peerPort()));
            if (!trackers.namesAny()) named.addAll(TrackerOptions.of(agent));
        }
        if (named.isEmpty() && !trackers.namesAny()) {
            if (mode == Mode.RACE) return null;
            throw usage("--mode " + mode.name().toLowerCase(Locale.ROOT)
                    + " needs somebody who knows peers. Name one with --tracker URL, or start an agent with"
                    + " `hubswarm up --detach`.");
        }
        if (!origin.config().isPublicOrLocal() && !Settings.sharesUpstream(cacheOptions.stateFolder())) {
            report.err()
                    .println("hubswarm: Peers are not asked for files of "
                            + origin.config().endpoint().getHost()
                            + ", which may show you what is not for everybody. If it shows to anybody what it shows,"
                            + " set share-upstream = true in config.toml.");
            return null;
        }
        NettyMachine.name();
        PeerConfig own = peers.config();
        PeerNetwork.Config config = new PeerNetwork.Config(
                "hubswarm " + Version.number(),
                null,
                own.port(),
                own.uploadLimit(),
                own.downloadLimit(),
                named,
                trackers.trusted(),
                trackers.token(),
                cacheOptions.stateFolder(),
                neighbours,
                any -> true);
        return new PeerNetwork(config, origin.tls(), new Random());
    }

    /** A listing is of use offline only, and a cache in which all files are may be read-only. */
    private void list(Destination destination) {
        try {
            destination.list();
        } catch (UserError e) {
            report.err()
                    .println("hubswarm: The files are there, but not their listing, which tells offline that none is"
                            + " missing. " + Printable.of(String.valueOf(e.getMessage())));
        }
    }

    private DownloadView view(RepoPlan plan) {
        ProgressLine.Style style = report.style();
        PrintWriter out = style == ProgressLine.Style.JSON ? report.out() : report.err();
        String inSilence = mode == Mode.P2P
                ? "With --mode p2p nobody but peers is asked, and none sends anything. It goes on waiting; Ctrl-C ends it,"
                        + " and the same command with --mode race goes on from here."
                : null;
        return new DownloadView(
                out, style, Terminal.width(), plan.files().size(), plan.size(), inSilence, System.nanoTime());
    }

    private static Optional<UserError> failure(List<FileResult> results) {
        return results.stream()
                .flatMap(result -> Optional.ofNullable(result.failure()).stream())
                .findFirst();
    }

    private void print(PrintWriter out, RepoPlan plan, Outcome outcome, double seconds) {
        long fromHub = outcome.results.stream().mapToLong(FileResult::fromHub).sum();
        long fromPeers =
                outcome.results.stream().mapToLong(FileResult::fromPeers).sum();
        long there = outcome.results.stream()
                .filter(result -> result.failure() == null)
                .count();
        // A script that takes this for a whole snapshot must not get half of one.
        if (there == plan.files().size()) out.println(outcome.folder);
        if (there == 0) return;
        report.err()
                .printf(
                        "%s, %s from the Hub%s, in %.1f s%n",
                        TorrentText.count(there, "file"),
                        Sizes.format(fromHub),
                        fromPeers == 0 ? "" : ", " + Sizes.format(fromPeers) + " from peers",
                        seconds);
    }

    private int exitCode(RepoPlan plan, List<FileResult> results) {
        PrintWriter err = report.err();
        Set<String> failures = new LinkedHashSet<>();
        for (FileResult result : results) {
            if (result.failure() != null)
                failures.add(String.valueOf(result.failure().getMessage()));
        }
        failures.stream().limit(MOST_FAILURES).forEach(failure -> err.println("hubswarm: " + Printable.of(failure)));
        if (failures.size() > MOST_FAILURES)
            err.println("hubswarm: and " + (failures.size() - MOST_FAILURES) + " more such.");
        int untried = plan.files().size() - results.size();
        if (untried > 0)
            err.println("hubswarm: " + TorrentText.count(untried, "file") + " not downloaded because of that.");
        return failure(results).map(ExitCode::of).orElse(ExitCode.DONE);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
