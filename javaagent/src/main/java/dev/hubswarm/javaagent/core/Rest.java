package dev.hubswarm.javaagent.core;

import java.io.IOException;
import java.io.InputStream;

/** The same bytes from where the Hub had sent the program, by the program's own client, if the agent stops in between. */
@FunctionalInterface
public interface Rest {
    /**
     * The answer to a request for {@code bytes=from-to}, both included.
     *
     * @throws IOException as the program would have seen it
     */
    Reply ask(long from, long to) throws IOException;

    /** @param contentRange empty if it was not said */
    record Reply(int status, String contentRange, InputStream body) {}
}
