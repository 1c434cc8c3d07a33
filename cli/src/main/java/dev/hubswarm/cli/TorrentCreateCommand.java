package dev.hubswarm.cli;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a torrent. */
@Command(
        name = "create",
        description = "Make a torrent of a file or folder.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  hubswarm torrent create model.safetensors",
            "      the canonical torrent: the same for these bytes wherever and by whomever it is made",
            "  hubswarm torrent create my-dataset -o data.torrent --tracker http://tracker.example:8472/announce",
            "      a hybrid torrent of a folder",
            "  hubswarm torrent create film.mkv --kind plain --v1 --piece-length 2MiB",
            "      for clients that know nothing of version 2",
            "  hubswarm torrent create snapshots/5617a9f61b028005a4858fdac845db406aefb181 --kind snapshot",
            "      a whole repo at one commit, as llmpt trackers know it"
        })
final class TorrentCreateCommand implements Callable<Integer> {
    private static final Set<String> TRACKER_SCHEMES = Set.of("http", "https", "udp");
    private static final Set<String> WEB_SCHEMES = Set.of("http", "https");
    private static final Path STANDARD_OUTPUT = Path.of("-");

    @Parameters(paramLabel = "PATH", description = "The file or folder.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private Path path;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "F",
            description = "Where to write it: a file, a folder, or - for standard output. Default: PATH's name with "
                    + ".torrent behind it, in the current folder.")
    private @Nullable Path output;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = "file: canonical, by the content alone; snapshot: a Hub repo at a commit; plain: anything. "
                    + "Default: file for a file, plain for a folder.")
    private @Nullable TorrentKind kind;

    @Option(names = "--v1", description = "Plain: version 1 only (BEP 3).")
    private boolean v1;

    @Option(names = "--v2", description = "Plain: version 2 only (BEP 52).")
    private boolean v2;

    @Option(names = "--hybrid", description = "Plain: both versions in one. This is the default.")
    private boolean hybrid;

    @Option(
            names = "--piece-length",
            paramLabel = "N",
            converter = Sizes.class,
            description = "Plain: a power of two from 16KiB to 128MiB. Default: by size, 256KiB to 64MiB.")
    private @Nullable Long pieceLength;

    @Option(names = "--name", paramLabel = "NAME", description = "Plain and snapshot: another name than that of PATH.")
    private @Nullable String name;

    @Option(names = "--tracker", paramLabel = "URL", description = "An announce URL. May be repeated; each is a tier.")
    private List<String> trackers = List.of();

    @Option(names = "--web-seed", paramLabel = "URL", description = "A BEP 19 web seed. May be repeated.")
    private List<String> webSeeds = List.of();

    @Option(names = "--comment", paramLabel = "TEXT", description = "A comment for people.")
    private @Nullable String comment;

    @Option(names = "--private", description = "Plain: ask clients to find peers by the trackers alone (BEP 27).")
    private boolean isPrivate;

    @Option(names = "--digests", description = "Also print the sha256 and git sha1 of every file, from the same read.")
    private boolean digests;

    @Option(names = "--force", description = "Replace an existing output file.")
    private boolean force;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        long startedNanos = System.nanoTime();
        TorrentCreator.Request request = request();
        Path target = target();
        checkTarget(target);

        TorrentCreator.Created created;
        try (HashPool pool = HashPool.perCore();
                ProgressLine progress = report.progress("Hashing", isStandardOutput(target))) {
            created = new TorrentCreator(pool).create(request, progress);
        }
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        write(target, created.torrent());
        PrintWriter out = isStandardOutput(target) ? report.err() : report.out();
        if (report.json()) out.println(json(target, created, seconds));
        else if (!report.quiet()) print(out, target, created, seconds);
        return ExitCode.DONE;
    }

    private TorrentCreator.Request request() {
        TorrentKind kind =
                this.kind != null ? this.kind : Files.isDirectory(path) ? TorrentKind.PLAIN : TorrentKind.FILE;
        if (kind != TorrentKind.PLAIN) {
            String only =
                    " is for --kind plain; a " + kind.name().toLowerCase(Locale.ROOT) + " torrent has no choice there.";
            if (v1 || (v2 && kind == TorrentKind.FILE)) throw usage((v1 ? "--v1" : "--v2") + only);
            if (hybrid && kind == TorrentKind.SNAPSHOT) throw usage("--hybrid" + only);
            if (pieceLength != null) throw usage("--piece-length" + only);
            if (isPrivate) throw usage("--private" + only);
            if (name != null && kind == TorrentKind.FILE) throw usage("--name" + only);
        }
        if ((v1 ? 1 : 0) + (v2 ? 1 : 0) + (hybrid ? 1 : 0) > 1) throw usage("Choose one of --v1, --v2 and --hybrid.");
        TorrentVersion version = v1 ? TorrentVersion.V1 : v2 ? TorrentVersion.V2 : TorrentVersion.HYBRID;
        for (String tracker : trackers) checkUrl("--tracker", tracker, TRACKER_SCHEMES);
        for (String webSeed : webSeeds) checkUrl("--web-seed", webSeed, WEB_SCHEMES);
        String createdBy = kind == TorrentKind.FILE ? null : "hubswarm/" + Version.number();
        TorrentExtras extras =
                new TorrentExtras(trackers.stream().map(List::of).toList(), webSeeds, comment, createdBy);
        Set<ContentDigest.Kind> wanted = digests ? EnumSet.allOf(ContentDigest.Kind.class) : Set.of();
        int pieces = pieceLength == null ? 0 : pieceLength(pieceLength);
        return new TorrentCreator.Request(path, kind, version, pieces, name, isPrivate, extras, wanted);
    }

    private int pieceLength(long bytes) {
        if (!PieceLengthPolicy.isLegal(bytes)) {
            throw usage("--piece-length is " + bytes + ". Use a power of two from 16KiB to 128MiB, such as 4MiB.");
        }
        return (int) bytes;
    }

    private void checkUrl(String option, String url, Set<String> schemes) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() != null
                    && schemes.contains(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT))) return;
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw usage(option + " is '" + url + "'. Use a full URL, such as "
                + schemes.iterator().next() + "://host:port/path.");
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Path target() throws UserError {
        if (output != null && (isStandardOutput(output) || !Files.isDirectory(output))) return output;
        Path source = path.toAbsolutePath().normalize().getFileName();
        if (source == null) throw new UserError(Kind.USAGE, path + " has no name.", "Say with -o where to write.");
        Path file = Path.of(source + ".torrent");
        return output == null ? file : output.resolve(file);
    }

    private static boolean isStandardOutput(Path target) {
        return target.equals(STANDARD_OUTPUT);
    }

    /** Says before hours of hashing what would fail after them. */
    private void checkTarget(Path target) throws UserError {
        if (isStandardOutput(target)) return;
        boolean exists = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
        boolean replaceable = force && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS);
        if (exists && !replaceable) throw exists(target, null);
        if (Files.exists(path) && Files.exists(target) && isSame(path, target)) {
            throw new UserError(Kind.USAGE, target + " is what the torrent is of.", "Choose another with -o.");
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw FileErrors.writing(target, new NoSuchFileException(String.valueOf(folder)));
        }
        if (!Files.isWritable(folder)) throw FileErrors.writing(target, new AccessDeniedException(folder.toString()));
    }

    private static boolean isSame(Path source, Path target) throws UserError {
        try {
            return Files.isSameFile(source, target);
        } catch (IOException e) {
            throw FileErrors.reading(source, e);
        }
    }

    private void write(Path target, Metainfo torrent) throws UserError {
        try {
            if (isStandardOutput(target)) {
                // System.out would keep to itself why it failed.
                try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
                    out.write(torrent.bytes());
                }
            } else {
                DurableFile.write(target, torrent.bytes(), force);
            }
        } catch (FileAlreadyExistsException e) {
            throw exists(target, e);
        } catch (IOException e) {
            throw FileErrors.writing(target, e);
        }
    }

    private static UserError exists(Path target, @Nullable Throwable cause) {
        return new UserError(
                Kind.FAILED,
                target + " exists already.",
                "Choose another with -o, or replace it with --force if it is a file.",
                cause);
    }

    private void print(PrintWriter out, Path target, TorrentCreator.Created created, double seconds) {
        Metainfo torrent = created.torrent();
        out.println("Created " + (isStandardOutput(target) ? "torrent" : Printable.of(target.toString())) + " in "
                + String.format(Locale.ROOT, "%.1f s", seconds));
        TorrentText.printHead(out, torrent);
        if (digests) {
            created.digests()
                    .forEach((file, hashes) -> out.println(String.format(
                            "  %s  %s  %s",
                            hashes.get(ContentDigest.Kind.SHA256),
                            hashes.get(ContentDigest.Kind.GIT_SHA1),
                            Printable.of(String.join("/", file)))));
        }
        out.println("  magnet        " + MagnetLink.of(torrent));
    }

    private Json json(Path target, TorrentCreator.Created created, double seconds) {
        Metainfo torrent = created.torrent();
        List<Json> files = new ArrayList<>();
        created.digests().forEach((file, hashes) -> files.add(json(file, hashes)));
        Json summary = Json.event("summary").put("output", target.toString());
        TorrentText.putHead(summary, torrent)
                .put("magnet", MagnetLink.of(torrent).toString());
        if (digests) summary.put("digests", files);
        return summary.put("seconds", seconds);
    }

    private static Json json(List<String> file, Map<ContentDigest.Kind, Hash> hashes) {
        return new Json()
                .put("path", String.join("/", file))
                .put("sha256", hashes.get(ContentDigest.Kind.SHA256))
                .put("git_sha1", hashes.get(ContentDigest.Kind.GIT_SHA1));
    }
}
