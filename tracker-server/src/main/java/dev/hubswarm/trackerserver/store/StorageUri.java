package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the tracker keeps what it must not forget: {@code --storage}. Immutable. */
public sealed interface StorageUri {
    /** Until the process ends. */
    record Memory() implements StorageUri {}

    /** In a file, for one process. */
    record Sqlite(Path file) implements StorageUri {}

    /** In a server, for several processes. */
    record Redis(String host, int port, @Nullable Redacted password, int database, boolean tls) implements StorageUri {
        static final int DEFAULT_PORT = 6379;
    }

    static StorageUri parse(String text) throws UserError {
        if (text.equals("memory")) return new Memory();
        try {
            if (text.startsWith("sqlite:") && text.length() > "sqlite:".length())
                return new Sqlite(Path.of(text.substring("sqlite:".length())));
            if (text.startsWith("redis://") || text.startsWith("rediss://")) return redis(new URI(text));
        } catch (URISyntaxException | InvalidPathException | NumberFormatException e) {
            // Not kept as a cause: its message quotes the text, which may hold a password.
        }
        throw unknown();
    }

    private static Redis redis(URI uri) throws UserError {
        String user = uri.getRawUserInfo();
        String path = uri.getPath();
        boolean plain = uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null;
        if (!plain || uri.getPort() > 65_535 || (user != null && !user.startsWith(":"))) throw unknown();
        return new Redis(
                uri.getHost(),
                uri.getPort() < 0 ? Redis.DEFAULT_PORT : uri.getPort(),
                user == null ? null : new Redacted(uri.getUserInfo().substring(1)),
                path.length() <= 1 ? 0 : Integer.parseUnsignedInt(path.substring(1)),
                uri.getScheme().equals("rediss"));
    }

    private static UserError unknown() {
        return new UserError(
                Kind.USAGE,
                "--storage is none that the tracker knows.",
                "Give memory, sqlite:FILE, redis://[:PASSWORD@]HOST:PORT/DB or rediss://[:PASSWORD@]HOST:PORT/DB.");
    }
}
