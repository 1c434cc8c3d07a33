package dev.hubswarm.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The head of a message, as a socket gives it. Stateless. */
public final class HttpHead {
    private HttpHead() {}

    /**
     * With the empty line at its end, and nothing behind that.
     *
     * @throws EOFException if there is no whole one
     */
    public static String read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) throw new EOFException("no whole head: " + head);
            head.append((char) next);
        }
        return head.toString();
    }
}
