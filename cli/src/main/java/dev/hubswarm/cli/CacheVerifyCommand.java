package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.CacheCheck;
import dev.hubswarm.hub.cache.CacheScan;
import dev.hubswarm.storage.HashPool;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks what is in the cache. */
@Command(
        name = "verify",
        description = "Hash what is in the cache, and name the files that are not what the Hub said.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "It asks nobody: the names of the files tell their digests.",
            "Exit code 0 if all is as it should be, 5 if not.",
            "",
            "Examples:",
            "  hubswarm cache verify",
            "  hubswarm cache verify org/model org/other",
            "  hubswarm cache verify org/data --repo-type dataset --json"
        })
final class CacheVerifyCommand implements Callable<Integer> {
    @Mixin
    private final CachedRepos wanted = new CachedRepos();

    @Mixin
    private final CacheOptions options = new CacheOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws UserError, InterruptedException {
        CacheScan scan = options.cache().scan();
        if (!report.json()) CachedRepos.warn(report.err(), scan);
        List<CacheScan.Repo> repos = wanted.of(scan);
        CacheCheck check;
        try (HashPool pool = HashPool.perCore();
                ProgressLine progress = report.progress("Verifying")) {
            long total = repos.stream().mapToLong(CacheScan.Repo::size).sum();
            check = CacheCheck.of(repos, pool, counted(progress, total));
        }
        PrintWriter out = report.out();
        Map<Path, List<String>> users = users(repos);
        Map<Path, String> damaged = new TreeMap<>(check.damaged());
        if (report.json()) out.println(json(check, damaged, users, scan));
        else if (!report.quiet()) print(out, check, damaged, users);
        return damaged.isEmpty() ? ExitCode.DONE : ExitCode.DAMAGED;
    }

    /** Many threads hash, and the line is for one at a time. */
    private static LongConsumer counted(ProgressLine progress, long total) {
        AtomicLong done = new AtomicLong();
        return bytes -> {
            synchronized (done) {
                progress.bytesRead(done.addAndGet(bytes), total);
            }
        };
    }

    /** Content → the files of snapshots that it is the content of. */
    private static Map<Path, List<String>> users(List<CacheScan.Repo> repos) {
        Map<Path, List<String>> users = new HashMap<>();
        for (CacheScan.Repo repo : repos) {
            for (CacheScan.Snapshot snapshot : repo.snapshots()) {
                for (CacheScan.Entry file : snapshot.files()) {
                    users.computeIfAbsent(file.blob(), blob -> new ArrayList<>())
                            .add(repo.repo() + "@" + snapshot.commit() + "/" + file.path());
                }
            }
        }
        return users;
    }

    private static void print(
            PrintWriter out, CacheCheck check, Map<Path, String> damaged, Map<Path, List<String>> users) {
        damaged.forEach((blob, why) -> {
            out.println(Printable.of(blob + " " + why));
            users.getOrDefault(blob, List.of()).forEach(user -> out.println("  is " + Printable.of(user)));
        });
        check.unknown().forEach(file -> out.println("not checked, since nothing tells its digest: " + file));
        String checked = TorrentText.count(check.checked(), "file") + ", " + Sizes.format(check.bytes());
        out.println(
                damaged.isEmpty()
                        ? "Good: " + checked + " checked."
                        : "Damaged: " + damaged.size() + " of " + checked
                                + ". Delete those files; `hubswarm prefetch` then fetches them again.");
    }

    private static Json json(
            CacheCheck check, Map<Path, String> damaged, Map<Path, List<String>> users, CacheScan scan) {
        List<Json> bad = damaged.entrySet().stream()
                .map(file -> new Json()
                        .put("path", file.getKey())
                        .put("reason", file.getValue())
                        .put("files", users.getOrDefault(file.getKey(), List.of())))
                .toList();
        return Json.event("summary")
                .put("good", damaged.isEmpty())
                .put("checked", check.checked())
                .put("bytes", check.bytes())
                .put("damaged", bad)
                .put("unknown", check.unknown())
                .put("warnings", scan.warnings());
    }
}
