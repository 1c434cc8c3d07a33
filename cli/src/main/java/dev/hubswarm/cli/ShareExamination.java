package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.origin.RepoInfo;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import java.util.Random;

/** Finds out whether a repo's files may be shared: whether the Hub gives them to anybody, without a token. Stateless. */
final class ShareExamination {
    private static final String SUBJECT = "sharing";

    private final HubOptions options;

    ShareExamination(HubOptions options) {
        this.options = options;
    }

    Finding finding(RepoRef repo, boolean sharesUpstream) throws InterruptedException {
        Random random = new Random();
        try {
            OriginConfig config = options.origin();
            if (config.offline()) return Finding.warning(SUBJECT, "Not tried, since we are offline.");
            if (!config.isPublicOrLocal() && !sharesUpstream) {
                return Finding.warning(
                        SUBJECT,
                        "Nothing of " + config.endpoint()
                                + " is shared: what it gives to everybody here, others may not" + " see.");
            }
            try (HubOrigin origin = new HubOrigin(config.anonymous(), new RateBudget(random), random)) {
                return Finding.ok(SUBJECT, about(repo, origin.repoInfo(repo, Revision.MAIN)));
            }
        } catch (UserError e) {
            return Finding.warning(
                    SUBJECT,
                    "Files of " + repo + " are not shared, since the Hub does not show it to anybody: "
                            + e.getMessage());
        }
    }

    private static String about(RepoRef repo, RepoInfo info) {
        String why = switch (info.gated()) {
            case NO -> info.isPrivate() ? "it is private" : info.disabled() ? "it is disabled" : "";
            default -> "it is gated";
        };
        return why.isEmpty()
                ? "Anybody may read " + repo + ", so its files of 1 MiB or more may be shared."
                : "Files of " + repo + " are not shared, since " + why + ".";
    }
}
