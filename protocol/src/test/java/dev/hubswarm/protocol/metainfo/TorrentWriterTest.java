package dev.hubswarm.protocol.metainfo;

import static dev.hubswarm.protocol.metainfo.Reading.read;
import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static dev.hubswarm.protocol.testing.Torrents.PIECE;
import static dev.hubswarm.protocol.testing.Torrents.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.protocol.testing.Torrents;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TorrentWriterTest {
    private static final byte[] INFO = encode(Torrents.v1Single("a", 1, PIECE).get("info"));

    static Stream<Dict> torrents() {
        Torrents.Content[] tree = {
            file("a", 3),
            file("b-c", 0),
            file("b/a/a", PIECE),
            file("b/a/b", PIECE + 1),
            file("b/b", 5 * PIECE),
            file("bb/x/y/z", 1),
            file("é", 2)
        };
        Dict isPrivate = Torrents.v1Single("a", PIECE + 1, PIECE);
        isPrivate.dict("info").put("private", 1);
        return Stream.of(
                Torrents.v1Single("a", PIECE + 1, PIECE),
                isPrivate,
                Torrents.v1("r", PIECE, tree),
                Torrents.v1("r", 12_345, file("z", 3), file("a", 40_000), file("m/n", 5)),
                Torrents.v2("a", PIECE, file("a", 3 * PIECE)),
                Torrents.v2("a", PIECE, file("a", 0)),
                Torrents.v2("r", 2 * PIECE, sorted(tree)),
                Torrents.hybrid("r", PIECE, sorted(tree)),
                Torrents.hybridSingle("a", 3 * PIECE, PIECE));
    }

    private static Torrents.Content[] sorted(Torrents.Content... files) {
        return Stream.of(files)
                .sorted((a, b) -> PathRules.TREE_ORDER.compare(
                        List.of(a.path().split("/")), List.of(b.path().split("/"))))
                .toArray(Torrents.Content[]::new);
    }

    @ParameterizedTest
    @MethodSource("torrents")
    void aTorrentIsWrittenAsItWas(Dict torrent) throws MetainfoException {
        torrent.put("announce", "http://a")
                .put("comment", "é")
                .put("created by", "x")
                .put("url-list", list("http://w/"));
        Metainfo read = read(torrent);
        assertArrayEquals(encode(torrent.get("info")), Rewriting.info(read));
        assertArrayEquals(encode(torrent), Rewriting.torrent(read));
    }

    @Test
    void extrasComeBack() throws MetainfoException {
        TorrentExtras extras = new TorrentExtras(
                List.of(List.of("http://a", "http://b"), List.of(), List.of("http://c")),
                List.of("http://w/"),
                "c",
                "b");
        Metainfo read = Metainfo.readStrictly(TorrentWriter.torrent(INFO, null, extras));
        assertEquals(extras, read.extras());
        assertEquals(2, read.extras().trackers().size());
    }

    @Test
    void tiersWithoutTrackersAreNone() throws MetainfoException {
        TorrentExtras extras = new TorrentExtras(List.of(List.of()), List.of(), null, null);
        assertEquals(TorrentExtras.NONE, extras);
        Metainfo read = Metainfo.readStrictly(TorrentWriter.torrent(INFO, null, extras));
        assertEquals(TorrentExtras.NONE, read.extras());
    }

    @Test
    void aSingleTrackerNeedsNoTiers() throws Exception {
        TorrentExtras extras = new TorrentExtras(List.of(List.of("http://a")), List.of(), null, null);
        Dict written = (Dict) Bencoding.decode(TorrentWriter.torrent(INFO, null, extras));
        assertEquals(2, written.entries().size());
        assertArrayEquals(Bencoding.bytes("http://a"), written.string("announce"));
    }

    @Test
    void pieceLayersAreSortedByTheirRoots() throws Exception {
        Hash high = Hash.ofHex("ff".repeat(32));
        Hash low = Hash.ofHex("00".repeat(32));
        Hash middle = Hash.ofHex("7f".repeat(32));
        Map<Hash, byte[]> layers = Map.of(high, new byte[1], low, new byte[2], middle, new byte[3]);
        Dict written = (Dict) Bencoding.decode(TorrentWriter.torrent(INFO, layers, TorrentExtras.NONE));
        List<Dict.Entry> entries = written.dict("piece layers").entries();
        assertArrayEquals(low.bytes(), entries.get(0).key);
        assertArrayEquals(middle.bytes(), entries.get(1).key);
        assertArrayEquals(high.bytes(), entries.get(2).key);
    }

    @Test
    void noPieceLayersAreAnEmptyDictionaryInV2AndNoneInV1() throws Exception {
        Dict v2 = (Dict) Bencoding.decode(TorrentWriter.torrent(INFO, Map.of(), TorrentExtras.NONE));
        assertEquals(0, v2.dict("piece layers").entries().size());
        Dict v1 = (Dict) Bencoding.decode(TorrentWriter.torrent(INFO, null, TorrentExtras.NONE));
        assertEquals(1, v1.entries().size());
    }

    @Test
    void filesOfATreeMustBeSorted() {
        Hash root = Hash.of(new byte[32]);
        List<FileEntry> files = List.of(
                new FileEntry(List.of("b"), 1, 0, root, false), new FileEntry(List.of("a"), 1, PIECE, root, false));
        TorrentWriter.Info info =
                new TorrentWriter.Info(TorrentVersion.V2, "r", PIECE, false, files, new byte[0], false);
        assertThrows(IllegalStateException.class, () -> TorrentWriter.info(info));
    }

    @Test
    void aFileOfATreeNeedsARoot() {
        List<FileEntry> files = List.of(new FileEntry(List.of("a"), 1, 0, null, false));
        TorrentWriter.Info info =
                new TorrentWriter.Info(TorrentVersion.V2, "r", PIECE, false, files, new byte[0], false);
        assertThrows(NullPointerException.class, () -> TorrentWriter.info(info));
    }
}
