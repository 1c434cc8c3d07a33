package dev.hubswarm.hubstub;

import dev.hubswarm.base.ContentDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A repository as the Hub's API describes it. Stateless. */
final class Listing {
    private static final String A_DATE = "2025-01-01T00:00:00.000Z";

    private static final Map<String, Object> SAFE = Map.of(
            "status",
            "safe",
            "avScan",
            Map.of("virusFound", false),
            "pickleImportScan",
            Map.of("pickleImports", List.of()));

    /** One page of a folder, and its last path if there are more. Immutable. */
    record Page(List<Map<String, Object>> entries, @Nullable String nextCursor) {}

    private Listing() {}

    static Map<String, Object> info(StubRepo repo, String commit, boolean blobs) {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("_id", Repos.number(repo).substring(0, 24));
        info.put("id", repo.id());
        if (repo.type() == StubRepo.Type.MODEL) info.put("modelId", repo.id());
        info.put("author", repo.id().replaceFirst("/.*", ""));
        info.put("sha", commit);
        info.put("lastModified", A_DATE);
        info.put("createdAt", A_DATE);
        info.put("private", repo.access() instanceof StubRepo.Access.Private);
        info.put("gated", repo.access() instanceof StubRepo.Access.Gated gated ? gated.how() : false);
        info.put("disabled", repo.access() instanceof StubRepo.Access.Disabled);
        info.put("downloads", 0);
        info.put("likes", 0);
        info.put("tags", List.of());
        List<Map<String, Object>> siblings = new ArrayList<>();
        repo.files(commit).forEach((path, file) -> siblings.add(sibling(path, file, blobs)));
        info.put("siblings", siblings);
        return info;
    }

    private static Map<String, Object> sibling(String path, StubFile file, boolean blobs) {
        Map<String, Object> sibling = new LinkedHashMap<>();
        sibling.put("rfilename", path);
        if (!blobs) return sibling;
        sibling.put("size", file.content().size());
        sibling.put("blobId", file.oid());
        if (file.storage() != StubFile.Storage.GIT) {
            Map<String, Object> lfs = new LinkedHashMap<>();
            lfs.put("sha256", file.digest().hex());
            lfs.put("size", file.content().size());
            lfs.put("pointerSize", file.pointerSize());
            sibling.put("lfs", lfs);
        }
        return sibling;
    }

    /** Returns null if there is no such folder. */
    static @Nullable Page tree(
            StubRepo repo, String commit, String folder, boolean recursive, boolean expand, int limit, String cursor) {
        SortedMap<String, Map<String, Object>> entries = new TreeMap<>();
        String prefix = folder.isEmpty() ? "" : folder + '/';
        repo.files(commit).forEach((path, file) -> {
            if (!path.startsWith(prefix)) return;
            for (int slash = path.indexOf('/', prefix.length()); slash > 0; slash = path.indexOf('/', slash + 1)) {
                String directory = path.substring(0, slash);
                entries.computeIfAbsent(directory, name -> directory(name, commit, expand));
                if (!recursive) return;
            }
            entries.put(path, file(path, file, commit, expand));
        });
        if (entries.isEmpty() && !folder.isEmpty()) return null;
        List<Map<String, Object>> page = new ArrayList<>();
        String last = "";
        for (Map.Entry<String, Map<String, Object>> entry :
                entries.tailMap(cursor.isEmpty() ? "" : cursor + '\0').entrySet()) {
            if (page.size() == limit) return new Page(page, last);
            page.add(entry.getValue());
            last = entry.getKey();
        }
        return new Page(page, null);
    }

    /** Those of the paths that there are: files as they are, and folders. */
    static List<Map<String, Object>> paths(StubRepo repo, String commit, List<String> paths, boolean expand) {
        List<Map<String, Object>> found = new ArrayList<>();
        SortedMap<String, StubFile> files = repo.files(commit);
        for (String path : paths) {
            StubFile file = files.get(path);
            if (file != null) found.add(file(path, file, commit, expand));
            else if (files.keySet().stream().anyMatch(other -> other.startsWith(path + '/')))
                found.add(directory(path, commit, expand));
        }
        return found;
    }

    private static Map<String, Object> file(String path, StubFile file, String commit, boolean expand) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("type", "file");
        entry.put("oid", file.oid());
        entry.put("size", file.content().size());
        if (file.storage() != StubFile.Storage.GIT) {
            Map<String, Object> lfs = new LinkedHashMap<>();
            lfs.put("oid", file.digest().hex());
            lfs.put("size", file.content().size());
            lfs.put("pointerSize", file.pointerSize());
            entry.put("lfs", lfs);
        }
        String xetHash = file.xetHash();
        if (xetHash != null) entry.put("xetHash", xetHash);
        entry.put("path", path);
        if (expand) {
            entry.put("lastCommit", lastCommit(commit));
            entry.put("securityFileStatus", SAFE);
        }
        return entry;
    }

    private static Map<String, Object> directory(String path, String commit, boolean expand) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("type", "directory");
        entry.put(
                "oid",
                StubContent.of(commit + path)
                        .digest(ContentDigest.Kind.GIT_SHA1)
                        .hex());
        entry.put("size", 0);
        entry.put("path", path);
        if (expand) entry.put("lastCommit", lastCommit(commit));
        return entry;
    }

    private static Map<String, Object> lastCommit(String commit) {
        return Map.of("id", commit, "title", "Add files", "date", A_DATE);
    }

    static Map<String, Object> refs(StubRepo repo, boolean pullRequests) {
        Map<String, Object> refs = new LinkedHashMap<>();
        refs.put("branches", refs(repo, "refs/heads/"));
        refs.put("tags", refs(repo, "refs/tags/"));
        refs.put("converts", refs(repo, "refs/convert/"));
        if (pullRequests) refs.put("pullRequests", refs(repo, "refs/pr/"));
        return refs;
    }

    private static List<Map<String, Object>> refs(StubRepo repo, String prefix) {
        List<Map<String, Object>> refs = new ArrayList<>();
        new TreeMap<>(repo.refs()).forEach((ref, commit) -> {
            if (ref.startsWith(prefix))
                refs.add(Map.of("name", ref.substring(prefix.length()), "ref", ref, "targetCommit", commit));
        });
        return refs;
    }
}
