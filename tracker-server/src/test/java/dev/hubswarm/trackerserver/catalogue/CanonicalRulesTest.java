package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.Torrents.canonical;
import static dev.hubswarm.trackerserver.catalogue.Torrents.digest;
import static dev.hubswarm.trackerserver.catalogue.Torrents.single;
import static dev.hubswarm.trackerserver.catalogue.Torrents.withKey;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CanonicalRulesTest {
    private static final int PIECE = 256 * 1024;
    private static final String NAME = digest(1).hex();

    @ParameterizedTest
    @ValueSource(longs = {1, PIECE, PIECE + 1, 5_000_000, 100L << 20, 3L << 30})
    void whatTheInfoHashDoesNotCoverIsDropped(long size) throws Exception {
        Metainfo torrent = CanonicalRules.check(digest(1), canonical(1, size, 1, Torrents.STRANGE));
        assertEquals(size, torrent.payloadSize());
        byte[] bare = CanonicalRules.bare(digest(1), torrent);
        assertArrayEquals(canonical(1, size), bare);
        assertEquals(torrent.infoHash(), Metainfo.readStrictly(bare).infoHash());
        byte[] longer = Arrays.copyOf(bare, bare.length + 9);
        assertArrayEquals(bare, CanonicalRules.bare(digest(1), CanonicalRules.check(digest(1), longer)));
        assertEquals(TorrentExtras.NONE, Metainfo.readStrictly(bare).extras());
    }

    static Stream<Arguments> brokenRules() {
        byte[] whole = canonical(1, 1_000_000);
        byte[] changed = whole.clone();
        changed[changed.length - 10] ^= 1;
        byte[] noLayers = new String(whole, StandardCharsets.ISO_8859_1)
                .replace("piece layers", "piece player")
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] folder = Torrents.folder(NAME, Map.of("a", 5L), PIECE, false);
        return Stream.of(
                Arguments.of("bad_torrent", new byte[0]),
                Arguments.of("bad_torrent", "<html>".getBytes(StandardCharsets.US_ASCII)),
                Arguments.of("bad_torrent", Arrays.copyOf(whole, whole.length - 1)),
                Arguments.of("bad_torrent", changed),
                Arguments.of("bad_torrent", noLayers),
                Arguments.of("private", single(TorrentVersion.HYBRID, NAME, 5, PIECE, true)),
                Arguments.of("not_hybrid", single(TorrentVersion.V1, NAME, 5, PIECE, false)),
                Arguments.of("not_hybrid", single(TorrentVersion.V2, NAME, 5, PIECE, false)),
                Arguments.of("not_hybrid", folder),
                Arguments.of("not_single_file", Torrents.hybridFolder(NAME)),
                Arguments.of("other_digest", canonical(2, 5)),
                Arguments.of("other_digest", single(TorrentVersion.HYBRID, "model.bin", 5, PIECE, false)),
                Arguments.of("empty_file", single(TorrentVersion.HYBRID, NAME, 0, PIECE, false)),
                Arguments.of("piece_length", single(TorrentVersion.HYBRID, NAME, 5, PIECE / 2, false)),
                Arguments.of("piece_length", single(TorrentVersion.HYBRID, NAME, 100L << 20, PIECE, false)),
                Arguments.of("not_canonical", withKey(digest(1), false, "source")),
                Arguments.of("not_canonical", withKey(digest(1), true, "attr")),
                Arguments.of("not_canonical", withKey(digest(1), true, "attrx")));
    }

    @ParameterizedTest
    @MethodSource("brokenRules")
    void everyRuleHasItsCode(String code, byte[] torrent) {
        ApiException error = assertThrows(ApiException.class, () -> CanonicalRules.check(digest(1), torrent));
        assertEquals(code, error.code(), error.getMessage());
        assertEquals(400, error.status());
    }
}
