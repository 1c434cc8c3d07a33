package dev.hubswarm.protocol.metainfo;

import static dev.hubswarm.protocol.metainfo.Reading.lenientRefusal;
import static dev.hubswarm.protocol.metainfo.Reading.read;
import static dev.hubswarm.protocol.metainfo.Reading.readLeniently;
import static dev.hubswarm.protocol.metainfo.Reading.refusal;
import static dev.hubswarm.protocol.metainfo.Reading.strictRefusal;
import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static dev.hubswarm.protocol.testing.Torrents.PIECE;
import static dev.hubswarm.protocol.testing.Torrents.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.testing.Bencoding.Raw;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.protocol.testing.NaiveMerkle;
import dev.hubswarm.protocol.testing.Torrents;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetainfoTest {
    // ---- the three kinds

    @Test
    void aV1FileIsRead() throws MetainfoException {
        Dict torrent = Torrents.v1Single("model.bin", 2 * PIECE + 5, PIECE);
        Metainfo read = read(torrent);
        assertEquals(TorrentVersion.V1, read.version());
        assertEquals("model.bin", read.name());
        assertTrue(read.isSingleFile());
        assertFalse(read.isPrivate());
        assertEquals(PIECE, read.pieceLength());
        assertEquals(3, read.pieceCount());
        assertEquals(1, read.fileCount());
        assertEquals(2 * PIECE + 5, read.payloadSize());
        assertEquals(2 * PIECE + 5, read.spaceSize());
        assertEquals(List.of(new FileEntry(List.of("model.bin"), 2 * PIECE + 5, 0, null, false)), read.files());
        byte[] pieces = torrent.dict("info").string("pieces");
        assertEquals(ByteBuffer.wrap(pieces), read.v1Pieces());
        assertEquals(Hash.of(pieces, 40, 20), read.v1Piece(2));
        assertEquals(0, read.v2Pieces(read.files().get(0)).length);
        assertEquals(TorrentExtras.NONE, read.extras());
    }

    @Test
    void aV1FolderIsReadInTheOrderOfItsList() throws MetainfoException {
        Metainfo read =
                read(Torrents.v1("repo", PIECE, file("z", 5), file("a/b", PIECE), file("a/c/d", 0), file("y", 7)));
        assertEquals(TorrentVersion.V1, read.version());
        assertFalse(read.isSingleFile());
        assertEquals(
                List.of(
                        new FileEntry(List.of("z"), 5, 0, null, false),
                        new FileEntry(List.of("a", "b"), PIECE, 5, null, false),
                        new FileEntry(List.of("a", "c", "d"), 0, PIECE + 5, null, false),
                        new FileEntry(List.of("y"), 7, PIECE + 5, null, false)),
                read.files());
        assertEquals(PIECE + 12, read.payloadSize());
        assertEquals(2, read.pieceCount());
        assertEquals("a/c/d", read.files().get(2).displayPath());
    }

    @Test
    void aV2FileIsRead() throws MetainfoException {
        Metainfo read = read(Torrents.v2("model.bin", 2 * PIECE, file("model.bin", 5 * PIECE)));
        assertEquals(TorrentVersion.V2, read.version());
        assertTrue(read.isSingleFile());
        assertEquals(3, read.pieceCount());
        byte[] content = file("model.bin", 5 * PIECE).bytes();
        FileEntry only = read.files().get(0);
        assertEquals(Hash.of(NaiveMerkle.root(content)), only.piecesRoot());
        assertArrayEquals(NaiveMerkle.layer(content, 2 * PIECE), read.v2Pieces(only));
        assertThrows(IllegalStateException.class, read::v1Pieces);
        assertThrows(IllegalStateException.class, () -> read.v1Piece(0));
    }

    @Test
    void aV2FolderAlignsEachFileToAPiece() throws MetainfoException {
        Metainfo read = read(
                Torrents.v2("repo", PIECE, file("a", 3), file("b/c", PIECE), file("b/d", 0), file("e", PIECE + 1)));
        assertFalse(read.isSingleFile());
        assertEquals(4, read.fileCount());
        assertEquals(4, read.pieceCount());
        assertEquals(2 * PIECE + 4, read.payloadSize());
        assertEquals(3 * PIECE + 1, read.spaceSize());
        List<FileEntry> files = read.files();
        assertEquals(List.of("a", ".pad/16381", "b/c", "b/d", "e"), paths(files));
        assertEquals(
                List.of(0L, 3L, (long) PIECE, 2L * PIECE, 2L * PIECE),
                files.stream().map(FileEntry::offset).toList());
        assertTrue(files.get(1).padding());
        assertNull(files.get(3).piecesRoot());
        assertEquals(0, read.v2Pieces(files.get(3)).length);
        assertArrayEquals(NaiveMerkle.root(file("a", 3).bytes()), read.v2Pieces(files.get(0)));
    }

    @Test
    void aV2FolderWithOneFileOfAnotherNameIsNoSingleFile() throws MetainfoException {
        assertFalse(read(Torrents.v2("repo", PIECE, file("model.bin", 5))).isSingleFile());
        assertFalse(read(Torrents.v2("repo", PIECE, file("repo/repo", 5))).isSingleFile());
        assertTrue(read(Torrents.v2("repo", PIECE, file("repo", 5))).isSingleFile());
    }

    @Test
    void aHybridHasBothHashes() throws MetainfoException {
        Dict torrent =
                Torrents.hybrid("repo", PIECE, file("a", 3), file("b", 2 * PIECE + 9), file("c", 0), file("d", 4));
        Metainfo read = read(torrent);
        assertEquals(TorrentVersion.HYBRID, read.version());
        assertTrue(read.version().hasV1() && read.version().hasV2());
        byte[] info = encode(torrent.get("info"));
        assertEquals(Hash.of(NaiveMerkle.sha1(info)), read.infoHash().v1());
        assertEquals(Hash.of(NaiveMerkle.sha256(info)), read.infoHash().v2());
        assertEquals(InfoHash.of(info, TorrentVersion.HYBRID), read.infoHash());
        assertEquals(ByteBuffer.wrap(info), read.info());
        assertEquals(List.of("a", ".pad/16381", "b", "c", ".pad/16375", "d"), sortedByOffset(read));
        assertEquals(5, read.pieceCount());
        assertEquals(5 * 20, read.v1Pieces().remaining());
    }

    @Test
    void aHybridOfOneFileIsRead() throws MetainfoException {
        Metainfo read = read(Torrents.hybridSingle("m", 3 * PIECE, 2 * PIECE));
        assertTrue(read.isSingleFile());
        assertEquals(TorrentVersion.HYBRID, read.version());
        assertEquals(2, read.pieceCount());
        assertEquals(2 * 32, read.v2Pieces(read.files().get(0)).length);
    }

    @Test
    void aHybridMayEndInPadding() throws MetainfoException {
        Dict torrent = Torrents.hybrid("repo", PIECE, file("a", 3));
        torrent.dict("info").list("files").add(Torrents.padding(PIECE - 3));
        Metainfo read = read(torrent);
        assertEquals(List.of("a", ".pad/16381"), paths(read.files()));
        assertEquals(PIECE, read.spaceSize());
        assertEquals(3, read.payloadSize());
        assertEquals(1, read.fileCount());
    }

    @Test
    void infoHashesAreMadeForTheHashesATorrentHas() throws MetainfoException {
        InfoHash v1 = read(Torrents.v1Single("a", 1, PIECE)).infoHash();
        assertNull(v1.v2());
        assertEquals(20, Objects.requireNonNull(v1.v1()).length());
        InfoHash v2 = read(Torrents.v2("a", PIECE, file("a", 1))).infoHash();
        assertNull(v2.v1());
        assertEquals(32, Objects.requireNonNull(v2.v2()).length());
        assertEquals(20, v2.v2().truncated().length());
    }

    @Test
    void emptyFilesAloneMakeNoPieces() throws MetainfoException {
        Metainfo v1 = read(Torrents.v1("r", PIECE, file("a", 0), file("b", 0)));
        assertEquals(0, v1.pieceCount());
        assertEquals(2, v1.fileCount());
        assertEquals(
                0, read(Torrents.v2("r", PIECE, file("a", 0), file("b", 0))).pieceCount());
        assertThrows(IndexOutOfBoundsException.class, () -> v1.v1Piece(0));
    }

    @Test
    void piecesOutsideAreNoPieces() throws MetainfoException {
        Metainfo read = read(Torrents.v1Single("a", PIECE + 1, PIECE));
        assertThrows(IndexOutOfBoundsException.class, () -> read.v1Piece(2));
        assertThrows(IndexOutOfBoundsException.class, () -> read.v1Piece(-1));
    }

    @Test
    void torrentsAreEqualIfTheirBytesAre() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        Metainfo read = read(torrent);
        assertEquals(read, read(torrent));
        assertEquals(read.hashCode(), read(torrent).hashCode());
        assertNotEquals(read, read(torrent.put("comment", "x")));
        assertTrue(read.toString().startsWith("a ("));
        byte[] copy = read.bytes();
        copy[0] = 'x';
        assertArrayEquals(encode(Torrents.v1Single("a", 1, PIECE)), read.bytes());
    }

    @Test
    void itsViewsCannotBeWrittenTo() throws MetainfoException {
        Metainfo read = read(Torrents.v1Single("a", 1, PIECE));
        assertTrue(read.info().isReadOnly());
        assertTrue(read.v1Pieces().isReadOnly());
    }

    // ---- padding and attributes

    @Test
    void paddingIsNoPayload() throws MetainfoException {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 10), file("b", PIECE - 20));
        torrent.dict("info").list("files").add(1, Torrents.padding(10));
        Metainfo read = read(torrent);
        assertEquals(2, read.fileCount());
        assertEquals(PIECE - 10, read.payloadSize());
        assertEquals(PIECE, read.spaceSize());
        assertEquals(
                new FileEntry(List.of(".pad", "10"), 10, 10, null, true),
                read.files().get(1));
        assertEquals(20, read.files().get(2).offset());
    }

    @ParameterizedTest
    @ValueSource(strings = {"l2:..4:evile", "l0:e", "le", "l1:/1:\u0000e"})
    void thePathOfPaddingIsNeverUsed(String path) throws MetainfoException {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 10));
        torrent.dict("info").list("files").add(dict("attr", "xp", "length", 7, "path", new Raw(path)));
        assertEquals(List.of("a", ".pad/7"), paths(read(torrent).files()));
    }

    @Test
    void paddingNeedsNoPath() throws MetainfoException {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 10));
        torrent.dict("info").list("files").add(dict("attr", "p", "length", 7));
        torrent.dict("info")
                .list("files")
                .add(dict("length", 0, "path", list("..")).append("attr", "p"));
        assertEquals(
                List.of("a", ".pad/7", ".pad/0"), paths(readLeniently(torrent).files()));
    }

    @Test
    void paddingMayHaveOneNameManyTimes() throws MetainfoException {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 10));
        for (int i = 0; i < 3; i++) torrent.dict("info").list("files").add(Torrents.padding(1));
        assertEquals(4, read(torrent).files().size());
    }

    @Test
    void paddingAloneIsNoTorrent() {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 10));
        torrent.dict("info").put("files", list(Torrents.padding(10)));
        assertEquals("its list of files is empty", refusal(torrent));
    }

    @Test
    void aV2TreeHasNoPadding() {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 10));
        fileInTree(torrent, "a").put("attr", "p");
        assertEquals("the file tree has padding in it", refusal(torrent));
    }

    @Test
    void otherAttributesAreNoMatter() throws MetainfoException {
        Dict v1 = Torrents.v1("r", PIECE, file("a", 10));
        ((Dict) v1.dict("info").list("files").get(0)).put("attr", "xh");
        assertFalse(read(v1).files().get(0).padding());
        Dict v2 = Torrents.v2("r", PIECE, file("a", 10));
        fileInTree(v2, "a").put("attr", "x");
        assertEquals(1, read(v2).fileCount());
        Dict single = Torrents.v1Single("a", 10, PIECE);
        single.dict("info").put("attr", "x");
        assertTrue(read(single).isSingleFile());
        single.dict("info").put("attr", list("l"));
        assertTrue(read(single).isSingleFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"attr", "symlink path"})
    void symbolicLinksAreRefusedInAllThreePlaces(String key) {
        Object value = key.equals("attr") ? "xl" : list("..", "etc", "passwd");
        String rule = "it contains a symbolic link, which could point anywhere";
        Dict single = Torrents.v1Single("a", 10, PIECE);
        single.dict("info").put(key, value);
        assertEquals(rule, refusal(single));
        Dict v1 = Torrents.v1("r", PIECE, file("a", 10), file("b", 0));
        ((Dict) v1.dict("info").list("files").get(1)).put(key, value);
        assertEquals(rule, refusal(v1));
        Dict v2 = Torrents.v2("r", PIECE, file("a", 10), file("b/c", 0));
        v2.dict("info").dict("file tree").dict("b").dict("c").dict("").put(key, value);
        assertEquals(rule, refusal(v2));
    }

    @Test
    void aLinkThatIsPaddingTooIsALink() {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 10));
        torrent.dict("info").list("files").add(dict("attr", "pl", "length", 0, "path", list("b")));
        assertEquals("it contains a symbolic link, which could point anywhere", refusal(torrent));
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, true", "2, true", "-1, true"})
    void privateIsAnyNumberButZero(int value, boolean isPrivate) throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        torrent.dict("info").put("private", value);
        assertEquals(isPrivate, read(torrent).isPrivate());
    }

    @Test
    void privateOfAnotherTypeIsNoMatter() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        torrent.dict("info").put("private", "1");
        assertFalse(read(torrent).isPrivate());
    }

    // ---- hints

    @Test
    void hintsAreRead() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE)
                .put("announce", "http://ignored")
                .put("announce-list", list(list("http://a", "udp://b"), list("http://c")))
                .put("comment", "a comment, é")
                .put("created by", "someone")
                .put("url-list", list("http://w1/", "http://w2/"));
        TorrentExtras extras = read(torrent).extras();
        assertEquals(List.of(List.of("http://a", "udp://b"), List.of("http://c")), extras.trackers());
        assertEquals(List.of("http://w1/", "http://w2/"), extras.webSeeds());
        assertEquals("a comment, é", extras.comment());
        assertEquals("someone", extras.createdBy());
    }

    @Test
    void theSingleTrackerCountsWhereThereAreNoTiers() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE).put("announce", "http://a");
        assertEquals(List.of(List.of("http://a")), read(torrent).extras().trackers());
        torrent.put("announce-list", list(list(), list("")));
        assertEquals(List.of(List.of("http://a")), read(torrent).extras().trackers());
        torrent.put("announce", "");
        assertEquals(List.of(), read(torrent).extras().trackers());
    }

    @Test
    void aTierOrAWebSeedMayBeATextInsteadOfAList() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE)
                .put("announce-list", list("http://a", list("http://b")))
                .put("url-list", "http://w/");
        assertEquals(
                List.of(List.of("http://a"), List.of("http://b")),
                read(torrent).extras().trackers());
        assertEquals(List.of("http://w/"), read(torrent).extras().webSeeds());
        torrent.put("url-list", "");
        assertEquals(List.of(), read(torrent).extras().webSeeds());
    }

    @ParameterizedTest
    @ValueSource(strings = {"announce", "announce-list", "url-list", "comment", "created by"})
    void hintsOfAnotherTypeCountAsAbsent(String key) throws MetainfoException {
        for (Object wrong : list(7, dict("a", 1), list(7, dict(), list(7), list(list())))) {
            Dict torrent = Torrents.v1Single("a", 1, PIECE).put(key, wrong);
            assertEquals(TorrentExtras.NONE, read(torrent).extras(), key + ": " + wrong);
        }
    }

    @Test
    void hintsThatAreNotUtf8AreMended() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE).put("comment", latin("caf\u00e9!"));
        assertEquals("caf\ufffd!", read(torrent).extras().comment());
    }

    @Test
    void noMoreThan256TrackersAndWebSeedsAreRead() throws MetainfoException {
        List<Object> urls = list();
        for (int i = 0; i < 300; i++) urls.add("http://" + i);
        Dict torrent = Torrents.v1Single("a", 1, PIECE)
                .put("announce-list", list(list("http://first"), urls, list("http://last")))
                .put("url-list", urls);
        TorrentExtras extras = read(torrent).extras();
        assertEquals(2, extras.trackers().size());
        assertEquals(255, extras.trackers().get(1).size());
        assertEquals(256, extras.webSeeds().size());
    }

    @Test
    void emptyTiersCountTowardsTheLimit() throws MetainfoException {
        List<Object> tiers = list();
        for (int i = 0; i < 256; i++) tiers.add(list());
        tiers.add(list("http://late"));
        Dict torrent = Torrents.v1Single("a", 1, PIECE).put("announce-list", tiers);
        assertEquals(List.of(), read(torrent).extras().trackers());
    }

    @Test
    void hintsBeyond256KibAreNotRead() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE)
                .put("announce", "http://a")
                .put("comment", "x".repeat(256 * 1024))
                .put("url-list", list("http://w/"));
        TorrentExtras extras = read(torrent).extras();
        assertNull(extras.comment());
        assertEquals(List.of("http://w/"), extras.webSeeds());
        torrent.put("comment", "x".repeat(256 * 1024 - "http://a".length()));
        assertEquals(
                256 * 1024 - 8,
                Objects.requireNonNull(read(torrent).extras().comment()).length());
        assertEquals(List.of(), read(torrent).extras().webSeeds());
    }

    @Test
    void unknownKeysAreNoMatter() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE).put("creation date", 1).put("zz", dict("a", list(1)));
        torrent.dict("info").put("source", "x").put("zz", list(dict()));
        assertEquals(1, read(torrent).fileCount());
    }

    // ---- what is not a torrent

    @Test
    void aTorrentNeedsAllItsParts() {
        assertEquals("it has no info dictionary", refusal(dict("comment", "x")));
        assertEquals("it has no name", without(Torrents.v1Single("a", 1, PIECE), "name"));
        assertEquals("its piece length is -1", without(Torrents.v1Single("a", 1, PIECE), "piece length"));
        assertEquals("it has no pieces", without(Torrents.v1Single("a", 1, PIECE), "pieces"));
        assertEquals("it has no pieces", without(Torrents.hybridSingle("a", 1, PIECE), "pieces"));
        assertEquals(
                "it needs either a length or a list of files", without(Torrents.v1Single("a", 1, PIECE), "length"));
        assertEquals(
                "it needs either a length or a list of files", without(Torrents.v1("a", PIECE, file("a", 1)), "files"));
        assertEquals(
                "a file tree and meta version 2 belong together",
                without(Torrents.v2("a", PIECE, file("a", 1)), "file tree"));
        assertEquals(
                "a file tree and meta version 2 belong together",
                without(Torrents.v2("a", PIECE, file("a", 1)), "meta version"));
        assertEquals("it has no files", refusal(dict("info", dict("name", "a", "piece length", PIECE))));
    }

    @Test
    void aLengthAndAListOfFilesExcludeEachOther() {
        Dict torrent = Torrents.v1("a", PIECE, file("a", 1));
        torrent.dict("info").put("length", 1);
        assertEquals("it needs either a length or a list of files", refusal(torrent));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, -1})
    void otherMetaVersionsAreRefused(int version) {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        torrent.dict("info").put("meta version", version);
        assertEquals("its meta version is " + version, refusal(torrent));
    }

    @Test
    void metaVersion1IsV1() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        torrent.dict("info").put("meta version", 1);
        assertEquals(TorrentVersion.V1, read(torrent).version());
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "piece length", "pieces", "length", "files", "file tree", "meta version"})
    void partsOfAnotherTypeAreRefused(String key) {
        for (Object wrong : list(7, "7", list("7"), dict("7", "7"))) {
            Dict torrent = Torrents.hybridSingle("a", 1, PIECE);
            Object right = torrent.dict("info").find(key);
            boolean same = right != null && right.getClass() == wrong.getClass();
            if (same || (wrong instanceof String && right instanceof byte[])) continue;
            if (wrong instanceof Integer && right instanceof Integer) continue;
            if (wrong instanceof String && key.equals("name")) continue;
            torrent.dict("info").put(key, wrong);
            assertTrue(!refusal(torrent).isEmpty(), key + ": " + wrong);
        }
    }

    @Test
    void anythingButADictionaryIsRefused() {
        for (String wrong : new String[] {"", "le", "i1e", "0:", "d", "garbage", "d4:infoi1ee", "d4:info0:e"}) {
            assertTrue(lenientRefusal(latin(wrong)).startsWith("it is not bencoded as a torrent is: "), wrong);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, (1L << 30) + 1, Long.MAX_VALUE, Long.MIN_VALUE})
    void pieceLengthsOutsideTheLimitsAreRefused(long pieceLength) {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        torrent.dict("info").put("piece length", pieceLength);
        assertEquals("its piece length is " + pieceLength, refusal(torrent));
    }

    @Test
    void onlyV2NeedsAPowerOfTwo() throws MetainfoException {
        for (int pieceLength : new int[] {1, 8192, 16385, 49152}) {
            assertEquals(
                    pieceLength, read(Torrents.v1Single("a", 5, pieceLength)).pieceLength());
            Dict torrent = Torrents.v2("a", PIECE, file("a", 5));
            torrent.dict("info").put("piece length", pieceLength);
            assertEquals(
                    "its piece length " + pieceLength + " is not a power of two of at least 16 KiB", refusal(torrent));
        }
        assertEquals(1 << 30, read(Torrents.v2("a", 1 << 30, file("a", 5))).pieceLength());
    }

    @Test
    void missingOrSuperfluousPieceHashesAreRefused() {
        Dict torrent = Torrents.v1Single("a", PIECE + 1, PIECE);
        byte[] pieces = torrent.dict("info").string("pieces");
        for (int length : new int[] {0, 1, 20, 39, 41, 60}) {
            torrent.dict("info").put("pieces", Arrays.copyOf(pieces, length));
            assertEquals("it has " + length + " bytes of piece hashes where 40 belong", refusal(torrent));
        }
    }

    /** Of v1 hashes not even so many fit into 32 MiB. */
    @Test
    void moreThan2097152PiecesAreRefused() throws MetainfoException {
        Dict info = dict("length", 1_600_000, "name", "a", "piece length", 1, "pieces", new byte[20 * 1_600_000]);
        assertEquals(1_600_000, read(dict("info", info)).pieceCount());
        info.put("length", 1 << 21).put("pieces", new byte[0]);
        assertEquals("it has 0 bytes of piece hashes where 41943040 belong", refusal(dict("info", info)));
        info.put("length", (1 << 21) + 1);
        assertEquals("it has more than 2097152 pieces", refusal(dict("info", info)));
        info.put("length", 1L << 53);
        assertEquals("it has more than 2097152 pieces", refusal(dict("info", info)));
    }

    @Test
    void lengthsOutsideTheLimitsAreRefused() {
        Dict single = Torrents.v1Single("a", 1, PIECE);
        single.dict("info").put("length", -1);
        assertEquals("the length is negative", refusal(single));
        single.dict("info").put("length", Long.MAX_VALUE);
        assertEquals("its files are too long together", refusal(single));
        Dict v1 = Torrents.v1("r", PIECE, file("a", 1), file("b", 1));
        Dict file = (Dict) v1.dict("info").list("files").get(1);
        file.put("length", -1);
        assertEquals("a file has a negative length", refusal(v1));
        file.put("length", Long.MIN_VALUE);
        assertEquals("a file has a negative length", refusal(v1));
        file.put("length", Long.MAX_VALUE);
        assertEquals("a file is longer than 9007199254740992 bytes", refusal(v1));
        file.put("length", 1L << 53);
        assertEquals("its files are too long together", refusal(v1));
        file.remove("length");
        assertEquals("a file has no length", refusal(v1));
        Dict v2 = Torrents.v2("r", PIECE, file("a", 1), file("b", 1), file("c", 0));
        fileInTree(v2, "b").put("length", 1L << 53);
        assertEquals("its files are too long together", refusal(v2));
        fileInTree(v2, "b").put("length", (1L << 53) - PIECE - 1);
        assertTrue(refusal(v2).endsWith("pieces"));
    }

    @Test
    void manyLengthsThatAddUpBeyond64BitsAreRefused() {
        Dict v1 = Torrents.v1("r", PIECE, file("a", 1));
        for (int i = 0; i < 2_000; i++) {
            v1.dict("info").list("files").add(dict("length", 1L << 53, "path", list("f" + i)));
        }
        assertEquals("its files are too long together", refusal(v1));
    }

    @Test
    void aTorrentOfMoreThan32MibIsRefused() throws MetainfoException {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        int rest = Metainfo.MAX_TORRENT_BYTES - encode(torrent.put("zz", "")).length;
        torrent.put("zz", new byte[rest - 7]);
        assertEquals(Metainfo.MAX_TORRENT_BYTES, encode(torrent).length);
        assertEquals(1, read(torrent).fileCount());
        torrent.put("zz", new byte[rest - 6]);
        assertEquals("it is larger than 33554432 bytes", refusal(torrent));
    }

    // ---- lists of files

    @Test
    void listsWithoutFilesAreRefused() {
        Dict v1 = Torrents.v1("r", PIECE, file("a", 1));
        v1.dict("info").put("files", list());
        assertEquals("its list of files is empty", refusal(v1));
        Dict v2 = Torrents.v2("r", PIECE, file("a", 1));
        v2.dict("info").put("file tree", dict());
        assertEquals("its file tree is empty", refusal(v2));
        v2.dict("info").put("file tree", dict("a", dict()));
        assertEquals("the folder a is empty", refusal(v2));
        v2.dict("info").put("file tree", dict("", dict("length", 0)));
        assertEquals("the file tree has a file without a name", refusal(v2));
    }

    @Test
    void aFileNeedsAPath() {
        Dict v1 = Torrents.v1("r", PIECE, file("a", 1));
        Dict file = (Dict) v1.dict("info").list("files").get(0);
        file.put("path", list());
        assertEquals("a file has no path", refusal(v1));
        file.remove("path");
        assertEquals("a file has no path", refusal(v1));
        file.put("path", "a");
        assertTrue(refusal(v1).contains("expected a list, found a string"));
        file.put("path", list(7));
        assertTrue(refusal(v1).contains("expected a string, found an integer"));
    }

    @Test
    void aPathOf32FoldersIsReadAndOf33Refused() throws MetainfoException {
        String deepest = "d/".repeat(31) + "f";
        assertEquals(
                32,
                read(Torrents.v1("r", PIECE, file(deepest, 1)))
                        .files()
                        .get(0)
                        .path()
                        .size());
        assertEquals(
                32,
                read(Torrents.v2("r", PIECE, file(deepest, 1)))
                        .files()
                        .get(0)
                        .path()
                        .size());
        assertEquals("a path is deeper than 32 folders", refusal(Torrents.v1("r", PIECE, file("d/" + deepest, 1))));
        assertEquals("a path is deeper than 32 folders", refusal(Torrents.v2("r", PIECE, file("d/" + deepest, 1))));
    }

    @Test
    void aFileThatIsAFolderTooIsRefused() {
        assertEquals(
                "a/b collides with another name on common file systems",
                refusal(Torrents.v1("r", PIECE, file("a", 1), file("a/b", 1))));
        assertEquals("a is both a file and a folder", refusal(Torrents.v2("r", PIECE, file("a", 1), file("a/b", 1))));
        assertEquals(
                "A/x/b collides with another name on common file systems",
                refusal(Torrents.v2("r", PIECE, file("A/x/b", 1), file("a/x", 1))));
        // Behind the folder's other files, where lenient reading of v1 would pass it.
        Dict disordered = Torrents.v2("r", PIECE, file("a/b", 1));
        disordered.dict("info").dict("file tree").dict("a").append("", dict("length", 0));
        assertTrue(refusal(disordered).contains("the keys are not sorted"));
    }

    @Test
    void aFileAndAFolderConflictAtAnyDepth() {
        String deep = "d/".repeat(20);
        assertEquals(
                deep + "f/g collides with another name on common file systems",
                refusal(Torrents.v1(
                        "r", PIECE, file("a", 1), file(deep + "e", 1), file(deep + "f/g", 1), file(deep + "F", 1))));
        assertEquals(
                deep + "f/g collides with another name on common file systems",
                refusal(Torrents.v2(
                        "r", PIECE, file("a", 1), file(deep + "e", 1), file(deep + "f/g", 1), file(deep + "F", 1))));
    }

    @Test
    void foldersMayBeSharedAndNamesRepeatedInOthers() throws MetainfoException {
        Torrents.Content[] files = {
            file("a/a/a", 1), file("a/a/b", 1), file("a/b", 1), file("b/a/a", 1), file("b/b", 1), file("c", 1)
        };
        assertEquals(6, read(Torrents.v1("r", PIECE, files)).fileCount());
        assertEquals(6, read(Torrents.v2("r", PIECE, files)).fileCount());
        assertEquals(6, read(Torrents.hybrid("r", PIECE, files)).fileCount());
    }

    // ---- hybrids whose halves differ

    @Test
    void aHybridWhoseListsDifferIsRefused() {
        String rule = "its v1 and v2 file lists differ";
        Torrents.Content[] files = {file("a", 3), file("b/c", 0), file("b/d", 7)};
        Dict torrent = Torrents.hybrid("r", PIECE, files);
        List<Object> v1 = torrent.dict("info").list("files");
        assertEquals(4, v1.size());
        for (Object name : list("x", "A", "a/b")) {
            Dict changed = Torrents.hybrid("r", PIECE, files);
            ((Dict) changed.dict("info").list("files").get(0)).put("path", list(name));
            assertTrue(refusal(changed).equals(rule) || refusal(changed).contains("separator"), String.valueOf(name));
        }
        Dict longer = Torrents.hybrid("r", PIECE, files);
        ((Dict) longer.dict("info").list("files").get(0)).put("length", 4);
        assertEquals(rule, refusal(longer));
        Dict swapped = Torrents.hybrid("r", PIECE, file("a", PIECE), file("b", PIECE));
        List<Object> two = swapped.dict("info").list("files");
        two.add(two.remove(0));
        assertEquals(rule, refusal(swapped));
        Dict missing = Torrents.hybrid("r", PIECE, files);
        missing.dict("info").list("files").remove(2);
        assertEquals(rule, refusal(missing));
        Dict more = Torrents.hybrid("r", PIECE, files);
        more.dict("info").list("files").add(dict("length", 0, "path", list("e")));
        assertEquals(rule, refusal(more));
        Dict elsewhere = Torrents.hybrid("r", PIECE, file("a", 3), file("b/c", 5));
        ((Dict) elsewhere.dict("info").list("files").get(2)).put("path", list("b", "d"));
        assertEquals(rule, refusal(elsewhere));
    }

    @Test
    void aHybridWithoutItsPaddingIsRefused() {
        Dict torrent = Torrents.hybrid("r", PIECE, file("a", 3), file("b", 7));
        torrent.dict("info").list("files").remove(1);
        assertEquals("its v1 and v2 file lists differ", refusal(torrent));
    }

    @Test
    void paddingOfAHybridMayComeInParts() throws MetainfoException {
        Dict torrent = Torrents.hybrid("r", PIECE, file("a", 3), file("b", 7));
        List<Object> files = torrent.dict("info").list("files");
        files.set(1, Torrents.padding(1));
        files.add(2, Torrents.padding(PIECE - 4));
        assertEquals(List.of("a", ".pad/16381", "b"), paths(read(torrent).files()));
    }

    @Test
    void aHybridThatIsAFileInV1AndAFolderInV2IsRefused() {
        Dict torrent = Torrents.hybridSingle("a", 5, PIECE);
        torrent.dict("info").put("name", "b");
        assertEquals("its v1 and v2 file lists differ", refusal(torrent));
        Dict nested = Torrents.v2("a", PIECE, new Torrents.Content("a/a", new byte[5]));
        nested.dict("info").put("length", 5).put("pieces", Torrents.pieces(new byte[5], PIECE));
        assertEquals("its v1 and v2 file lists differ", refusal(nested));
    }

    @Test
    void namesThatRunTogetherAreNotEqual() {
        Dict torrent = Torrents.hybrid("r", PIECE, file("ab/c", 3));
        ((Dict) torrent.dict("info").list("files").get(0)).put("path", list("a", "bc"));
        assertEquals("its v1 and v2 file lists differ", refusal(torrent));
        ((Dict) torrent.dict("info").list("files").get(0)).put("path", list("abc"));
        assertEquals("its v1 and v2 file lists differ", refusal(torrent));
    }

    // ---- roots and piece layers

    @Test
    void aFileWithBytesNeedsARoot() {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 5), file("b", 5));
        fileInTree(torrent, "b").remove("pieces root");
        assertEquals("b has no pieces root", refusal(torrent));
        fileInTree(torrent, "b").put("pieces root", new byte[32]);
        assertEquals("b has no pieces root", refusal(torrent));
        fileInTree(torrent, "b").put("pieces root", new byte[31]);
        assertEquals("a pieces root has not 32 bytes", refusal(torrent));
        fileInTree(torrent, "b").put("pieces root", new byte[33]);
        assertEquals("a pieces root has not 32 bytes", refusal(torrent));
    }

    @Test
    void theRootOfAnEmptyFileIsNone() throws MetainfoException {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 0), file("b", 5));
        fileInTree(torrent, "a").put("pieces root", NaiveMerkle.sha256(new byte[0]));
        Metainfo read = read(torrent);
        assertNull(read.files().get(0).piecesRoot());
        assertEquals(0, read.v2Pieces(read.files().get(0)).length);
    }

    @Test
    void aLongFileNeedsItsPieceLayer() {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 2 * PIECE), file("b", 3 * PIECE));
        String root = latinOf(fileInTree(torrent, "b").string("pieces root"));
        Dict layers = torrent.dict("piece layers");
        byte[] layer = layer(layers, root);
        replaceLayer(layers, root, null);
        assertEquals("the piece layer of b is missing", refusal(torrent));
        for (int length : new int[] {0, 32, 64, 95, 97, 128}) {
            replaceLayer(layers, root, Arrays.copyOf(layer, length));
            assertEquals("the piece layer of b has not 3 hashes", refusal(torrent));
        }
        byte[] wrong = layer.clone();
        wrong[95] ^= 1;
        replaceLayer(layers, root, wrong);
        assertEquals("the piece layer of b does not hash up to its root", refusal(torrent));
        torrent.remove("piece layers");
        assertEquals("the piece layer of a is missing", refusal(torrent));
    }

    @Test
    void thePieceLayerOfAnotherFileIsRefused() {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 2 * PIECE), file("b", 2 * PIECE));
        List<Dict.Entry> layers = torrent.dict("piece layers").entries();
        Object first = layers.get(0).value;
        layers.get(0).value = layers.get(1).value;
        layers.get(1).value = first;
        assertEquals("the piece layer of a does not hash up to its root", refusal(torrent));
    }

    @Test
    void aPieceLayerThatNoFileHasIsRefused() {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 2 * PIECE));
        torrent.dict("piece layers").put(new byte[32], new byte[64]);
        assertEquals("a piece layer is that of no file", refusal(torrent));
        Dict small = Torrents.v2("r", PIECE, file("a", 5));
        small.dict("piece layers").put(fileInTree(small, "a").string("pieces root"), new byte[32]);
        assertEquals("a piece layer is that of no file", refusal(small));
    }

    @Test
    void aKeyOfThePieceLayersIsARoot() {
        for (int length : new int[] {0, 31, 33}) {
            Dict torrent = Torrents.v2("r", PIECE, file("a", 5));
            torrent.dict("piece layers").put(new byte[length], "");
            assertEquals("a key of its piece layers is no root", refusal(torrent));
        }
        Dict list = Torrents.v2("r", PIECE, file("a", 5)).put("piece layers", list());
        assertTrue(refusal(list).contains("expected a dictionary, found a list"));
        Dict number = Torrents.v2("r", PIECE, file("a", 5));
        number.dict("piece layers").put(new byte[32], 5);
        assertTrue(refusal(number).contains("expected a string, found an integer"));
    }

    @Test
    void unsortedPieceLayersAreRefusedEvenLeniently() {
        Dict torrent = Torrents.v2("r", PIECE, file("a", 2 * PIECE), file("b", 3 * PIECE));
        List<Dict.Entry> layers = torrent.dict("piece layers").entries();
        layers.add(layers.remove(0));
        assertTrue(refusal(torrent).contains("the keys are not sorted"));
    }

    @Test
    void equalFilesShareOnePieceLayer() throws MetainfoException {
        byte[] content = file("a", 3 * PIECE).bytes();
        Metainfo read = read(Torrents.v2(
                "r",
                PIECE,
                new Torrents.Content("a", content),
                file("b", 2 * PIECE),
                new Torrents.Content("c", content)));
        byte[] layer = NaiveMerkle.layer(content, PIECE);
        assertArrayEquals(layer, read.v2Pieces(read.files().get(0)));
        assertArrayEquals(layer, read.v2Pieces(read.files().get(2)));
    }

    @Test
    void filesOfDifferentLengthDoNotShareAPieceLayer() {
        byte[] content = file("a", 3 * PIECE).bytes();
        Dict torrent = Torrents.v2("r", PIECE, new Torrents.Content("a", content), new Torrents.Content("b", content));
        fileInTree(torrent, "b").put("length", 2 * PIECE);
        assertEquals("the piece layer of b has not 2 hashes", refusal(torrent));
    }

    @Test
    void manyPieceLayersAreAllFound() throws MetainfoException {
        Torrents.Content[] files = IntStream.range(0, 100)
                .mapToObj(i -> file("f" + (100 + i), PIECE + 1 + i))
                .toArray(Torrents.Content[]::new);
        Metainfo read = read(Torrents.v2("r", PIECE, files));
        int checked = 0;
        for (FileEntry entry : read.files()) {
            if (entry.padding()) continue;
            byte[] content = files[checked++].bytes();
            assertArrayEquals(NaiveMerkle.layer(content, PIECE), read.v2Pieces(entry));
        }
        assertEquals(100, checked);
    }

    @Test
    void pieceLayersOfAV1TorrentAreNoMatter() throws MetainfoException {
        assertEquals(
                1, read(Torrents.v1Single("a", 1, PIECE).put("piece layers", 7)).fileCount());
    }

    // ---- strict and lenient

    @Test
    void anOldTorrentMayBeDisorderly() throws MetainfoException {
        Dict info =
                dict("pieces", Torrents.pieces(new byte[5], PIECE), "name", "a", "piece length", PIECE, "length", 5);
        Dict torrent = dict("info", info, "announce", "http://a", "comment", new Raw("003:abc"));
        assertTrue(strictRefusal(torrent).contains("the keys are not sorted"));
        Metainfo read = readLeniently(torrent);
        assertEquals("abc", read.extras().comment());
        assertEquals(Hash.of(NaiveMerkle.sha1(encode(info))), read.infoHash().v1());
        assertEquals(5, read.payloadSize());
    }

    @Test
    void whatFollowsATorrentIsLeftOutOnlyLeniently() throws MetainfoException {
        byte[] valid = encode(Torrents.v1Single("a", 1, PIECE));
        byte[] longer = Arrays.copyOf(valid, valid.length + 3);
        assertThrows(MetainfoException.class, () -> Metainfo.readStrictly(longer));
        assertEquals(Metainfo.read(valid).infoHash(), Metainfo.read(longer).infoHash());
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "hybrid"})
    void theInfoOfAV2TorrentIsCanonicalEvenLeniently(String kind) throws MetainfoException {
        for (String number : new String[] {"i016384e", "i16384e"}) {
            Dict torrent = kind.equals("v2")
                    ? Torrents.v2("r", PIECE, file("a", 1), file("b", 1))
                    : Torrents.hybrid("r", PIECE, file("a", 1), file("b", 1));
            torrent.dict("info").put("piece length", new Raw(number));
            if (number.equals("i16384e")) assertEquals(2, read(torrent).fileCount());
            else assertTrue(refusal(torrent).contains("an integer is not in its shortest form"));
        }
        Dict disordered = Torrents.v2("r", PIECE, file("a", 1), file("b", 1));
        List<Dict.Entry> tree = disordered.dict("info").dict("file tree").entries();
        tree.add(tree.remove(0));
        assertTrue(refusal(disordered).contains("the keys are not sorted"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "announce", "announce-list", "url-list", "comment", "created by", "piece layers"})
    void aKeyThatStandsTwiceWithAnotherBetweenIsRefused(String key) {
        Dict torrent = dict(key, dict("name", "x"), "zz", 1);
        Dict valid = Torrents.v1Single("a", 1, PIECE);
        if (!key.equals("info")) torrent.append("info", valid.get("info"));
        torrent.append(key, valid.get("info"));
        assertEquals("the key \"" + key + "\" stands twice", refusal(torrent));
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "piece length", "pieces", "length", "private", "attr"})
    void aKeyOfInfoThatStandsTwiceWithAnotherBetweenIsRefused(String key) {
        Dict torrent = Torrents.v1Single("a", 1, PIECE);
        torrent.dict("info").put("private", 1).put("attr", "x");
        torrent.dict("info").append("zz", 1).append(key, torrent.dict("info").get(key));
        assertEquals("the key \"" + key + "\" stands twice", refusal(torrent));
    }

    @Test
    void aFileHasOneLengthAndOnePath() {
        Dict torrent = Torrents.v1("r", PIECE, file("a", 1));
        Dict file = (Dict) torrent.dict("info").list("files").get(0);
        file.append("length", 1);
        assertEquals("a file has two lengths", refusal(torrent));
        file.entries().remove(2);
        file.append("zz", 1).append("path", list("b"));
        assertEquals("a file has two paths", refusal(torrent));
    }

    @Test
    void bareItHasNothingThatItsHashDoesNotCover() throws MetainfoException {
        Dict torrent = Torrents.hybrid("folder", PIECE, file("a", 3 * PIECE), file("b", 5));
        byte[] bare = encode(torrent);
        torrent.append("comment", "mine").append("url-list", "http://seed.example/");
        torrent.put("announce", "http://tracker.example/t/secret/announce");
        Metainfo read = readLeniently(torrent);
        assertEquals(1, read.extras().trackers().size());
        assertArrayEquals(bare, read.bareBytes());
        assertEquals(TorrentExtras.NONE, read.withoutExtras().extras());
        assertEquals(read.infoHash(), read.withoutExtras().infoHash());
        Dict v1 = Torrents.v1Single("model.bin", PIECE, PIECE);
        assertArrayEquals(encode(v1), read(v1).bareBytes());
    }

    private static Dict fileInTree(Dict torrent, String name) {
        return torrent.dict("info").dict("file tree").dict(name).dict("");
    }

    private static String without(Dict torrent, String key) {
        torrent.dict("info").remove(key);
        return refusal(torrent);
    }

    private static List<String> paths(List<FileEntry> files) {
        return files.stream().map(FileEntry::displayPath).toList();
    }

    private static List<String> sortedByOffset(Metainfo torrent) {
        long end = 0;
        for (FileEntry file : torrent.files()) {
            assertEquals(end, file.offset());
            end += file.length();
        }
        assertEquals(torrent.spaceSize(), end);
        return paths(torrent.files());
    }

    private static String latinOf(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] layer(Dict layers, String root) {
        for (Dict.Entry entry : layers.entries()) {
            if (latinOf(entry.key).equals(root)) return (byte[]) entry.value;
        }
        throw new IllegalArgumentException(root);
    }

    private static void replaceLayer(Dict layers, String root, byte @Nullable [] layer) {
        layers.entries().removeIf(entry -> latinOf(entry.key).equals(root));
        if (layer != null) layers.put(latin(root), layer);
    }

    // ---- the info dictionary alone

    private static byte[] info(Metainfo torrent) {
        byte[] info = new byte[torrent.info().remaining()];
        torrent.info().get(info);
        return info;
    }

    @Test
    void anInfoDictionaryAloneIsReadWithoutItsPieceLayers() throws MetainfoException {
        Metainfo whole = read(Torrents.hybridSingle("model.bin", 5 * PIECE + 1, PIECE));
        Metainfo bare = Metainfo.ofInfo(info(whole));
        assertEquals(whole.infoHash(), bare.infoHash());
        assertEquals(whole.files(), bare.files());
        assertTrue(whole.hasPieceLayers());
        assertFalse(bare.hasPieceLayers());
        FileEntry file = bare.files().get(0);
        assertThrows(IllegalStateException.class, () -> bare.v2Pieces(file));
        Hash root = Objects.requireNonNull(file.piecesRoot());
        Metainfo mended = bare.withPieceLayers(Map.of(root, whole.v2Pieces(file)));
        assertEquals(whole, mended);
        byte[] wrong = whole.v2Pieces(file);
        wrong[5]++;
        assertThrows(MetainfoException.class, () -> bare.withPieceLayers(Map.of(root, wrong)));
    }

    @Test
    void aShortFileAndAV1TorrentLackNothing() throws MetainfoException {
        Metainfo small = read(Torrents.v2("model.bin", PIECE, file("model.bin", PIECE)));
        assertTrue(Metainfo.ofInfo(info(small)).hasPieceLayers());
        assertArrayEquals(
                small.v2Pieces(small.files().get(0)),
                Metainfo.ofInfo(info(small)).v2Pieces(small.files().get(0)));
        Metainfo v1 = read(Torrents.v1Single("model.bin", 2 * PIECE, PIECE));
        assertTrue(Metainfo.ofInfo(info(v1)).hasPieceLayers());
        assertThrows(MetainfoException.class, () -> Metainfo.ofInfo(encode(dict("name", "x"))));
    }
}
