package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.Greeting;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.origin.UpstreamProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Finds out whether the Hub can be reached, and what it thinks of the token. Used once. */
final class HubExamination {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration MOST_OFF = Duration.ofMinutes(2);
    private static final int UNAUTHORIZED = 401;

    private final HubOptions options;
    private final List<Finding> findings = new ArrayList<>();

    HubExamination(HubOptions options) {
        this.options = options;
    }

    List<Finding> findings() throws InterruptedException {
        try {
            OriginConfig config = options.origin();
            token(config, greet(config));
        } catch (UserError e) {
            findings.add(Finding.problem("settings", e));
        }
        return findings;
    }

    /** Null if the Hub did not answer. */
    private @Nullable Greeting greet(OriginConfig config) throws InterruptedException {
        if (config.offline()) {
            findings.add(Finding.warning(
                    "network",
                    "Not tried, since we are offline. Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to use it."));
            return null;
        }
        Random random = new Random();
        try (HubOrigin origin = new HubOrigin(config.hasty(TIMEOUT), new RateBudget(random), random)) {
            Greeting greeting = origin.greet();
            String how = config.endpoint() + " answers " + greeting.status() + way(config);
            boolean good = greeting.account() != null || greeting.status() == UNAUTHORIZED;
            findings.add(
                    good
                            ? Finding.ok("network", config.endpoint() + " answers" + way(config) + ".")
                            : Finding.warning(
                                    "network", how + ", which a Hub does not. Check HF_ENDPOINT, or try again later."));
            clock(greeting, Instant.now());
            return greeting;
        } catch (UserError e) {
            findings.add(Finding.problem("network", e));
            return null;
        }
    }

    /** Links expire by the Hub's clock, and certificates by ours. */
    private void clock(Greeting greeting, Instant now) {
        Instant date = greeting.date();
        if (date == null) return;
        Duration off = Duration.between(date, now).abs();
        findings.add(
                off.compareTo(MOST_OFF) <= 0
                        ? Finding.ok("clock", "It goes as the Hub's does.")
                        : Finding.warning(
                                "clock",
                                "It is " + off.toMinutes() + " minutes from the Hub's, which certificates and links may"
                                        + " not bear. Set it, or let a time service do so."));
    }

    private static String way(OriginConfig config) {
        UpstreamProxy proxy = config.proxies().proxyFor(config.endpoint());
        String way = proxy == null
                ? ", without a proxy"
                : ", through the proxy " + proxy.address().getHostString() + ":"
                        + proxy.address().getPort();
        if (!"https".equalsIgnoreCase(config.endpoint().getScheme())) return way + ", in plain text";
        return way + (config.extraCa() == null ? ", by TLS" : ", by TLS, with the authorities of " + config.extraCa());
    }

    private void token(OriginConfig config, @Nullable Greeting greeting) throws UserError {
        String from = options.tokenSource();
        if (from == null) {
            findings.add(Finding.ok("token", "None. Private and gated repos need one, in HF_TOKEN."));
        } else if (greeting == null) {
            findings.add(Finding.warning("token", "The one from " + from + " was not tried, for want of the Hub."));
        } else if (greeting.account() != null) {
            findings.add(Finding.ok(
                    "token", "The one from " + from + " is accepted, as " + Printable.of(greeting.account()) + "'s."));
        } else if (!greeting.token()) {
            findings.add(Finding.warning(
                    "token",
                    "The one from " + from + " is not sent to " + config.endpoint()
                            + ", in plain text. Use an https:// address."));
        } else if (greeting.status() == UNAUTHORIZED) {
            findings.add(Finding.problem(
                    "token",
                    new UserError(
                            Kind.NOT_ALLOWED,
                            "The Hub does not accept the one from " + from + ".",
                            "Get another at " + config.endpoint()
                                    + "/settings/tokens, or unset it for public repos.")));
        } else {
            findings.add(Finding.warning("token", "Whether the one from " + from + " is good, the Hub does not say."));
        }
    }
}
