package dev.hubswarm.cli;

import dev.hubswarm.agent.PeerConfig;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.OriginEnvironment;
import dev.hubswarm.p2pengine.store.TorrentFiles;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Downloads what a torrent describes, and seeds it. */
@Command(
        name = "get",
        description = "Download the content of a torrent from peers, and seed it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Until all of it is right, it is in a folder whose name ends in .part. What was",
            "broken off goes on where it stopped when the same command runs again. What is",
            "there already is checked, and not downloaded again: that is how to seed it.",
            "Canonical torrents name a file by its digest; -o says how you call it. While it",
            "runs, peers see this machine's address, and it sends them what it has.",
            "",
            "Examples:",
            "  hubswarm torrent get model.safetensors.torrent -o model.safetensors --seed",
            "  hubswarm torrent get 'magnet:?xt=urn:btih:...' --dir ~/models --seed=2h",
            "  hubswarm torrent get data.torrent --peer 192.0.2.7:6881 --select data/a.bin",
            "  curl -s https://example.org/data.torrent | hubswarm torrent get - --json"
        })
final class TorrentGetCommand implements Callable<Integer> {
    private static final long CLEAN_UP_SECONDS = 20;

    @Parameters(
            paramLabel = "F|MAGNET",
            description = "The .torrent file, - for standard input, a magnet link, or an info hash.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private String what;

    @Option(
            names = {"-d", "--dir"},
            paramLabel = "DIR",
            converter = UserFolders.class,
            description = "In which folder the file, or the folder of files, goes. Default: here.")
    private Path folder = Path.of("").toAbsolutePath();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "PATH",
            description = "Where it goes, or is, if not by the torrent's own name.")
    private @Nullable String output;

    @Option(
            names = "--select",
            paramLabel = "PATH",
            description = "Only this file or folder of the torrent, as torrent show prints it. May be repeated.")
    private List<String> select = List.of();

    @Option(
            names = "--peer",
            paramLabel = "HOST:PORT",
            converter = PeerName.class,
            description = "Somebody who has it, or some of it. May be repeated.")
    private List<InetSocketAddress> peers = List.of();

    @Option(
            names = "--tracker",
            paramLabel = "URL",
            description = "A tracker to ask, beside those that the torrent names. May be repeated.")
    private List<String> trackers = List.of();

    @Option(
            names = "--web-seed",
            paramLabel = "URL",
            description = "A web server that has it, at any address; those that the torrent names must have a public"
                    + " one. May be repeated.")
    private List<String> webSeeds = List.of();

    @Mixin
    private final PeerOptions peerOptions = new PeerOptions();

    @Option(
            names = "--seed",
            paramLabel = "RATIO|TIME",
            arity = "0..1",
            converter = SeedGoal.Converter.class,
            preprocessor = SeedGoal.Attached.class,
            description = "Then seed it: until its size was sent so many times, or for a time such as 90s, 30m, 2h, or"
                    + " until stopped.")
    private @Nullable SeedGoal seed;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    private boolean isSeeding;
    private final Map<String, String> environment = OuterEnvironment.get();
    private final Path home = UserFolders.home();

    @Override
    public Integer call() throws UserError, InterruptedException {
        long startedNanos = System.nanoTime();
        if (Files.exists(folder) && !Files.isDirectory(folder))
            throw usage("--dir is " + folder + ", which is not a folder.");
        if (what.isBlank()) throw usage("The name of the torrent is empty.");
        if (output != null && output.isBlank()) throw usage("The name after --output is empty.");
        PeerConfig meeting = peerOptions.config();
        Path state = StateFolder.find(environment, home);
        Path notes = state.resolve("torrents");
        List<List<TrackerUrl>> own = new ArrayList<>();
        for (String tracker : trackers) own.add(List.of(TrackerUrl.parse(tracker)));
        TorrentSource source = TorrentSource.read(what);
        if (source.torrent() != null) checkTrackers(source.torrent());
        OwnNotes.makeFolder(state, notes, "Until then all that is there is checked at each start.", report.err());
        return InterruptGuard.run(CLEAN_UP_SECONDS, () -> {
            try (TorrentView view = view();
                    TorrentGet get = start(source, meeting, view, state.resolve("bans"))) {
                get(source, own, get, view, notes, startedNanos);
                return ExitCode.DONE;
            } catch (InterruptedException e) {
                // Here, since nothing is printed any more once the interrupt was answered.
                if (!isSeeding) report.err().println("hubswarm: Interrupted. The same command goes on from here.");
                throw e;
            }
        });
    }

