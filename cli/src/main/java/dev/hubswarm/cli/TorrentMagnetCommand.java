package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the magnet link of a torrent. */
@Command(
        name = "magnet",
        description = "Print the magnet link of a torrent.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  hubswarm torrent magnet model.safetensors.torrent"})
final class TorrentMagnetCommand implements Callable<Integer> {
    @Parameters(paramLabel = "F", description = "The .torrent file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private Path file;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError {
        MagnetLink link = MagnetLink.of(TorrentFile.read(file));
        spec.commandLine().getOut().println(json ? new Json().put("magnet", link.toString()) : link);
        return ExitCode.DONE;
    }
}
