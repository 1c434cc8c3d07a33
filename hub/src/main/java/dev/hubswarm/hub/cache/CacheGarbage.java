package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file in the cache that nothing needs any more. Immutable.
 *
 * <p>Nothing counts that was touched within a day, since it may belong to a running download, nor anything in a
 * repository that could not be understood. A blob that is a link into huggingface_hub's shared store is removed as
 * such; the content stays, and huggingface_hub removes it when its list of references allows.
 */
public record CacheGarbage(Path path, long size, Reason reason) {
    /** Why nothing needs it. */
    public enum Reason {
        /** Nobody can go on with the part of a download. */
        LOST_PART,
        /** A part of another program's. */
        INCOMPLETE,
        /** A blob of no snapshot. */
        UNREFERENCED
    }

    private static final Duration AGE = Duration.ofHours(24);

    static List<CacheGarbage> find(CacheScan scan, Path journals, Instant now) throws IOException {
        List<CacheGarbage> garbage = new ArrayList<>();
        for (CacheScan.Repo repo : scan.repos()) {
            Set<Path> needed = needed(repo);
            List<Path> files = new ArrayList<>(CacheScanner.list(repo.folder()));
            Path blobs = repo.folder().resolve("blobs");
            if (Files.isDirectory(blobs)) files.addAll(CacheScanner.list(blobs));
            for (Path file : files) {
                Reason reason = reason(file, needed, journals);
                if (reason == null || !isOld(file, now)) continue;
                boolean isLink = Files.isSymbolicLink(file);
                garbage.add(new CacheGarbage(file, isLink ? 0 : Files.size(file), reason));
            }
        }
        return garbage;
    }

    private static Set<Path> needed(CacheScan.Repo repo) {
        Set<Path> needed = new HashSet<>();
        repo.snapshots().forEach(snapshot -> snapshot.files().forEach(file -> needed.add(file.blob())));
        return needed;
    }

    private static @Nullable Reason reason(Path file, Set<Path> needed, Path journals) {
        if (Files.isDirectory(file)) return null;
        String name = CacheScanner.name(file);
        if (name.endsWith(PartFile.SUFFIX)) {
            return PartFile.isVouchedFor(file, journals) ? null : Reason.LOST_PART;
        }
        if (DurableFile.isTemporaryName(name)) return Reason.LOST_PART;
        if (name.endsWith(".incomplete")) return Reason.INCOMPLETE;
        return ContentDigest.isDigest(name) && !needed.contains(file) ? Reason.UNREFERENCED : null;
    }

    /** The time of change too: making a link sets it, and the last write may have been long before. */
    private static boolean isOld(Path file, Instant now) throws IOException {
        long limit = FileTime.from(now.minus(AGE)).to(TimeUnit.NANOSECONDS);
        FileStamp stamp = FileStamp.of(file, LinkOption.NOFOLLOW_LINKS);
        return stamp.modifiedNanos() < limit && stamp.changedNanos() < limit;
    }

    /** False if it turned out to be needed. */
    boolean remove(Path cache) throws UserError, InterruptedException {
        try {
            if (reason != Reason.UNREFERENCED) return Files.deleteIfExists(path);
            Path repo = CacheFolder.parent(CacheFolder.parent(path));
            Path lock =
                    cache.resolve(".locks").resolve(CacheScanner.name(repo)).resolve(CacheScanner.name(path) + ".lock");
            Files.createDirectories(CacheFolder.parent(lock));
            // huggingface_hub holds it while it links a blob that it found.
            try (FlockFile held = FlockFile.lock(lock, Duration.ZERO)) {
                return held != null && !isReferenced(repo.resolve("snapshots")) && Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw FileErrors.writing(path, e);
        }
    }

    private boolean isReferenced(Path snapshots) throws IOException {
        for (Path file : CacheScanner.filesBelow(snapshots)) {
            if (CacheScanner.firstHop(file).equals(path)) return true;
        }
        return false;
    }
}