    /** A private torrent's peers come from its own trackers alone (BEP 27). */
    private void checkTrackers(Metainfo torrent) throws UserError {
        if (!torrent.isPrivate() || trackers.isEmpty()) return;
        throw new UserError(
                Kind.NOT_ALLOWED,
                torrent.name() + " is private: only the trackers that it names may be asked.",
                "Leave out --tracker.");
    }

    private TorrentView view() {
        ProgressLine.Style style = report.style();
        PrintWriter out = style == ProgressLine.Style.JSON ? report.out() : report.err();
        return new TorrentView(out, style, Terminal.width(), System.nanoTime());
    }

    private TorrentGet start(TorrentSource source, PeerConfig own, TorrentView view, Path bans) throws UserError {
        NettyMachine.name();
        TlsTrust tls = TlsTrust.of(OriginEnvironment.extraCa(environment, home));
        SwarmConfig config =
                SwarmConfig.on(new InetSocketAddress(0)).withLimits(own.uploadLimit(), own.downloadLimit());
        return new TorrentGet(source.infoHash(), source.name(), config, own.port(), tls, bans, view);
    }

    private void get(
            TorrentSource source,
            List<List<TrackerUrl>> own,
            TorrentGet get,
            TorrentView view,
            Path notes,
            long startedNanos)
            throws UserError, InterruptedException {
        view.listening(get.port());
        Metainfo torrent = source.torrent();
        if (torrent == null) {
            meet(get, view, source);
            announce(get, source, source.infoHash(), own);
            torrent = get.awaitMetadata();
            checkTrackers(torrent);
        }
        Predicate<FileEntry> wanted = wanted(torrent, source);
        try (TorrentPlace place = TorrentPlace.find(torrent, named(torrent), wanted)) {
            if (seed != null && !place.isThere() && output == null && torrent.isSingleFile())
                view.say(place.named() + " is not there, so it is fetched first. Do you have it by another name? Then"
                        + " give that with -o.");
            try {
                get.open(torrent, place, wanted, notes);
                if (place.isThere()) get.awaitChecked();
                if (!place.isThere() || seed != null) {
                    if (source.torrent() != null) meet(get, view, source);
                    // A magnet may have named one side of a hybrid only.
                    if (!get.isAnnounced(torrent.infoHash())) announce(get, source, torrent.infoHash(), own);
                    get.begin(torrent, webSeeds, source.webSeeds(), seed != null);
                }
                get.awaitComplete();
            } catch (UserError e) {
                throw place.isThere() && e.kind() == Kind.DAMAGED ? place.taken(e) : e;
            }
            get.land(place);
            TorrentSummary summary = new TorrentSummary(torrent, wanted, place, startedNanos);
            if (report.json() && seed != null) report.out().println(summary.json("complete", get.status()));
            else if (!report.json() && !report.quiet()) summary.print(report, view, get.status());
            if (seed != null && !report.json())
                view.say("Seeding. Peers call port " + get.port() + "; Ctrl-C ends it.");
            isSeeding = seed != null;
            try {
                if (seed != null) get.seed(seed);
            } finally {
                // Ctrl-C is how most seeding ends.
                view.close();
                if (report.json()) report.out().println(summary.json("summary", get.status()));
                else if (seed != null && !report.quiet()) summary.printSent(report, get.status());
            }
        }
    }

