package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.Relay;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files, sockets, and lines between them that are bad. */
@ExtendWith(LeakCheck.class)
final class BadLineTest {
    private static final int PIECE = 64 << 10;
    private static final long MILLI = 1_000_000;

    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.HYBRID, PIECE, 30 * PIECE + 5);

    @TempDir
    private Path temporary;

    private Path file() {
        return temporary.resolve("shared/weights");
    }

    private Path got() {
        return temporary.resolve("got/weights");
    }

    @BeforeEach
    void share() throws Exception {
        Files.createDirectories(temporary.resolve("shared"));
        Files.write(file(), torrent.bytes());
    }

    private DiskMember seed() throws Exception {
        return DiskMember.seed(1, torrent.metainfo(), file());
    }

    private DiskMember leech() throws Exception {
        return DiskMember.leech(2, torrent.metainfo(), temporary.resolve("got"), temporary.resolve("notes"));
    }

    private static PeerAddress address(Relay relay) {
        return Objects.requireNonNull(Swarm.peerAddress(relay.address()));
    }

    /** S49. */
    @ParameterizedTest
    @CsvSource({"5, 0.01, 0", "50, 0.05, 0", "1, 0, 100", "20, 0.1, 20"})
    void lateLossyAndFragmentedLinesBringEverything(int delayMillis, double loss, int single) throws Exception {
        try (DiskMember seed = seed();
                Relay relay = new Relay(seed.swarm.address(), new Relay.Line(delayMillis * MILLI, loss, single, 0));
                DiskMember leech = leech()) {
            leech.found(address(relay));
            leech.awaitDone();
        }
        assertArrayEquals(torrent.bytes(), Files.readAllBytes(got()));
    }

    /** S50: bits flip on the way to one of two. */
    @Test
    void whatFlipsOnItsWayIsNotKept() throws Exception {
        try (DiskMember seed = seed();
                Relay relay = new Relay(seed.swarm.address(), new Relay.Line(0, 0, 0, 10));
                DiskMember other = DiskMember.seed(3, torrent.metainfo(), file());
                DiskMember leech = leech()) {
            other.limit(2 << 20);
            leech.found(address(relay), other.address());
            leech.awaitDone();
        }
        assertArrayEquals(torrent.bytes(), Files.readAllBytes(got()));
    }

    /** S10. */
    @Test
    void aFileEditedWhileItIsSharedIsSharedNoMore() throws Exception {
        try (DiskMember seed = seed();
                DiskMember leech = leech()) {
            seed.limit(1 << 20);
            leech.found(seed.address());
            leech.await(() -> !leech.isBare());
            try (RandomAccessFile edited = new RandomAccessFile(file().toFile(), "rw")) {
                for (int piece = 0; piece < 31; piece++) {
                    edited.seek((long) piece * PIECE);
                    edited.write(~torrent.bytes()[piece * PIECE]);
                }
            }
            seed.await(() -> !seed.failures.isEmpty());
            assertEquals(Kind.DAMAGED, seed.failures.element().kind());
            seed.await(seed::isAlone);
            leech.await(leech::isAlone);
            assertTrue(leech.liars.isEmpty(), "it was sent wrong bytes");
        }
    }

    /** Nobody takes harm, or goes on trying for nothing. */
    private void assertCalmAndRight(DiskMember seed, DiskMember leech) throws Exception {
        seed.await(seed::isAlone);
        leech.await(leech::isAlone);
        for (DiskMember one : List.of(seed, leech)) {
            double share = one.busy(500 * MILLI);
            assertTrue(share <= 0.2, () -> 100 * share + " % of a core");
        }
        assertTrue(leech.liars.isEmpty(), "it was sent wrong bytes");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFileThatVanishesOrCannotBeReadIsSharedNoMore(boolean vanishes) throws Exception {
        try (DiskMember seed = seed();
                DiskMember leech = leech()) {
            seed.limit(1 << 20);
            leech.found(seed.address());
            leech.await(() -> !leech.isBare());
            if (vanishes) Files.delete(file());
            else Files.write(file(), new byte[PIECE]);
            seed.await(() -> !seed.failures.isEmpty());
            assertEquals(
                    vanishes ? Kind.NOT_FOUND : Kind.DAMAGED,
                    seed.failures.element().kind());
            assertCalmAndRight(seed, leech);
            assertTrue(leech.failures.isEmpty(), leech.failures::toString);
            BitSet pieces = leech.pieces();
            byte[] here = Files.readAllBytes(got());
            for (int piece = pieces.nextSetBit(0); piece >= 0; piece = pieces.nextSetBit(piece + 1)) {
                int at = piece * PIECE;
                int end = Math.min(at + PIECE, torrent.bytes().length);
                assertTrue(Arrays.equals(here, at, end, torrent.bytes(), at, end), "piece " + piece);
            }
        }
    }

    @Test
    void aDownloadWhoseFileVanishesEnds() throws Exception {
        try (DiskMember seed = seed()) {
            DiskMember leech = leech();
            seed.limit(1 << 20);
            leech.found(seed.address());
            leech.await(() -> !leech.isBare());
            Files.delete(got());
            leech.await(() -> !leech.failures.isEmpty());
            assertEquals(Kind.NOT_FOUND, leech.failures.element().kind());
            assertCalmAndRight(seed, leech);
            assertTrue(seed.failures.isEmpty(), seed.failures::toString);
            assertThrows(UserError.class, leech::close);
            assertTrue(Files.notExists(got()), "it was made anew");
        }
    }
}
