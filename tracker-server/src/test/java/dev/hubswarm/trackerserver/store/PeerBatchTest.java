package dev.hubswarm.trackerserver.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import dev.hubswarm.trackerserver.swarm.PeerReport.State;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PeerBatchTest {
    private static final List<PeerReport> REPORTS = List.of(
            new PeerReport(new SwarmKey(1, -2, 3), PeerAddress.v4(0xc0000201, 65535), -1, State.SEEDER),
            new PeerReport(new SwarmKey(-1, 2, -3), new PeerAddress(0x20010db8L << 32, 5, 1024), 7, State.LEECHER),
            new PeerReport(new SwarmKey(0, 0, 0), PeerAddress.v4(1, 6881), 0, State.GONE));

    @Test
    void reportsAreReadAsTheyWereWritten() {
        byte[] batch = PeerBatch.encode(REPORTS);
        assertEquals(REPORTS, PeerBatch.decode(batch));
        assertEquals(3 * 43, batch.length, "what a peer costs Redis");
        assertEquals(List.of(), PeerBatch.decode(new byte[0]));
    }

    @Test
    void whatIsNoBatchIsRefused() {
        byte[] batch = PeerBatch.encode(REPORTS);
        byte[] part = Arrays.copyOf(batch, batch.length - 1);
        assertThrows(IllegalArgumentException.class, () -> PeerBatch.decode(part));
        batch[42] = 'X';
        assertThrows(IllegalArgumentException.class, () -> PeerBatch.decode(batch));
    }
}
