package dev.hubswarm.hub.request;

import java.nio.charset.StandardCharsets;

/**
 * Which paths a file in a repository may have. Stateless.
 *
 * <p>The rules are git's own, so what they refuse was made up by somebody. What a file system makes of a name
 * (backslashes, drives, streams) is for the one who writes it to check.
 */
public final class RepoPath {
    private static final int MAX_BYTES = 4096;

    private RepoPath() {}

    public static boolean isValid(String path) {
        if (path.indexOf('\0') >= 0) return false;
        byte[] utf8 = path.getBytes(StandardCharsets.UTF_8);
        // A lone surrogate has no UTF-8 form and would come back as "?".
        if (utf8.length > MAX_BYTES || !new String(utf8, StandardCharsets.UTF_8).equals(path)) return false;
        for (String name : path.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) return false;
        }
        return true;
    }
}
