package dev.hubswarm.javaagent.core;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the agent's proxy is: as the option says, else as {@code agent.json} does. A port out of {@code agent.json} is
 * not asked: after the agent's end anybody could listen there, and would be sent tokens. Immutable.
 */
final class Agent {
    private static final String SOCKET = "\"sockets\"\\s*:\\s*\\{[^}]*\"proxy\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"";

    private final @Nullable SocketAddress named;
    private final Path home;

    Agent(@Nullable String option, Map<String, String> environment, String userHome) {
        named = option == null ? null : address(option);
        home = home(environment, userHome);
    }

    Path home() {
        return home;
    }

    /** Looked up each time: an agent may come and go while the program runs. */
    AgentSocket connect() throws IOException {
        return AgentSocket.connect(named == null ? UnixDomainSocketAddress.of(noted()) : named);
    }

    private Path noted() throws IOException {
        checkHome();
        Matcher socket = Pattern.compile(SOCKET).matcher(Files.readString(home.resolve("agent.json")));
        if (!socket.find()) return home.resolve("proxy.sock");
        return Path.of(socket.group(1).replaceAll("\\\\(.)", "$1"));
    }

    /** As the agent does, which would not start there: whoever can put a socket there is sent tokens. */
    private void checkHome() throws IOException {
        if (!home.getFileSystem().supportedFileAttributeViews().contains("posix")) return;
        PosixFileAttributes attributes = Files.readAttributes(home, PosixFileAttributes.class);
        Set<PosixFilePermission> mode = attributes.permissions();
        Path self = Path.of("/proc/self");
        if (mode.contains(PosixFilePermission.GROUP_WRITE)
                || mode.contains(PosixFilePermission.OTHERS_WRITE)
                || (Files.exists(self) && !attributes.owner().equals(Files.getOwner(self))))
            throw new IOException(home + " belongs to others, or is open to them");
    }

    private static SocketAddress address(String option) {
        if (!option.startsWith("http://")) return UnixDomainSocketAddress.of(option);
        URI uri = URI.create(option);
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /** As for every hubswarm program (design.md section 7). */
    private static Path home(Map<String, String> environment, String userHome) {
        String own = environment.getOrDefault("HUBSWARM_HOME", "");
        if (!own.isBlank()) return Path.of(own);
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        // A relative path is to be ignored (XDG Base Directory Specification).
        boolean usable = Path.of(state).isAbsolute();
        return usable ? Path.of(state, "hubswarm") : Path.of(userHome, ".local", "state", "hubswarm");
    }
}
