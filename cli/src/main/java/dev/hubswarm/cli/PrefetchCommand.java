package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.download.CacheDestination;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.FileResult;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.download.FolderDestination;
import dev.hubswarm.hub.download.RepoDownload;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.HashPool;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            "",
            "Examples:",
            "  hubswarm prefetch org/model",
            "  hubswarm prefetch org/model config.json model.safetensors",
            "  hubswarm prefetch org/model --include '*.safetensors' --exclude 'original/*'",
            "  hubswarm prefetch org/data --repo-type dataset --revision v2 --local-dir ./data",
            "  hubswarm prefetch org/model --dry-run --json"
        })
final class PrefetchCommand implements Callable<Integer> {
    private static final int DEFAULT_JOBS = 16;
    private static final int MOST_JOBS = 64;
    private static final long CLEAN_UP_SECONDS = 10;

    @Parameters(index = "0", paramLabel = "REPO", description = "The repo, such as org/model.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private String repo;

    @Parameters(index = "1..*", paramLabel = "FILE", description = "Only these files, by their paths in the repo.")
    private List<String> names = List.of();

    @Option(names = "--repo-type", paramLabel = "TYPE", description = "One of model, dataset, space. Default: model.")
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
            description = "Put the files there, under their own names, instead of the cache.")
    private @Nullable Path localDir;

    @Option(names = "--jobs", paramLabel = "N", description = "At most so many connections. Default: 16.")
    private int jobs = DEFAULT_JOBS;

    @Option(
            names = "--download-limit",
            paramLabel = "RATE",
            converter = Sizes.class,
            description = "At most so many bytes per second, such as 10MiB.")
    private long downloadLimit;

    @Option(names = "--dry-run", description = "Only list what would be downloaded.")
    private boolean dryRun;

    @Mixin
    private final HubOptions hub = new HubOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    /** How a download ended, and where its files are. */
    private record Outcome(Path folder, List<FileResult> results) {}

    @Override
    public Integer call() throws UserError, InterruptedException {
        long startedNanos = System.nanoTime();
        if (jobs < 1 || jobs > MOST_JOBS)
            throw usage("--jobs is " + jobs + ". Use a number from 1 to " + MOST_JOBS + ".");
        if (!names.isEmpty() && !(include.isEmpty() && exclude.isEmpty())) {
            throw usage("Name files or use --include and --exclude, not both.");
        }
        RepoRef wanted = parsed(() -> new RepoRef(type, repo));
        Revision at = parsed(() -> new Revision(revision));
        FileSelection selection = parsed(() -> new FileSelection(Set.copyOf(names), include, exclude));
        PrintWriter out = spec.commandLine().getOut();
        OriginConfig config = hub.origin();
        Random random = new Random();
        try (HubOrigin origin = new HubOrigin(config, new RateBudget(random), random)) {
            RepoPlan plan = RepoPlan.make(origin, wanted, at, selection);
            if (dryRun) {
                if (report.json()) out.println(DownloadText.dryRun(plan));
                else DownloadText.print(out, plan);
                return ExitCode.DONE;
            }
            Outcome outcome = InterruptGuard.run(CLEAN_UP_SECONDS, () -> download(origin, config, plan));
            double seconds = (System.nanoTime() - startedNanos) / 1e9;
            if (report.json()) out.println(DownloadText.summary(plan, outcome.folder, outcome.results, seconds));
            else if (!report.quiet()) print(out, outcome, seconds);
            return exitCode(plan, outcome.results);
        }
    }

    /** Bad names from the command line are wrong usage. */
    private <T> T parsed(java.util.function.Supplier<T> text) {
        try {
            return text.get();
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private Outcome download(HubOrigin origin, OriginConfig config, RepoPlan plan)
            throws UserError, InterruptedException {
        HubCache cache = hub.cache();
        RepoCache repoCache = cache.repo(plan.repo());
        String name = plan.repo().id();
        @Nullable Path target = localDir == null ? null : localDir.toAbsolutePath();
        @Nullable LocalDir folder = target == null ? null : new LocalDir(target, hub.journals());
        Destination destination = folder == null
                ? new CacheDestination(repoCache, name, plan.commit())
                : new FolderDestination(folder, repoCache, name, plan.commit());
        List<FileResult> results;
        try (HashPool pool = HashPool.perCore();
                DownloadView view = view(plan)) {
            results = new RepoDownload(
                            origin,
                            new RangeReader(config, origin.tls().sockets()),
                            pool,
                            destination,
                            new RepoDownload.Limits(jobs, downloadLimit, DiskSpace.withSmallReserve()),
                            view,
                            plan.repo(),
                            plan.commit(),
                            plan.files())
                    .run();
        }
        boolean complete =
                failure(results).isEmpty() && results.size() == plan.files().size();
        if (target != null && folder != null) {
            if (complete && plan.isWhole()) folder.writeTree(plan.commit(), plan.listing());
            folder.sync();
            return new Outcome(target, results);
        }
        if (complete && plan.isWhole()) repoCache.writeTree(plan.commit(), plan.listing());
        repoCache.sync();
        // Last: whoever finds the ref must find the snapshot.
        if (complete && !plan.files().isEmpty()) repoCache.writeRef(plan.revision(), plan.commit());
        return new Outcome(repoCache.snapshot(plan.commit()), results);
    }

    private DownloadView view(RepoPlan plan) {
        ProgressLine.Style style = report.style();
        PrintWriter out = style == ProgressLine.Style.JSON
                ? spec.commandLine().getOut()
                : spec.commandLine().getErr();
        return new DownloadView(out, style, Terminal.width(), plan.files().size(), plan.size(), System.nanoTime());
    }

    private static Optional<UserError> failure(List<FileResult> results) {
        return results.stream()
                .flatMap(result -> Optional.ofNullable(result.failure()).stream())
                .findFirst();
    }

    private void print(PrintWriter out, Outcome outcome, double seconds) {
        long fetched = outcome.results.stream().mapToLong(FileResult::fetched).sum();
        long there = outcome.results.stream()
                .filter(result -> result.failure() == null)
                .count();
        out.println(outcome.folder);
        spec.commandLine()
                .getErr()
                .printf(
                        "%s, %s from the Hub, in %.1f s%n",
                        TorrentText.count(there, "file"), Sizes.format(fetched), seconds);
    }

    private int exitCode(RepoPlan plan, List<FileResult> results) {
        PrintWriter err = spec.commandLine().getErr();
        for (FileResult result : results) {
            if (result.failure() != null)
                err.println("hubswarm: "
                        + Printable.of(String.valueOf(result.failure().getMessage())));
        }
        int untried = plan.files().size() - results.size();
        if (untried > 0)
            err.println("hubswarm: " + TorrentText.count(untried, "file") + " not downloaded because of that.");
        return failure(results).map(ExitCode::of).orElse(ExitCode.DONE);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
