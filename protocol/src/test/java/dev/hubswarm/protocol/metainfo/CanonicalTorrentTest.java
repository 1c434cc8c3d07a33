package dev.hubswarm.protocol.metainfo;

import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static dev.hubswarm.protocol.testing.Torrents.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Bencoding.Raw;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.protocol.testing.NaiveMerkle;
import dev.hubswarm.protocol.testing.Torrents;
import dev.hubswarm.testkit.SeededBytes;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalTorrentTest {
    private static final int PIECE_LENGTH = 256 * 1024;

    @ParameterizedTest
    @ValueSource(ints = {1, 16 * 1024, PIECE_LENGTH, PIECE_LENGTH + 1, 5 * PIECE_LENGTH + 77})
    void theTorrentOfAFileDependsOnItsBytesAlone(int length) throws MetainfoException {
        byte[] content = SeededBytes.of(length, length);
        Dict expected = canonical(content);
        Hash sha256 = Hash.of(NaiveMerkle.sha256(content));
        byte[] written = CanonicalTorrent.torrent(
                sha256,
                length,
                Torrents.pieces(content, PIECE_LENGTH),
                Hash.of(NaiveMerkle.root(content)),
                NaiveMerkle.layer(content, PIECE_LENGTH),
                TorrentExtras.NONE);
        assertArrayEquals(encode(expected), written);
        Metainfo read = Metainfo.readStrictly(written);
        assertEquals(sha256, CanonicalTorrent.digestOf(read));
        assertEquals(sha256.hex(), read.name());
        assertEquals(TorrentVersion.HYBRID, read.version());
    }

    @Test
    void whatIsOutsideInfoDoesNotMatter() throws MetainfoException {
        Dict torrent = canonical(SeededBytes.of(1, 300_000))
                .put("announce", "http://a")
                .put("comment", "x")
                .put("url-list", list("http://w/"));
        assertEquals(64, String.valueOf(digestOf(torrent)).length());
    }

    @Test
    void itsInfoHasExactlySixKeys() throws MetainfoException {
        Dict torrent = canonical(SeededBytes.of(1, 300_000));
        assertEquals(
                List.of("file tree", "length", "meta version", "name", "piece length", "pieces"),
                torrent.dict("info").entries().stream()
                        .map(entry -> Bencoding.text(entry.key))
                        .toList());
        for (Dict.Entry entry : List.copyOf(torrent.dict("info").entries())) {
            Dict missing = canonical(SeededBytes.of(1, 300_000));
            missing.dict("info").remove(Bencoding.text(entry.key));
            Hash digest;
            try {
                digest = digestOf(missing);
            } catch (MetainfoException e) {
                digest = null;
            }
            assertNull(digest, Bencoding.text(entry.key));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"private", "attr", "source", "", "zz", "name.utf-8", "publisher", "md5sum"})
    void aSuperfluousKeyMakesItAnother(String key) throws MetainfoException {
        Dict torrent = canonical(SeededBytes.of(1, 300_000));
        torrent.dict("info").put(key, key.equals("private") ? 0 : "x");
        assertNull(digestOf(torrent));
        Dict inTheTree = canonical(SeededBytes.of(1, 300_000));
        Dict fields = (Dict) inTheTree.dict("info").dict("file tree").entries().get(0).value;
        if (!key.isEmpty()) fields.dict("").put(key, "x");
        else fields.dict("").put(key, list());
        assertNull(digestOf(inTheTree));
    }

    @ParameterizedTest
    @ValueSource(ints = {16 * 1024, 128 * 1024, 512 * 1024, 1024 * 1024})
    void anotherPieceLengthThanThePolicysMakesItAnother(int pieceLength) throws MetainfoException {
        byte[] content = SeededBytes.of(1, 300_000);
        assertNull(digestOf(Torrents.hybridSingle(hex(content), content, pieceLength)));
    }

    @Test
    void itsNameIsASha256InLowerCase() throws MetainfoException {
        byte[] content = SeededBytes.of(1, 300_000);
        String hex = hex(content);
        String[] others = {
            hex.toUpperCase(Locale.ROOT),
            hex.substring(1),
            hex + "0",
            "0x" + hex.substring(2),
            "model.bin",
            " " + hex.substring(1),
            hex.substring(1) + "g",
            "\uff11" + hex.substring(1),
            "sha256-" + hex
        };
        for (String name : others) {
            assertNull(digestOf(Torrents.hybridSingle(name, content, PIECE_LENGTH)), name);
        }
        assertEquals(hex, String.valueOf(digestOf(Torrents.hybridSingle(hex, content, PIECE_LENGTH))));
    }

    @Test
    void onlyHybridsOfOneFileAreCanonical() throws MetainfoException {
        byte[] content = SeededBytes.of(1, 300_000);
        String hex = hex(content);
        Torrents.Content file = new Torrents.Content(hex, content);
        assertNull(digestOf(Torrents.v2(hex, PIECE_LENGTH, file)));
        assertNull(digestOf(Torrents.v1(hex, PIECE_LENGTH, file)));
        assertNull(digestOf(Torrents.hybrid(hex, PIECE_LENGTH, file)));
        assertNull(digestOf(Torrents.hybrid(hex, PIECE_LENGTH, file, file("z", 5))));
        Dict v1 = Torrents.v2(hex, PIECE_LENGTH, file);
        v1.dict("info").remove("file tree").remove("meta version");
        v1.dict("info").put("length", content.length).put("pieces", Torrents.pieces(content, PIECE_LENGTH));
        assertNull(digestOf(v1));
    }

    @Test
    void paddingMakesItAnother() throws MetainfoException {
        byte[] content = SeededBytes.of(1, PIECE_LENGTH - 5);
        Dict torrent = Torrents.hybrid(hex(content), PIECE_LENGTH, new Torrents.Content(hex(content), content));
        torrent.dict("info").list("files").add(Torrents.padding(5));
        assertNull(digestOf(torrent));
    }

    @Test
    void anEmptyFileHasNone() throws MetainfoException {
        String hex = hex(new byte[0]);
        assertNull(digestOf(Torrents.hybridSingle(hex, new byte[0], PIECE_LENGTH)));
        Hash hash = Hash.ofHex(hex);
        assertThrows(
                IllegalArgumentException.class,
                () -> CanonicalTorrent.torrent(hash, 0, new byte[0], hash, new byte[0], TorrentExtras.NONE));
    }

    /** Lenient reading of a v1 torrent passes this, but not of a hybrid. */
    @Test
    void anotherEncodingOfItIsRefused() {
        Dict torrent = canonical(SeededBytes.of(1, 300_000));
        torrent.dict("info").put("length", new Raw("i0300000e"));
        assertThrows(MetainfoException.class, () -> Metainfo.read(encode(torrent)));
    }

    private static Dict canonical(byte[] content) {
        return Torrents.hybridSingle(hex(content), content, PIECE_LENGTH);
    }

    private static String hex(byte[] content) {
        return Hash.of(NaiveMerkle.sha256(content)).hex();
    }

    private static @Nullable Hash digestOf(Dict torrent) throws MetainfoException {
        return CanonicalTorrent.digestOf(Metainfo.read(encode(torrent)));
    }
}
