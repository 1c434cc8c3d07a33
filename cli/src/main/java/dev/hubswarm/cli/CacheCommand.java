package dev.hubswarm.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about the Hugging Face cache. */
@Command(
        name = "cache",
        description = "List, check and clean the Hugging Face cache.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {CacheLsCommand.class, CacheVerifyCommand.class, CacheGcCommand.class})
final class CacheCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: ls, verify or gc.");
    }
}
