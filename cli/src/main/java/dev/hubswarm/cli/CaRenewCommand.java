package dev.hubswarm.cli;

import dev.hubswarm.agent.tls.LocalAuthority;
import dev.hubswarm.base.UserError;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Makes a new local authority. */
@Command(
        name = "renew",
        description = "Make a new local authority in place of the one there is, as after a theft.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A running agent uses it from the next connection on. Programs that run already know",
            "the old one only; start them anew.",
            "",
            "Example:",
            "  hubswarm ca renew"
        })
final class CaRenewCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        CaState state = new CaState();
        LocalAuthority authority = state.renew().authority();
        PrintWriter err = spec.commandLine().getErr();
        err.println("hubswarm: The local authority is new: " + authority.fingerprint() + ".");
        if (state.installed(authority).equals("older"))
            err.println("hubswarm: The system trusts the old one. `hubswarm ca install` replaces it.");
        return ExitCode.DONE;
    }
}
