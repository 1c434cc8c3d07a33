package dev.hubswarm.cli;

import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.LocalAuthority;
import dev.hubswarm.agent.tls.SystemTrust;
import dev.hubswarm.base.UserError;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Finds out whether the local authority is fit, if there is one. Used once. */
final class CaExamination {
    private static final String SUBJECT = "authority";

    private final CaFolder folder;
    private final SystemTrust system;
    private final Instant now;

    CaExamination(CaFolder folder, Instant now) {
        this.folder = folder;
        this.system = SystemTrust.of(folder);
        this.now = now;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        try {
            LocalAuthority authority = folder.read();
            X509Certificate installed = system.installed();
            if (authority == null) {
                findings.add(Finding.ok(SUBJECT, "There is none, as nothing needed it yet."));
            } else {
                findings.add(time(authority));
                if (installed != null && !installed.equals(authority.root()))
                    findings.add(Finding.warning(
                            SUBJECT, "The system trusts an older one. `hubswarm ca install` replaces it."));
            }
        } catch (UserError e) {
            findings.add(Finding.problem(SUBJECT, e));
        }
        return findings;
    }

    private Finding time(LocalAuthority authority) {
        String until = authority.validUntil().toString();
        if (!authority.isValid(now))
            return Finding.warning(
                    SUBJECT,
                    "It is valid from " + authority.validFrom() + " to " + until
                            + ", and the clock says another time. If that is right, run `hubswarm ca renew`.");
        long days = Duration.between(now, authority.validUntil()).toDays();
        if (days < CaFolder.RENEWAL.toDays())
            return Finding.warning(
                    SUBJECT, "It ends in " + days + " days, " + until + ". `hubswarm ca renew` makes a new one.");
        return Finding.ok(SUBJECT, "Valid until " + until + ", for " + String.join(", ", authority.hosts()) + ".");
    }
}
