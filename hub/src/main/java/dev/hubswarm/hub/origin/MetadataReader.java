package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubErrors.Subject;
import dev.hubswarm.hub.request.Revision;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the Hub says of a file from the headers of the file's own answer, or of the redirect to storage. Storage
 * itself is not asked: its tags look like digests of the content and are none. Stateless.
 */
final class MetadataReader {
    private MetadataReader() {}

    /** Whether the answer says anything of a file. */
    static boolean describes(Answer<?> answer) {
        return answer.isGood() || (answer.isRedirect() && answer.headers().get("X-Repo-Commit") != null);
    }

    static FileMetadata read(Answer<?> answer, Subject subject) throws UserError {
        Headers headers = answer.headers();
        String commit = headers.get("X-Repo-Commit");
        if (commit == null || !Revision.isCommit(commit)) throw HubErrors.incomplete(subject, "its commit");
        Revision asked = subject.revision();
        if (asked != null && asked.isCommit() && !asked.name().equals(commit)) throw HubErrors.moved(subject);
        String digest = digest(either(headers.get("X-Linked-Etag"), headers.get("ETag")));
        if (digest == null) throw HubErrors.incomplete(subject, "its digest");
        // Else the length is that of the redirect's text, or of something encoded.
        boolean plain = answer.isGood() && headers.get("Content-Encoding") == null;
        String size = either(headers.get("X-Linked-Size"), plain ? headers.get("Content-Length") : null);
        if (size == null || !size.matches("[0-9]{1,18}")) throw HubErrors.incomplete(subject, "its size");
        URI location = location(answer);
        if (location == null) throw HubErrors.incomplete(subject, "where it is");
        return new FileMetadata(commit, ContentDigest.of(digest), Long.parseLong(size), location);
    }

    private static @Nullable String either(@Nullable String value, @Nullable String fallback) {
        return value == null ? fallback : value;
    }

    private static @Nullable String digest(@Nullable String etag) {
        if (etag == null) return null;
        String text = etag.trim();
        if (text.startsWith("W/")) text = text.substring(2);
        text = text.replace("\"", "").toLowerCase(Locale.ROOT);
        return ContentDigest.isDigest(text) ? text : null;
    }

    /** As it is written, since a signature may cover each character. */
    private static @Nullable URI location(Answer<?> answer) {
        String location = answer.isRedirect() ? answer.headers().get("Location") : null;
        if (location == null) return answer.url().uri();
        HttpUrl parsed = answer.url().resolve(location);
        // TLS does not lead to plain text, and storage needs no user.
        if (parsed == null || !parsed.username().isEmpty() || (answer.url().isHttps() && !parsed.isHttps()))
            return null;
        try {
            URI written = new URI(location);
            if (written.isAbsolute() && written.getHost() != null) return written;
        } catch (URISyntaxException e) {
            // Then as every other client would send it.
        }
        return parsed.uri();
    }
}
