package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.CacheScan;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.seeder.Seeder;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FileStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds what the user names: files, and what they are on the Hub. Whether they are that is found out later. Stateless. */
final class SeedSources {
    private SeedSources() {}

    /** What the cache has of a repo, each content once: as it is in a commit that has a name, if there is such. */
    static List<SeedRequest> cached(CacheScan scan, RepoRef repo, @Nullable Revision revision) throws UserError {
        Map<String, SeedRequest> byDigest = new LinkedHashMap<>();
        boolean isThere = false;
        for (CacheScan.Repo known : scan.repos()) {
            if (!known.repo().equals(repo)) continue;
            isThere = true;
            List<CacheScan.Snapshot> snapshots = known.snapshots().stream()
                    .filter(snapshot -> Revision.isCommit(snapshot.commit()) && isMeant(snapshot, revision))
                    .sorted(Comparator.comparing(snapshot -> snapshot.refs().isEmpty()))
                    .toList();
            for (CacheScan.Snapshot snapshot : snapshots)
                for (CacheScan.Entry entry : snapshot.files()) add(byDigest, repo, snapshot.commit(), entry);
        }
        if (!byDigest.isEmpty()) return List.copyOf(byDigest.values());
        if (!isThere)
            throw new UserError(
                    Kind.NOT_FOUND,
                    "The cache has no " + repo + ".",
                    "Fetch it with `hubswarm prefetch " + repo.id() + "`.");
        throw new UserError(
                Kind.NOT_FOUND,
                "The cache has no file of " + repo
                        + " that is worth sharing: of 1 MiB or more, and not kept by git itself.",
                "`hubswarm cache ls` lists what it has.");
    }

    private static boolean isMeant(CacheScan.Snapshot snapshot, @Nullable Revision revision) {
        return revision == null
                || snapshot.commit().equals(revision.toString())
                || snapshot.refs().contains(revision.toString());
    }

    private static void add(Map<String, SeedRequest> byDigest, RepoRef repo, String commit, CacheScan.Entry entry)
            throws UserError {
        String name = String.valueOf(entry.blob().getFileName());
        if (!isShareable(name, entry.size()) || byDigest.containsKey(name)) return;
        byDigest.put(
                name, request(real(entry.blob()), repo, commit, entry.path(), ContentDigest.of(name), entry.size()));
    }

    private static boolean isShareable(String digest, long size) {
        return ContentDigest.isDigest(digest)
                && ContentDigest.of(digest).kind() == ContentDigest.Kind.SHA256
                && size >= Seeder.LEAST_SIZE;
    }

    /** Files and folders of the user's, by what the Hub says of a repo. */
    static List<SeedRequest> named(HubOrigin hub, RepoRef repo, Revision revision, List<Path> paths)
            throws UserError, InterruptedException {
        String commit = hub.repoInfo(repo, revision).commit();
        List<HubFile> listing = hub.listing(repo, commit).stream()
                .filter(file -> isShareable(file.digest().toString(), file.size()))
                .toList();
        List<SeedRequest> all = new ArrayList<>();
        for (Path path : paths) {
            int before = all.size();
            boolean isFolder = Files.isDirectory(path);
            for (HubFile file : listing) {
                Path here = isFolder ? path.resolve(file.path()) : path;
                boolean isIt = isFolder || Path.of(file.path()).endsWith(path.getFileName());
                if (isIt && Files.isRegularFile(here) && size(here) == file.size())
                    all.add(request(real(here), repo, commit, file.path(), file.digest(), file.size()));
            }
            if (all.size() > before) continue;
            throw new UserError(
                    Kind.NOT_FOUND,
                    Files.exists(path)
                            ? repo + " at " + revision + " has no file of the name and size of " + path
                                    + " that is worth sharing."
                            : "There is no " + path + ".",
                    "Check the path, --repo and --revision.");
        }
        return all;
    }

    private static SeedRequest request(
            Path file, RepoRef repo, String commit, String path, ContentDigest digest, long size) {
        return new SeedRequest(file, new RemoteFile(repo, commit, path, digest, size), null, null, true);
    }

    /**
     * A file that was just fetched; null if it is not worth sharing.
     *
     * @param torrent null if it is to be read again
     */
    static @Nullable SeedRequest fetched(RepoPlan plan, Path folder, FileResult result, @Nullable Metainfo torrent)
            throws UserError {
        HubFile file = result.file();
        if (!isShareable(file.digest().toString(), file.size())) return null;
        Path path = real(folder.resolve(file.path()));
        RemoteFile origin = new RemoteFile(plan.repo(), plan.commit(), file.path(), file.digest(), file.size());
        FileStamp stamp = result.shareable() == null ? null : result.shareable().stamp();
        return new SeedRequest(path, origin, stamp, torrent, false);
    }

    private static long size(Path file) throws UserError {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private static Path real(Path file) throws UserError {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    static RepoRef repo(String id, RepoType type) throws UserError {
        if (RepoRef.isValidId(id)) return new RepoRef(type, id);
        throw new UserError(
                Kind.USAGE,
                "'" + id + "' is not the id of a repo.",
                "Write it as org/model; for a PATH, name its repo with --repo.");
    }
}
