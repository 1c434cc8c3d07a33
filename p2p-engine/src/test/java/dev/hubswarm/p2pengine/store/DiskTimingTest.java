package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.VirtualLoop;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What happens while a disk is at work, in virtual time. */
final class DiskTimingTest {
    private static final int PIECE = 1 << 16;
    private static final long MINUTE = 60_000_000_000L;

    private final VirtualLoop loop = new VirtualLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 2 * PIECE);
    private final Sample sample = new Sample(torrent.metainfo(), torrent.bytes());
    private final MemoryFiles files = new MemoryFiles(sample);
    private final Heard heard = new Heard();
    private final VirtualProcess process = new VirtualProcess(loop, new Random(1), new SegmentPool(0), PIECE);

    @Test
    void whatIsForgottenWhileItIsLookedAtIsMissing() {
        files.hold(0, false);
        PieceStore store = process.open(loop, sample.space(), sample.hashes(), files, heard);
        loop.turn();
        store.forget(0);
        loop.advance(MINUTE);
        assertTrue(heard.events.isEmpty(), () -> heard.events + " of what was forgotten");
        assertTrue(store.verified().isEmpty());
        assertTrue(store.open(0));
        DiskTest.addAll(store, sample, 0, DiskTest.ANN);
        loop.advance(MINUTE);
        assertEquals("[verified 0]", heard.events.toString());
    }

    /** A torrent was joined while a piece came, and turned out to be another file's while that was compared with it. */
    @Test
    void whatWaitedForHashesThatAreTakenBackIsThere() {
        PieceStore store = process.open(loop, sample.space(), null, files, heard);
        loop.turn();
        assertTrue(store.open(0));
        DiskTest.addAll(store, sample, 0, DiskTest.ANN);
        store.attach(sample.hashes());
        while (!store.received().get(0)) loop.advance(1_000);
        assertEquals("[]", heard.events.toString());
        store.attach(PieceHashes.NONE);
        loop.advance(MINUTE);
        assertEquals("[received 0]", heard.events.toString());
    }
}
