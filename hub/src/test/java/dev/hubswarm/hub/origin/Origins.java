package dev.hubswarm.hub.origin;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Origins for tests: on loopback, in virtual time. Stateless. */
final class Origins {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private Origins() {}

    static OriginConfig config(String endpoint, @Nullable String token) {
        return new OriginConfig(
                URI.create(endpoint),
                token == null ? null : new Redacted(token),
                ProxyRules.NONE,
                null,
                false,
                "hubswarm-test",
                TIMEOUT,
                TIMEOUT,
                OriginConfig.DEFAULT_RETRIES);
    }

    static HubOrigin open(OriginConfig config, VirtualClock clock) throws UserError {
        return new HubOrigin(config, new RateBudget(clock, new Random(1)), new Random(2));
    }

    static HubOrigin open(String endpoint, @Nullable String token) throws UserError {
        return open(config(endpoint, token), new VirtualClock());
    }
}
