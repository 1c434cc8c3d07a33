package dev.hubswarm.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about the local certificate authority. */
@Command(
        name = "ca",
        description = "Show and change the local certificate authority of `env --https` and `run --https`.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {
            CaShowCommand.class,
            CaExportCommand.class,
            CaRenewCommand.class,
            CaInstallCommand.class,
            CaUninstallCommand.class
        })
final class CaCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: show, export, renew, install or uninstall.");
    }
}
