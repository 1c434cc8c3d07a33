package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.CacheGarbage;
import dev.hubswarm.hub.cache.CacheScan;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.PartFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Removes from the cache what nothing needs. */
@Command(
        name = "gc",
        description = "Say what in the cache nothing needs any more, or remove it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "That is: parts of downloads with which nobody can go on, *.incomplete files of",
            "other programs, and content of no snapshot; all only if untouched for 24 hours.",
            "No snapshot loses a file.",
            "",
            "Examples:",
            "  hubswarm cache gc",
            "  hubswarm cache gc --delete"
        })
final class CacheGcCommand implements Callable<Integer> {
    private final Clock clock;

    @Option(
            names = {"--delete", "--yes"},
            description = "Remove it. Without this nothing is changed.")
    private boolean delete;

    @Mixin
    private final CacheOptions options = new CacheOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    CacheGcCommand() {
        this(Clock.systemUTC());
    }

    CacheGcCommand(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Integer call() throws UserError, InterruptedException {
        PrintWriter out = report.out();
        HubCache cache = options.cache();
        CacheScan scan = cache.scan();
        if (!report.json()) CachedRepos.warn(report.err(), scan);
        int files = 0;
        long bytes = 0;
        for (CacheGarbage garbage : cache.garbage(scan, clock.instant())) {
            if (delete && !cache.remove(garbage)) continue;
            files++;
            bytes += garbage.size();
            tell(out, garbage);
        }
        int journals = lostJournals();
        if (report.json()) {
            out.println(Json.event("summary")
                    .put("deleted", delete)
                    .put("files", files)
                    .put("bytes", bytes)
                    .put("lost_journals", journals)
                    .put("warnings", scan.warnings()));
        } else if (!report.quiet()) {
            if (files + journals == 0) {
                out.println("Everything is needed.");
                return ExitCode.DONE;
            }
            String what = TorrentText.count(files, "file") + ", " + Sizes.format(bytes) + ", and "
                    + TorrentText.count(journals, "journal") + " of downloads that are gone";
            out.println(delete ? "Removed: " + what + "." : "Not needed: " + what + ". --delete removes that.");
        }
        return ExitCode.DONE;
    }

    private void tell(PrintWriter out, CacheGarbage garbage) {
        String reason = garbage.reason().name().toLowerCase(Locale.ROOT);
        if (report.json()) {
            out.println(Json.event("garbage")
                    .put("path", garbage.path())
                    .put("size", garbage.size())
                    .put("reason", reason));
        } else if (!report.quiet()) {
            out.printf(
                    "%10s  %-12s  %s%n",
                    Sizes.format(garbage.size()), reason.replace('_', ' '), Printable.of(garbage.path() + ""));
        }
    }

    private int lostJournals() throws UserError {
        Path journals = options.journals();
        if (!Files.isDirectory(journals)) return 0;
        try {
            return PartFile.lostJournals(journals, delete);
        } catch (IOException e) {
            throw FileErrors.writing(journals, e);
        }
    }
}
