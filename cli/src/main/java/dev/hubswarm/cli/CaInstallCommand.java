package dev.hubswarm.cli;

import dev.hubswarm.agent.tls.LocalAuthority;
import dev.hubswarm.agent.tls.SystemTrust;
import dev.hubswarm.base.UserError;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Has all programs of this machine trust the local authority. */
@Command(
        name = "install",
        description = "Have the system trust the local authority, for programs that listen to no variable.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Mostly `hubswarm run --https` does without. On Linux this takes root; who is not root",
            "is told the commands. `hubswarm ca uninstall` takes it back. Browsers with a store of",
            "their own, as Firefox, are left alone.",
            "",
            "Example:",
            "  hubswarm ca install"
        })
final class CaInstallCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        CaState state = new CaState();
        LocalAuthority authority = state.prepare().authority();
        SystemTrust system = state.system();
        system.install(authority);
        SystemTrust.Store store = system.store();
        PrintWriter err = spec.commandLine().getErr();
        err.println("hubswarm: The system trusts " + authority.fingerprint() + " for "
                + String.join(", ", authority.hosts()) + " until `hubswarm ca uninstall`.");
        if (store != null && !store.tested())
            err.println(
                    "hubswarm: With " + store.name() + " trust store this was never tried; look whether it worked.");
        return ExitCode.DONE;
    }
}
