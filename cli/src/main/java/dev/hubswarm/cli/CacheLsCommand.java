package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.CacheScan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists what is in the cache. */
@Command(
        name = "ls",
        description = "List the repos in the cache, the biggest first.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "With --quiet it prints the names of the repos alone.",
            "",
            "Examples:",
            "  hubswarm cache ls",
            "  hubswarm cache ls --repo-type dataset",
            "  hubswarm cache ls org/model --json"
        })
final class CacheLsCommand implements Callable<Integer> {
    @Mixin
    private final CachedRepos wanted = new CachedRepos();

    @Mixin
    private final CacheOptions options = new CacheOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws UserError {
        CacheScan scan = options.cache().scan();
        if (!report.json()) CachedRepos.warn(report.err(), scan);
        List<CacheScan.Repo> repos = wanted.of(scan);
        PrintWriter out = report.out();
        if (report.json()) printJson(out, scan, repos);
        else if (report.quiet()) repos.forEach(repo -> out.println(repo.repo().id()));
        else print(out, scan, repos);
        return ExitCode.DONE;
    }

    private void print(PrintWriter out, CacheScan scan, List<CacheScan.Repo> repos) {
        int width =
                repos.stream().mapToInt(repo -> repo.repo().id().length()).max().orElse(0);
        Instant now = Instant.now();
        for (CacheScan.Repo repo : repos) {
            out.printf(
                    "%-7s  %-" + Math.max(4, width) + "s  %8s  %11s  %14s  %s%n",
                    repo.repo().type().word(),
                    repo.repo().id(),
                    Sizes.format(repo.size()),
                    TorrentText.count(fileCount(repo), "file"),
                    ago(lastUsed(repo), now),
                    Printable.of(refs(repo)));
        }
        out.println(TorrentText.count(repos.size(), "repo") + " in " + options.folder() + ", "
                + Sizes.format(total(scan, repos)) + " in all");
    }

    /** Of all repos together less than their sum, where they share files. */
    private static long total(CacheScan scan, List<CacheScan.Repo> repos) {
        return repos.size() == scan.repos().size()
                ? scan.size()
                : repos.stream().mapToLong(CacheScan.Repo::size).sum();
    }

    /** Refs, and the beginnings of commits that have none. */
    private static String refs(CacheScan.Repo repo) {
        Set<String> names = new TreeSet<>();
        for (CacheScan.Snapshot snapshot : repo.snapshots()) {
            names.addAll(snapshot.refs());
            if (snapshot.refs().isEmpty()) names.add(snapshot.commit().substring(0, 8));
        }
        return String.join(", ", names);
    }

    private static int fileCount(CacheScan.Repo repo) {
        Set<String> paths = new HashSet<>();
        repo.snapshots().forEach(snapshot -> snapshot.files().forEach(file -> paths.add(file.path())));
        return paths.size();
    }

    /** When one of its files was last read, which most systems note once a day at most. */
    private static Instant lastUsed(CacheScan.Repo repo) {
        return repo.snapshots().stream()
                .flatMap(snapshot -> snapshot.files().stream())
                .map(file -> lastUsed(file.blob()))
                .max(Instant::compareTo)
                .orElse(Instant.EPOCH);
    }

    private static Instant lastUsed(Path blob) {
        try {
            return Files.readAttributes(blob, BasicFileAttributes.class)
                    .lastAccessTime()
                    .toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }

    static String ago(Instant then, Instant now) {
        if (then.equals(Instant.EPOCH)) return "never used";
        Duration time = Duration.between(then, now);
        if (time.toDays() > 0) return TorrentText.count(time.toDays(), "day") + " ago";
        if (time.toHours() > 0) return TorrentText.count(time.toHours(), "hour") + " ago";
        return "just now";
    }

    private static void printJson(PrintWriter out, CacheScan scan, List<CacheScan.Repo> repos) {
        for (CacheScan.Repo repo : repos) {
            out.println(Json.event("repo")
                    .put("repo", repo.repo().id())
                    .put("repo_type", repo.repo().type().word())
                    .put("size", repo.size())
                    .put("files", fileCount(repo))
                    .put("last_used", lastUsed(repo))
                    .put("folder", repo.folder())
                    .put(
                            "snapshots",
                            repo.snapshots().stream().map(CacheLsCommand::json).toList()));
        }
        out.println(Json.event("summary")
                .put("repos", repos.size())
                .put("size", total(scan, repos))
                .put("warnings", scan.warnings()));
    }

    private static Json json(CacheScan.Snapshot snapshot) {
        return new Json()
                .put("commit", snapshot.commit())
                .put("refs", List.copyOf(snapshot.refs()))
                .put("size", snapshot.size())
                .put("files", snapshot.files().size())
                .put("folder", snapshot.folder());
    }
}
