package dev.hubswarm.hub.cache;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds out what is in a cache. Confined to one thread. */
final class CacheScanner {
    private static final Set<String> NOT_REPOS = Set.of(".locks", "CACHEDIR.TAG");
    private static final Set<String> OF_THE_SYSTEM = Set.of(".DS_Store", "Thumbs.db", "desktop.ini");

    private final List<CacheScan.Repo> repos = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<Path, Long> contents = new HashMap<>();

    private CacheScanner() {}

    static CacheScan scan(Path root) throws IOException {
        CacheScanner scanner = new CacheScanner();
        for (Path entry : list(root)) scanner.scanEntry(entry);
        long size =
                scanner.contents.values().stream().mapToLong(Long::longValue).sum();
        return new CacheScan(scanner.repos, scanner.warnings, size);
    }

    /** huggingface_hub 2 keeps content that several repositories share in such a folder; elsewhere it would be a repo. */
    static boolean isSharedStore(Path folder) {
        try {
            return name(folder).equals("blobs")
                    && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    && Files.readString(folder.resolve(".huggingface-shared-blobs"))
                            .equals("1\n");
        } catch (IOException e) {
            return false;
        }
    }

    private void scanEntry(Path entry) {
        if (NOT_REPOS.contains(name(entry)) || OF_THE_SYSTEM.contains(name(entry)) || isSharedStore(entry)) return;
        RepoRef repo = repo(name(entry));
        if (repo == null || !Files.isDirectory(entry)) {
            warnings.add(entry + " is not a repository.");
            return;
        }
        try {
            repos.add(scanRepo(repo, entry));
        } catch (NoSuchFileException e) {
            warnings.add(entry + " is incomplete: " + e.getFile() + " is missing.");
        } catch (IOException | UncheckedIOException e) {
            warnings.add(entry + " cannot be read: " + e.getMessage());
        }
    }

    private static @Nullable RepoRef repo(String folder) {
        for (RepoType type : RepoType.values()) {
            String prefix = type.folderPrefix() + "--";
            if (!folder.startsWith(prefix)) continue;
            String id = folder.substring(prefix.length()).replace("--", "/");
            if (RepoRef.isValidId(id)) return new RepoRef(type, id);
        }
        return null;
    }

    private CacheScan.Repo scanRepo(RepoRef repo, Path folder) throws IOException {
        Map<String, SortedSet<String>> refs = refs(folder.resolve("refs"));
        List<CacheScan.Snapshot> snapshots = new ArrayList<>();
        Map<Path, Long> sizes = new HashMap<>();
        for (Path snapshot : list(folder.resolve("snapshots"))) {
            if (OF_THE_SYSTEM.contains(name(snapshot))) continue;
            if (!Files.isDirectory(snapshot)) throw new IOException(snapshot + " is not a folder");
            SortedSet<String> names = refs.remove(name(snapshot));
            snapshots.add(scanSnapshot(snapshot, names == null ? new TreeSet<>() : names, sizes));
        }
        if (!refs.isEmpty()) throw new NoSuchFileException("the snapshot of " + refs.values());
        long size = sizes.values().stream().mapToLong(Long::longValue).sum();
        for (Map.Entry<Path, Long> blob : sizes.entrySet()) {
            contents.put(blob.getKey().toRealPath(), blob.getValue());
        }
        return new CacheScan.Repo(repo, folder, snapshots, size);
    }

    private static CacheScan.Snapshot scanSnapshot(Path snapshot, SortedSet<String> refs, Map<Path, Long> sizes)
            throws IOException {
        List<CacheScan.Entry> files = new ArrayList<>();
        Set<Path> blobs = new HashSet<>();
        for (Path file : filesBelow(snapshot)) {
            Path blob = firstHop(file);
            long size = Files.size(blob);
            sizes.put(blob, size);
            blobs.add(blob);
            files.add(new CacheScan.Entry(slashed(snapshot.relativize(file)), file, blob, size));
        }
        long size = blobs.stream().mapToLong(sizes::get).sum();
        return new CacheScan.Snapshot(name(snapshot), snapshot, refs, files, size);
    }

    /** What a link names, not what that in turn may lead to: a blob may be a link into the shared store. */
    static Path firstHop(Path file) throws IOException {
        if (!Files.isSymbolicLink(file)) return file;
        return file.resolveSibling(Files.readSymbolicLink(file)).normalize();
    }

    private static Map<String, SortedSet<String>> refs(Path folder) throws IOException {
        Map<String, SortedSet<String>> refs = new TreeMap<>();
        if (!Files.exists(folder)) return refs;
        for (Path ref : filesBelow(folder)) {
            if (OF_THE_SYSTEM.contains(name(ref))) continue;
            refs.computeIfAbsent(Files.readString(ref), commit -> new TreeSet<>())
                    .add(slashed(folder.relativize(ref)));
        }
        return refs;
    }

    static List<Path> filesBelow(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> !Files.isDirectory(path)).sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted(Comparator.naturalOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    static String slashed(Path relative) {
        return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    }
}
