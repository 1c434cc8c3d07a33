package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.TorrentVerifier;
import dev.hubswarm.torrentcreator.VerifyReport;
import dev.hubswarm.torrentcreator.VerifyReport.BadPiece;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Checks files against a torrent. */
@Command(
        name = "verify",
        description = "Check files against a torrent, and name the pieces that are bad.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit code 0 if all is as the torrent says, 5 if not.",
            "",
            "Examples:",
            "  hubswarm torrent verify model.safetensors.torrent model.safetensors",
            "  hubswarm torrent verify data.torrent my-dataset --json"
        })
final class TorrentVerifyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "F", description = "The .torrent file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private Path file;

    @Parameters(index = "1", paramLabel = "PATH", description = "The file or folder, or the folder around it.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private Path path;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    /** Neighbouring bad pieces that touch the same files, so that a missing file is one line and not thousands. */
    private record BadRun(int first, int last, List<String> files) {}

    @Override
    public Integer call() throws UserError, InterruptedException {
        Metainfo torrent = TorrentFile.read(file);
        VerifyReport found;
        try (HashPool pool = HashPool.perCore();
                ProgressLine progress = report.progress("Verifying")) {
            found = new TorrentVerifier(pool).verify(torrent, path, progress);
        }
        PrintWriter out = report.out();
        List<BadRun> runs = runs(found.badPieces());
        if (report.json()) out.println(json(found, runs));
        else if (!report.quiet()) print(out, found, runs);
        return found.isGood() ? ExitCode.DONE : ExitCode.DAMAGED;
    }

    private static List<BadRun> runs(List<BadPiece> pieces) {
        List<BadRun> runs = new ArrayList<>();
        for (BadPiece piece : pieces) {
            BadRun last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
            boolean goesOn = last != null && last.last + 1 == piece.piece() && last.files.equals(piece.files());
            if (last != null && goesOn) runs.set(runs.size() - 1, new BadRun(last.first, piece.piece(), last.files));
            else runs.add(new BadRun(piece.piece(), piece.piece(), piece.files()));
        }
        return runs;
    }

    private static void print(PrintWriter out, VerifyReport found, List<BadRun> runs) {
        found.unreadable().values().stream().sorted().forEach(why -> out.println(Printable.of(why)));
        found.wrongSize().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(file -> out.println(
                        "wrong size: " + Printable.of(file.getKey()) + " has " + file.getValue() + " bytes"));
        for (BadRun run : runs) {
            String pieces =
                    run.first == run.last ? "bad piece " + run.first : "bad pieces " + run.first + " to " + run.last;
            out.println(pieces + ": " + Printable.of(String.join(", ", run.files)));
        }
        if (found.digestDiffers()) {
            out.println("The pieces fit the torrent, but the content is not that of the sha256 it is named for: "
                    + "the torrent is a forgery. Do not use it.");
        }
        out.println(
                found.isGood()
                        ? "Good: all " + TorrentText.count(found.pieceCount(), "piece") + " match."
                        : "Damaged: " + found.badPieces().size() + " of "
                                + TorrentText.count(found.pieceCount(), "piece") + " bad.");
    }

    private static Json json(VerifyReport found, List<BadRun> runs) {
        List<Json> bad = runs.stream()
                .map(run ->
                        new Json().put("first", run.first).put("last", run.last).put("files", run.files))
                .toList();
        List<Json> unreadable = found.unreadable().entrySet().stream()
                .map(file -> new Json().put("path", file.getKey()).put("reason", file.getValue()))
                .toList();
        List<Json> wrongSize = found.wrongSize().entrySet().stream()
                .map(file -> new Json().put("path", file.getKey()).put("size", file.getValue()))
                .toList();
        return Json.event("summary")
                .put("good", found.isGood())
                .put("piece_count", found.pieceCount())
                .put("bad_piece_count", found.badPieces().size())
                .put("bad_pieces", bad)
                .put("unreadable", unreadable)
                .put("wrong_size", wrongSize)
                .put("digest_differs", found.digestDiffers());
    }
}
