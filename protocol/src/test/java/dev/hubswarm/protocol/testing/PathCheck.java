package dev.hubswarm.protocol.testing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows a path as POSIX and as Windows do, to see whether it stays below the folder it begins in. Made of what those
 * systems do and not of our rules, so that it can find a hole in them. Stateless.
 */
public final class PathCheck {
    private PathCheck() {}

    /** What is wrong with a path, element by element; null if each of its elements leads one step down everywhere. */
    public static @Nullable String fault(List<String> path) {
        if (path.isEmpty()) return "no path";
        String joined = String.join("/", path);
        if (joined.indexOf('\0') >= 0) return "ends at a NUL in C";
        String posix = walk(joined.split("/", -1), path.size());
        if (posix != null) return "POSIX: " + posix;
        if (joined.length() > 1 && joined.charAt(1) == ':') return "a drive";
        if (joined.chars().anyMatch(c -> c < 0x20)) return "Windows: a control character";
        String[] segments = joined.split("[/\\\\]", -1);
        for (int i = 0; i < segments.length; i++) segments[i] = onWindows(segments[i]);
        String windows = walk(segments, path.size());
        return windows == null ? null : "Windows: " + windows;
    }

    /** NTFS takes what follows a colon for a stream of the file; Win32 drops dots and spaces from the end. */
    private static String onWindows(String segment) {
        int colon = segment.indexOf(':');
        String file = colon < 0 ? segment : segment.substring(0, colon);
        if (file.strip().equals("..")) return "..";
        int end = file.length();
        while (end > 0 && (file.charAt(end - 1) == '.' || file.charAt(end - 1) == ' ')) end--;
        return file.substring(0, end);
    }

    private static @Nullable String walk(String[] segments, int names) {
        List<String> at = new ArrayList<>();
        for (int i = 0; i < segments.length; i++) {
            String segment = segments[i];
            if (segment.isEmpty() && i == 0) return "absolute";
            if (segment.isEmpty() || segment.equals(".")) continue;
            if (segment.equals("..")) {
                if (at.isEmpty()) return "above the root";
                at.remove(at.size() - 1);
            } else {
                at.add(segment);
            }
        }
        return at.size() == names ? null : "leads " + at.size() + " steps down and not " + names;
    }
}
