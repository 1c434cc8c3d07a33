package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.StateFolder;
import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Finds out what the disks under the cache and our own folder can do. Used once. */
final class DiskExamination {
    /** Something that a file system may not have. */
    @FunctionalInterface
    private interface Trial {
        boolean succeeds() throws IOException, InterruptedException;
    }

    private final Path cache;
    private final Path state;
    private final List<Finding> findings = new ArrayList<>();

    DiskExamination(Path cache, Path state) {
        this.cache = cache;
        this.state = state;
    }

    List<Finding> findings() throws InterruptedException {
        cache();
        state();
        return findings;
    }

    private void cache() throws InterruptedException {
        Path existing = cache;
        while (!Files.exists(existing)) existing = Objects.requireNonNull(existing.getParent(), "a root exists");
        boolean there = existing.equals(cache);
        if (!Files.isDirectory(existing)) {
            findings.add(Finding.problem("cache", CacheOptions.notAFolder(existing)));
        } else if (!Files.isWritable(existing)) {
            findings.add(Finding.problem(
                    "cache", FileErrors.writing(existing, new AccessDeniedException(existing.toString()))));
        } else {
            findings.add(Finding.ok("cache", cache + (there ? "" : ", which the first download makes") + "."));
            if (there) tryOut();
            space(existing.toFile());
        }
    }

    private void tryOut() throws InterruptedException {
        Path trials;
        try {
            trials = Files.createTempDirectory(cache, ".hubswarm-doctor-");
        } catch (IOException e) {
            findings.add(Finding.problem("cache", FileErrors.writing(cache, e)));
            return;
        }
        Path file = trials.resolve("file");
        Path link = trials.resolve("link");
        Path second = trials.resolve("second");
        try {
            Files.createFile(file);
            List<String> without = new ArrayList<>();
            if (!has(() -> Files.isSymbolicLink(Files.createSymbolicLink(link, file))))
                without.add("symbolic links: a file that two revisions have takes its room twice");
            if (!has(() -> Files.isSameFile(Files.createLink(second, file), file)))
                without.add("hard links: files are published by renaming");
            if (!has(() -> locks(file))) without.add("locks: other programs may fetch the same file at the same time");
            for (String what : without) findings.add(Finding.warning("file system", "It has no " + what + "."));
            if (without.isEmpty())
                findings.add(Finding.ok("file system", "It has symbolic links, hard links and locks."));
        } catch (IOException e) {
            findings.add(Finding.problem("cache", FileErrors.writing(file, e)));
        } finally {
            List.of(second, link, file, trials).forEach(path -> path.toFile().delete());
        }
    }

    private static boolean has(Trial trial) throws InterruptedException {
        try {
            return trial.succeeds();
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static boolean locks(Path file) throws InterruptedException {
        try (FlockFile lock = FlockFile.lock(file, Duration.ZERO)) {
            return lock != null;
        }
    }

    private void space(File disk) {
        long free = disk.getUsableSpace();
        long reserve = DiskSpace.usualReserve(disk.getTotalSpace());
        findings.add(
                free > reserve
                        ? Finding.ok("space", Sizes.format(free) + " are free for the cache.")
                        : Finding.warning(
                                "space",
                                "Only " + Sizes.format(free) + " are free for the cache; keep " + Sizes.format(reserve)
                                        + " free. `hubswarm cache gc` and `hubswarm cache ls` tell what takes room."));
    }

    private void state() {
        try {
            boolean there = Files.exists(state);
            if (there) StateFolder.open(state);
            findings.add(Finding.ok("state", state + (there ? "" : ", which the first download makes") + "."));
        } catch (UserError e) {
            findings.add(Finding.problem("state", e));
        }
    }
}
