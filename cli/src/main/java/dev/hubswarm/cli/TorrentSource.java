package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.MagnetLink.IndexRange;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the user gave to get a torrent by: a file, standard input, or a magnet link. Immutable.
 *
 * @param torrent null for a magnet, whose metadata comes from peers
 * @param name what to call it until that is here
 * @param trackers tiers (BEP 12)
 * @param webSeeds addresses of web servers (BEP 19)
 * @param peers that a magnet names
 * @param selected the files that a magnet selects, by their numbers (BEP 53); empty for all
 */
record TorrentSource(
        InfoHash infoHash,
        @Nullable Metainfo torrent,
        String name,
        List<List<String>> trackers,
        List<String> webSeeds,
        List<MagnetLink.PeerAddress> peers,
        List<IndexRange> selected) {
    private static final String MAGNET = "magnet:";

    private static final Pattern V1_HASH = Pattern.compile("[0-9a-fA-F]{40}");
    private static final Pattern V2_HASH = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*://.*");

    static TorrentSource read(String argument) throws UserError {
        if (argument.regionMatches(true, 0, MAGNET, 0, MAGNET.length())) return magnet(argument);
        if (URL.matcher(argument).matches()) {
            throw new UserError(
                    Kind.USAGE,
                    "Torrents are not fetched from the web.",
                    "Let another program do it: curl -fsSL '" + argument + "' | hubswarm torrent get -");
        }
        if (Files.notExists(Path.of(argument))) {
            if (V1_HASH.matcher(argument).matches()) return magnet(MAGNET + "?xt=urn:btih:" + argument);
            if (V2_HASH.matcher(argument).matches()) return magnet(MAGNET + "?xt=urn:btmh:1220" + argument);
        }
        return of(argument.equals("-") ? standardInput() : TorrentFile.read(Path.of(argument)));
    }

    @SuppressWarnings("StandardInput")
    private static Metainfo standardInput() throws UserError {
        InputStream in = System.in;
        try {
            return TorrentFile.read(in, "Standard input");
        } catch (IOException e) {
            throw new UserError(
                    Kind.FAILED,
                    "Standard input cannot be read: " + e.getMessage() + ".",
                    "Pipe the .torrent file into it, or give the file's name.",
                    e);
        }
    }

    private static TorrentSource of(Metainfo torrent) {
        return new TorrentSource(
                torrent.infoHash(),
                torrent,
                torrent.name(),
                torrent.extras().trackers(),
                torrent.extras().webSeeds(),
                List.of(),
                List.of());
    }

    private static TorrentSource magnet(String text) throws UserError {
        try {
            MagnetLink link = MagnetLink.parse(text);
            String name = link.name() == null ? "the magnet's torrent" : link.name();
            // Each is a tier of its own, as most clients have it: they are all asked.
            List<List<String>> trackers = link.trackers().stream().map(List::of).toList();
            return new TorrentSource(
                    link.infoHash(), null, name, trackers, link.webSeeds(), link.peers(), link.selectedFiles());
        } catch (MetainfoException e) {
            throw new UserError(
                    Kind.FAILED,
                    "The magnet link cannot be used: " + e.getMessage() + ".",
                    "Copy it again, in quotes, or use the .torrent file.",
                    e);
        }
    }

    /** Those that we can speak to; others are for other clients. */
    List<List<TrackerUrl>> trackerUrls() {
        return trackers.stream()
                .map(tier -> tier.stream().flatMap(TorrentSource::tracker).toList())
                .filter(tier -> !tier.isEmpty())
                .toList();
    }

    private static Stream<TrackerUrl> tracker(String url) {
        try {
            return Stream.of(TrackerUrl.parse(url));
        } catch (UserError e) {
            return Stream.of();
        }
    }

    /**
     * The peers of a magnet, one after the other, since a name service may keep us waiting for some. Whoever wrote it may
     * not send us to anything but peers (reliability.md T28).
     */
    void findPeers(Consumer<PeerAddress> found) {
        for (MagnetLink.PeerAddress named : peers) {
            try {
                PeerAddress peer =
                        PeerAddress.of(InetAddress.getByName(named.host()).getAddress(), named.port());
                if (peer.isDialable(true)) found.accept(peer);
            } catch (UnknownHostException e) {
                // There may be others.
                System.getLogger(TorrentSource.class.getName())
                        .log(System.Logger.Level.DEBUG, () -> "unknown: " + named.host());
            }
        }
    }

    /** What a magnet selects; all of any other torrent. */
    Predicate<FileEntry> wanted(Metainfo of) {
        if (selected.isEmpty()) return file -> true;
        List<FileEntry> files = of.files();
        Set<FileEntry> wanted = new HashSet<>();
        for (IndexRange range : selected) {
            for (int i = range.first(); i <= range.last() && i < files.size(); i++) wanted.add(files.get(i));
        }
        return wanted::contains;
    }
}
