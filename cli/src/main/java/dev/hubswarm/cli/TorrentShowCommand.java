package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a torrent says. */
@Command(
        name = "show",
        description = "Show what a torrent says.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  hubswarm torrent show model.safetensors.torrent",
            "  hubswarm torrent show model.safetensors.torrent --json | jq -r .info_hash_v2"
        })
final class TorrentShowCommand implements Callable<Integer> {
    private static final int FILES_SHOWN = 100;

    @Parameters(paramLabel = "F", description = "The .torrent file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private Path file;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = "--all", description = "List every file; without it, the first " + FILES_SHOWN + ".")
    private boolean all;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError {
        Metainfo torrent = TorrentFile.read(file);
        PrintWriter out = spec.commandLine().getOut();
        if (json) out.println(json(torrent));
        else print(out, torrent);
        return ExitCode.DONE;
    }

    private void print(PrintWriter out, Metainfo torrent) {
        TorrentText.printHead(out, torrent);
        torrent.extras()
                .trackers()
                .forEach(tier -> TorrentText.line(out, "tracker", Printable.of(String.join(" ", tier))));
        torrent.extras().webSeeds().forEach(url -> TorrentText.line(out, "web seed", Printable.of(url)));
        String comment = torrent.extras().comment();
        String createdBy = torrent.extras().createdBy();
        if (comment != null) TorrentText.line(out, "comment", Printable.of(comment));
        if (createdBy != null) TorrentText.line(out, "created by", Printable.of(createdBy));
        List<FileEntry> files = TorrentText.payload(torrent);
        out.println("  files");
        int shown = all ? files.size() : Math.min(files.size(), FILES_SHOWN);
        for (FileEntry entry : files.subList(0, shown)) {
            out.println(String.format(
                    Locale.ROOT, "  %10s  %s", Sizes.format(entry.length()), Printable.of(entry.displayPath())));
        }
        if (shown < files.size()) out.println("  … and " + (files.size() - shown) + " more; --all lists them");
    }

    private static Json json(Metainfo torrent) {
        List<Json> files = TorrentText.payload(torrent).stream()
                .map(entry -> new Json()
                        .put("path", entry.displayPath())
                        .put("length", entry.length())
                        .put("pieces_root", entry.piecesRoot()))
                .toList();
        return TorrentText.putHead(new Json(), torrent)
                .put("private", torrent.isPrivate())
                .put("files", files)
                .put("trackers", torrent.extras().trackers())
                .put("web_seeds", torrent.extras().webSeeds())
                .put("comment", torrent.extras().comment())
                .put("created_by", torrent.extras().createdBy());
    }
}
