package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hubswarm.e2e.LibtorrentOracle.Made;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The canonical torrent of a file depends on its bytes and on nothing else. */
@Tag("e2e")
final class CanonicalTest {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final int NOBODY = 65534;

    private final HashPool pool = HashPool.perCore();

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void nameFolderTimesModeAndOwnerDoNotMatter(@TempDir Path folder) throws Exception {
        Path file = SeededBytes.write(folder.resolve("model.safetensors"), 1, 700_000);
        ByteBuffer info = Creation.canonical(pool, file).info();

        Path moved = Files.createDirectories(folder.resolve("blobs/日本")).resolve("other name.bin");
        Files.move(file, moved);
        assertEquals(info, Creation.canonical(pool, moved).info(), "another name and folder");
        Files.setLastModifiedTime(moved, FileTime.fromMillis(1_000_000));
        assertEquals(info, Creation.canonical(pool, moved).info(), "another time");
        Files.setPosixFilePermissions(moved, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals(info, Creation.canonical(pool, moved).info(), "another mode");
        if (Unprivileged.isRoot()) Files.setAttribute(moved, "unix:uid", NOBODY);
        assertEquals(info, Creation.canonical(pool, moved).info(), "another owner");
        Path link = Files.createSymbolicLink(folder.resolve("snapshot"), moved);
        assertEquals(info, Creation.canonical(pool, link).info(), "a link, as in a snapshot folder");
        Path copy = Files.copy(moved, folder.resolve("copy"));
        assertEquals(info, Creation.canonical(pool, copy).info(), "a copy");
    }

    private record Expected(long size, long pieceLength) {}

    @TestFactory
    Stream<DynamicTest> libtorrentMakesTheSameOfAFileNamedByItsDigest(@TempDir Path folder) throws Exception {
        LibtorrentOracle libtorrent = new LibtorrentOracle();
        return Stream.of(
                        new Expected(1, 256 * KIB),
                        new Expected(256 * KIB - 1, 256 * KIB),
                        new Expected(256 * KIB, 256 * KIB),
                        new Expected(256 * KIB + 1, 256 * KIB),
                        new Expected(MIB, 256 * KIB),
                        new Expected(100 * MIB - 1, 256 * KIB),
                        new Expected(100 * MIB, MIB),
                        new Expected(100 * MIB + 1, MIB),
                        new Expected(1024 * MIB, 4 * MIB))
                .map(expected -> DynamicTest.dynamicTest(expected.size + " bytes", () -> {
                    Path file = folder.resolve("some file");
                    if (expected.size < 512 * MIB) SeededBytes.write(file, expected.size, expected.size);
                    else Sparse.file(file, expected.size);
                    Metainfo ours = Creation.canonical(pool, file);
                    assertEquals(expected.pieceLength, ours.pieceLength());
                    assertNamedForItsDigest(ours, file);

                    Path named = Files.move(file, file.resolveSibling(ours.name()));
                    Made theirs = libtorrent.create(named, ours.pieceLength(), TorrentVersion.HYBRID);
                    Files.delete(named);
                    assertEquals(theirs.info(), ours.info());
                    assertEquals(theirs.layers(), LibtorrentOracle.layers(ours));
                    assertEquals(
                            String.valueOf(ours.infoHash().v2()),
                            libtorrent.load(ours.bytes()).v2());
                }))
                .onClose(libtorrent::close);
    }

    private static void assertNamedForItsDigest(Metainfo torrent, Path file) throws Exception {
        String digest = Ran.of(List.of("sha256sum", file.toString())).out().substring(0, 64);
        assertEquals(digest, torrent.name());
        Hash named = CanonicalTorrent.digestOf(torrent);
        assertNotNull(named);
        assertEquals(digest, named.hex());
    }
}
