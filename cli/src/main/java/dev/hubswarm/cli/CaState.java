package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.CaFolder.Prepared;
import dev.hubswarm.agent.tls.LocalAuthority;
import dev.hubswarm.agent.tls.SystemTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The local authority of this user, as the commands about it see it. Confined to one thread. */
final class CaState {
    private final Map<String, String> outer = OuterEnvironment.get();
    private final Path home = StateFolder.find(outer, UserFolders.home());
    private final Clock clock = Clock.systemUTC();

    CaFolder folder() {
        return CaFolder.in(home);
    }

    Clock clock() {
        return clock;
    }

    SystemTrust system() {
        return SystemTrust.of(folder());
    }

    LocalAuthority require() throws UserError {
        LocalAuthority authority = folder().read();
        if (authority != null) return authority;
        throw new UserError(
                Kind.NOT_FOUND,
                "There is no local certificate authority yet.",
                "`hubswarm run --https`, `hubswarm env --https` or `hubswarm ca export` makes one.");
    }

    Prepared prepare() throws UserError, InterruptedException {
        StateFolder.open(home);
        return folder().prepare(ProxyTrust.hosts(outer, agent()).domains(), Entrance.roots(outer), clock.instant());
    }

    Prepared renew() throws UserError, InterruptedException {
        StateFolder.open(home);
        return folder().renew(ProxyTrust.hosts(outer, agent()).domains(), Entrance.roots(outer), clock.instant());
    }

    private @Nullable ControlClient agent() {
        return ControlClient.find(home);
    }

    /** Whether the system trusts it: no, yes, or an older one. */
    String installed(LocalAuthority authority) throws UserError {
        X509Certificate root = system().installed();
        if (root == null) return "no";
        return root.equals(authority.root()) ? "yes" : "older";
    }
}
