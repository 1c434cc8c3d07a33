package dev.hubswarm.javaagent.core;

import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the Hub said of a file when it sent the program elsewhere for its bytes. Immutable.
 *
 * @param target the file at its commit, as the agent's proxy is asked for it
 * @param authorization the caller's, by which the Hub just let it pass
 * @param digest sha256 in lower-case hex
 * @param etag what the CDN calls the file, so that the program may ask the CDN again some day; null if the Hub did not
 *     say
 * @param version of HTTP that the program's client and the Hub spoke; null if it did not say
 */
public record Link(
        String target,
        @Nullable String authorization,
        String digest,
        long size,
        @Nullable String etag,
        @Nullable Object version) {
    /** Smaller ones are in no swarm (design.md section 4). */
    private static final long LEAST = 1 << 20;

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Pattern PATH =
            Pattern.compile("(/.*?/resolve/)(?:refs/(?:pr|convert)/[^/?]+|[^/?]+)(/[^?]+)(?:\\?.*)?");
    private static final Pattern DIGEST = Pattern.compile("(?:W/)?\"?([0-9a-fA-F]{64})\"?");
    private static final Pattern XET_HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /**
     * Null if the answer is no redirect of a file that could be in a swarm.
     *
     * @param path of the request, with its query
     */
    static @Nullable Link of(
            String path,
            @Nullable String authorization,
            int status,
            Function<String, @Nullable String> header,
            @Nullable Object version) {
        if (!REDIRECTS.contains(status)) return null;
        String commit = header.apply("X-Repo-Commit");
        String digest = header.apply("X-Linked-ETag");
        String size = header.apply("X-Linked-Size");
        if (commit == null
                || digest == null
                || size == null
                || !COMMIT.matcher(commit).matches()) return null;
        Matcher place = PATH.matcher(path);
        Matcher hex = DIGEST.matcher(digest);
        if (!place.matches() || !hex.matches() || !size.matches("\\d{1,18}") || Long.parseLong(size) < LEAST)
            return null;
        // Other ways to say who one is are between the program and the Hub.
        if (authorization != null && !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) return null;
        return new Link(
                place.group(1) + commit + place.group(2),
                authorization,
                hex.group(1).toLowerCase(Locale.ROOT),
                Long.parseLong(size),
                tag(header.apply("X-Xet-Hash")),
                version);
    }

    /** A file of the Xet store is known there by its hash; others have tags that nobody foretells. */
    private static @Nullable String tag(@Nullable String xetHash) {
        return xetHash != null && XET_HASH.matcher(xetHash).matches() ? '"' + xetHash + '"' : null;
    }

    boolean isNamedBy(@Nullable String etag) {
        if (etag == null) return false;
        Matcher hex = DIGEST.matcher(etag);
        return hex.matches() && hex.group(1).equalsIgnoreCase(digest);
    }

    @Override
    public String toString() {
        // Never the token.
        return target;
    }
}
