package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.base.Redacted;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what. Immutable.
 *
 * <p>Each question compares with every token in full, so that the time it takes tells nothing of any of them.
 *
 * @param publish by the name of the publisher; empty if everybody may publish
 * @param read what may be asked for with; empty if everybody may ask
 * @param admin null if nobody administers by the API
 */
public record AccessTokens(
        Map<String, Redacted> publish,
        List<Redacted> read,
        @Nullable Redacted admin) {
    public static final AccessTokens NONE = new AccessTokens(Map.of(), List.of(), null);

    public AccessTokens {
        publish = Map.copyOf(publish);
        read = List.copyOf(read);
    }

    /** The name of the publisher whose token this is; null if it is nobody's. */
    @Nullable
    String publisher(@Nullable String token) {
        String found = null;
        for (Map.Entry<String, Redacted> publisher : publish.entrySet()) {
            if (matches(token, publisher.getValue())) found = publisher.getKey();
        }
        return found;
    }

    /** Whoever may publish or administer may read too. */
    boolean mayRead(@Nullable String token) {
        boolean found = read.isEmpty();
        for (Redacted one : read) found |= matches(token, one);
        found |= publisher(token) != null;
        found |= isAdmin(token);
        return found;
    }

    /**
     * What may be announced with; empty if everybody may ask. Whoever publishes a file also seeds it; but an
     * administrator has no peers, and a token in a path stands in torrents and logs.
     */
    public List<Redacted> announce() {
        if (read.isEmpty()) return List.of();
        return Stream.concat(read.stream(), publish.values().stream()).toList();
    }

    boolean isAdmin(@Nullable String token) {
        return admin != null && matches(token, admin);
    }

    private static boolean matches(@Nullable String token, Redacted secret) {
        return token != null && MessageDigest.isEqual(bytes(token), bytes(secret.reveal()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
