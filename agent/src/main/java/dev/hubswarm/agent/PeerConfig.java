package dev.hubswarm.agent;

import dev.hubswarm.protocol.announce.PeerAddress;
import org.jspecify.annotations.Nullable;

/**
 * How peers meet this machine. Immutable.
 *
 * @param port 0 for any that is free; null for the usual one, or the next that is free
 * @param uploadLimit bytes per second, 0 for none
 * @param downloadLimit bytes per second, 0 for none
 */
public record PeerConfig(@Nullable Integer port, long uploadLimit, long downloadLimit) {
    public static final PeerConfig DEFAULT = new PeerConfig(null, 0, 0);

    public PeerConfig {
        check(port == null || (port >= 0 && port <= PeerAddress.MAX_PORT), "--peer-port", port, "a number up to 65535");
        check(uploadLimit >= 0, "--upload-limit", uploadLimit, "0 or more");
        check(downloadLimit >= 0, "--download-limit", downloadLimit, "0 or more");
    }

    private static void check(boolean ok, String option, @Nullable Object got, String wanted) {
        if (!ok) throw new IllegalArgumentException(option + " is " + got + ". Set it to " + wanted + ".");
    }
}
