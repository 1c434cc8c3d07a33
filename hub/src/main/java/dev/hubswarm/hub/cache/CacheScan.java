package dev.hubswarm.hub.cache;

import dev.hubswarm.hub.request.RepoRef;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;

/**
 * What is in the cache. Immutable.
 *
 * @param size of all files, each counted once
 * @param warnings what could not be understood; huggingface_hub would call most of it corrupted
 */
public record CacheScan(List<Repo> repos, List<String> warnings, long size) {
    /** A repository; {@code size} counts each content once. Immutable. */
    public record Repo(RepoRef repo, Path folder, List<Snapshot> snapshots, long size) {}

    /** A commit, whole or in part, and the refs that were it when last looked up. Immutable. */
    public record Snapshot(String commit, Path folder, SortedSet<String> refs, List<Entry> files, long size) {}

    /**
     * A file of a snapshot. Immutable.
     *
     * @param blob what the file's link names, or the file itself where there are no links
     */
    public record Entry(String path, Path file, Path blob, long size) {}

    public CacheScan {
        repos = List.copyOf(repos);
        warnings = List.copyOf(warnings);
    }
}
