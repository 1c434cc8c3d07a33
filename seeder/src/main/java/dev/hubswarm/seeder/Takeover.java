package dev.hubswarm.seeder;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.CacheScan;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoPath;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds what could be shared where huggingface_hub, or we, put it. Stateless. */
final class Takeover {
    private Takeover() {}

    /** Each content once for each repository that has it: as it is in a commit that has a name, if there is such. */
    static List<SeedRequest> of(HubCache cache) throws UserError {
        List<SeedRequest> all = new ArrayList<>();
        for (CacheScan.Repo repo : cache.scan().repos()) all.addAll(of(repo, cache.root()));
        return all;
    }

    private static Collection<SeedRequest> of(CacheScan.Repo repo, Path root) throws UserError {
        Map<String, SeedRequest> byDigest = new LinkedHashMap<>();
        List<CacheScan.Snapshot> snapshots = repo.snapshots().stream()
                .filter(snapshot -> Revision.isCommit(snapshot.commit()))
                .sorted(Comparator.comparing(snapshot -> snapshot.refs().isEmpty()))
                .toList();
        for (CacheScan.Snapshot snapshot : snapshots) {
            for (CacheScan.Entry entry : snapshot.files()) {
                String name = String.valueOf(entry.blob().getFileName());
                boolean isBlob = !entry.blob().equals(entry.file()) && isSha256(name);
                if (!isBlob || entry.size() < Seeder.LEAST_SIZE || !RepoPath.isValid(entry.path())) continue;
                Path file = inside(root, entry.blob());
                if (file == null) continue;
                byDigest.putIfAbsent(
                        name, request(file, repo.repo(), snapshot.commit(), entry.path(), name, entry.size()));
            }
        }
        return byDigest.values();
    }

    /** Null if it is not there, or leads out of the cache. A blob may be a link into a store that repositories share. */
    private static @Nullable Path inside(Path root, Path blob) {
        try {
            Path file = blob.toRealPath();
            return file.startsWith(root.toRealPath()) ? file : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** The files that huggingface_hub, or we, noted something about, and that were not changed since. */
    static List<SeedRequest> of(LocalDir folder, RepoRef repo) throws UserError {
        List<SeedRequest> all = new ArrayList<>();
        for (String path : folder.noted()) {
            if (!RepoPath.isValid(path)) continue;
            LocalDir.Metadata noted = folder.metadata(path);
            if (noted == null || !Revision.isCommit(noted.commit()) || !isSha256(noted.etag())) continue;
            Path file = folder.file(path);
            long size = size(file);
            if (size < Seeder.LEAST_SIZE) continue;
            all.add(request(file, repo, noted.commit(), path, noted.etag(), size));
        }
        return all;
    }

    private static long size(Path file) throws UserError {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private static boolean isSha256(String name) {
        return ContentDigest.isDigest(name) && ContentDigest.of(name).kind() == ContentDigest.Kind.SHA256;
    }

    private static SeedRequest request(Path file, RepoRef repo, String commit, String path, String digest, long size) {
        RemoteFile origin = new RemoteFile(repo, commit, path, ContentDigest.of(digest), size);
        return new SeedRequest(file, origin, null, null, false);
    }
}
