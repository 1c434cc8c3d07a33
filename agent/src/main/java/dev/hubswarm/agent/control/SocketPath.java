package dev.hubswarm.agent.control;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Where a socket of the agent's goes. Stateless. */
public final class SocketPath {
    /** Of {@code sockaddr_un}, on Linux; elsewhere it is a little less, and the agent does without a socket. */
    private static final int MOST_BYTES = 107;

    private SocketPath() {}

    /**
     * Null if each place has too long a name.
     *
     * @param name what it is for, such as control
     */
    public static @Nullable Path find(Path home, @Nullable Path runtimeFolder, String name) {
        Path usual = home.resolve(name + ".sock");
        if (fits(usual)) return usual;
        if (runtimeFolder == null || !Files.isDirectory(runtimeFolder)) return null;
        // A user may have several of these.
        Path other = runtimeFolder.resolve("hubswarm-" + digest(home) + "." + name + ".sock");
        return fits(other) ? other : null;
    }

    private static boolean fits(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES;
    }

    private static String digest(Path home) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(home.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
