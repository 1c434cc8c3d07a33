package dev.hubswarm.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about torrent files. */
@Command(
        name = "torrent",
        description = "Make, show, check and download torrents.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        subcommands = {
            TorrentCreateCommand.class,
            TorrentShowCommand.class,
            TorrentVerifyCommand.class,
            TorrentMagnetCommand.class,
            TorrentGetCommand.class
        })
final class TorrentCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: create, show, verify, magnet or get.");
    }
}
