package dev.hubswarm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is known of the terminal behind standard error. Stateless. */
final class Terminal {
    private static final Path STDERR = Path.of("/proc/self/fd/2");
    private static final int DEFAULT_WIDTH = 80;

    private Terminal() {}

    /**
     * Whether somebody watches standard error, so that a line may be drawn over. The launcher knows and says so;
     * Java itself can ask only about input and output together, and since 22 not even that.
     */
    static boolean isInteractive() {
        if ("dumb".equals(System.getenv("TERM"))) return false;
        if (Boolean.getBoolean("hubswarm.terminal")) return true;
        try {
            String target = Files.readSymbolicLink(STDERR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    static int width() {
        @Nullable String columns = System.getenv("COLUMNS");
        try {
            return columns == null ? DEFAULT_WIDTH : Math.max(20, Integer.parseInt(columns));
        } catch (NumberFormatException e) {
            return DEFAULT_WIDTH;
        }
    }
}
