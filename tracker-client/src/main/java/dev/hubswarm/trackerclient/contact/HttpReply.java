package dev.hubswarm.trackerclient.contact;

import java.io.IOException;

/**
 * What a server answered.
 *
 * @param overLoopback whether the server is on this machine
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record HttpReply(int status, byte[] body, boolean overLoopback) {
    public boolean isGood() {
        return status >= 200 && status < 300;
    }

    /** As {@link #isGood}; false if there is nothing, an exception if it says neither. */
    public boolean isThere() throws IOException {
        if (isGood()) return true;
        if (status == 404) return false;
        throw new IOException("status " + status);
    }
}
