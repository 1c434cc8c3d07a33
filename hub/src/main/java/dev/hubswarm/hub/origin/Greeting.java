package dev.hubswarm.hub.origin;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the Hub answers when asked who we are. Immutable.
 *
 * @param status 200 or 401, if all is well
 * @param token whether one was sent
 * @param account whose token it is, if the Hub takes it
 * @param date the Hub's time, if it tells
 */
public record Greeting(
        int status,
        boolean token,
        @Nullable String account,
        @Nullable Instant date) {}
