package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Takes back what {@link CaInstallCommand} did. */
@Command(
        name = "uninstall",
        description = "Have the system trust the local authority no more. That it does not is fine.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The authority itself stays, for `run --https`. To be rid of it, too, delete the folder",
            "`ca` in HUBSWARM_HOME.",
            "",
            "Example:",
            "  hubswarm ca uninstall"
        })
final class CaUninstallCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        boolean was = new CaState().system().uninstall();
        spec.commandLine()
                .getErr()
                .println(
                        was
                                ? "hubswarm: The system trusts the local authority no more."
                                : "hubswarm: Nothing was installed from here.");
        return ExitCode.DONE;
    }
}