    private Path named(Metainfo torrent) throws UserError {
        if (output == null) return TorrentFiles.named(torrent, folder);
        if (torrent.isSingleFile() && output.endsWith("/"))
            throw usage(
                    "--output is " + output + ", which can be no file. Use --dir for the folder that it goes into.");
        Path named = folder.resolve(OriginEnvironment.path(output, home)).normalize();
        if (named.getParent() == null) throw usage("--output is " + named + ". Name a file or folder in it.");
        return named;
    }

    /** Calls those who are named. */
    private void meet(TorrentGet get, TorrentView view, TorrentSource source) throws UserError, InterruptedException {
        List<PeerAddress> known = knownPeers(view);
        get.findPeers(source);
        get.call(known);
        boolean hasServers = !(webSeeds.isEmpty() && source.webSeeds().isEmpty());
        boolean isMagnet = source.torrent() == null;
        boolean isAlone = (isMagnet || !hasServers)
                && known.isEmpty()
                && source.peers().isEmpty()
                && trackers.isEmpty()
                && source.trackerUrls().isEmpty();
        if (!isAlone || seed != null) return;
        if (!peers.isEmpty()) {
            throw new UserError(
                    Kind.FAILED,
                    "There is nobody to fetch " + source.name() + " from: no host that --peer names is known here, and"
                            + " nobody else is named.",
                    "Check how they are spelled, and the network.");
        }
        if (hasServers) {
            throw new UserError(
                    Kind.FAILED,
                    "There are only web servers to fetch " + source.name()
                            + " from, and what files it has a magnet link" + " leaves to peers to tell.",
                    "Use the .torrent file, or name somebody who has it with --peer HOST:PORT, or a tracker with"
                            + " --tracker URL.");
        }
        view.say("The torrent names no tracker. Name one with --tracker URL, or somebody who has it with --peer"
                + " HOST:PORT. Until then it waits for peers who call port " + get.port() + ".");
    }

    /** A name that is not known here spoils nothing for the others. */
    private List<PeerAddress> knownPeers(TorrentView view) {
        List<PeerAddress> known = new ArrayList<>();
        for (InetSocketAddress peer : peers) {
            try {
                InetAddress host = InetAddress.getByName(peer.getHostString());
                known.add(PeerAddress.of(host.getAddress(), peer.getPort()));
            } catch (UnknownHostException e) {
                view.say(
                        "--peer names the host " + peer.getHostString() + ", which is not known here. It is left out.");
            }
        }
        return known;
    }

    private static void announce(TorrentGet get, TorrentSource source, InfoHash infoHash, List<List<TrackerUrl>> own) {
        for (List<TrackerUrl> tracker : own) get.announce(infoHash, List.of(tracker));
        get.announce(infoHash, source.trackerUrls());
    }

    private Predicate<FileEntry> wanted(Metainfo torrent, TorrentSource source) throws UserError {
        if (select.isEmpty()) {
            Predicate<FileEntry> selected = source.wanted(torrent);
            if (torrent.files().stream().noneMatch(selected)) {
                throw new UserError(
                        Kind.NOT_FOUND,
                        torrent.name() + " has none of the files that the magnet link selects.",
                        "Name some with --select.");
            }
            return selected;
        }
        for (String path : select) {
            if (torrent.files().stream().noneMatch(file -> isIn(path, file))) {
                throw new UserError(
                        Kind.NOT_FOUND,
                        torrent.name() + " has no file or folder " + path + ".",
                        "`hubswarm torrent show` lists what it has.");
            }
        }
        return file -> select.stream().anyMatch(path -> isIn(path, file));
    }

    private static boolean isIn(String path, FileEntry file) {
        String folder = path.endsWith("/") ? path : path + "/";
        return !file.padding() && (file.displayPath() + "/").startsWith(folder);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
