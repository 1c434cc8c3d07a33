package dev.hubswarm.trackerclient.index;

import java.util.regex.Pattern;

/**
 * Where on the Hub a file is. Immutable.
 *
 * @param repoType model, dataset or space
 * @param commit 40 hex digits
 * @param path with slashes
 */
public record RepoFile(String repoType, String repoId, String commit, String path) {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    public RepoFile {
        if (!isCommit(commit)) throw new IllegalArgumentException("no commit: " + commit);
    }

    static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }
}
