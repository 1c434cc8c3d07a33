package dev.hubswarm.trackerserver.store;

import static dev.hubswarm.trackerserver.store.Samples.publication;
import static dev.hubswarm.trackerserver.store.Samples.sha256;
import static dev.hubswarm.trackerserver.store.StoreConformance.ALICE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.trackerserver.store.Fact.Attestation;
import dev.hubswarm.trackerserver.store.Fact.Placement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What tracker processes of different age must agree about. */
final class FactTest {
    private static final Attestation ATTESTATION = new Attestation(
            sha256(1), 1L << 40, publication(1, 0, ALICE).infoHash(), 1 << 25, new Publisher("2001:db8::/64", false));
    private static final Placement PLACEMENT = new Placement(
            new RepoFile(new Place(Samples.REPO, Samples.COMMIT, "a/\u00e9 \ud83e\udd17.bin"), sha256(2), 7));

    @Test
    void factsAreReadAsTheyWereWritten() {
        for (Fact fact : List.of(ATTESTATION, PLACEMENT)) {
            assertEquals(fact, Fact.of(fact.bytes()));
            assertArrayEquals(fact.bytes(), Fact.of(fact.bytes()).bytes());
        }
    }

    @Test
    void theirLayoutStays() {
        String length = "0000000d";
        String expected = "41" + sha256(1).hex() + "0000010000000000"
                + publication(1, 0, ALICE).infoHash().v1() + ATTESTATION.v2().hex() + "0200000000" + length
                + "323030313a6462383a3a2f3634";
        assertEquals(expected, HexFormat.of().formatHex(ATTESTATION.bytes()));
    }

    @Test
    void whatIsNoFactIsRefused() {
        assertThrows(RuntimeException.class, () -> Fact.of(new byte[0]));
        assertThrows(RuntimeException.class, () -> Fact.of(new byte[] {'X', 1, 2}));
        for (Fact fact : List.of(ATTESTATION, PLACEMENT)) {
            byte[] bytes = fact.bytes();
            for (int length = 1; length < bytes.length; length++) {
                byte[] part = Arrays.copyOf(bytes, length);
                assertThrows(RuntimeException.class, () -> Fact.of(part));
            }
        }
    }

    @Test
    void snapshotsAreReadAsTheyWereWritten() {
        Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
        SnapshotRecord both = new SnapshotRecord(snapshot, Samples.files());
        assertEquals(both, SnapshotRecord.of(both.bytes()));
        byte[] bytes = both.bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThrows(RuntimeException.class, () -> SnapshotRecord.of(part));
        }
    }

    @Test
    void twoProcessesPreferTheSameSnapshot() {
        List<Snapshot> snapshots = List.of(
                Samples.snapshot("org/a", Samples.COMMIT, 5, true),
                Samples.snapshot("org/a", Samples.COMMIT, 6, true),
                Samples.snapshot("org/a", Samples.COMMIT, 4, false));
        for (Snapshot one : snapshots) {
            for (Snapshot other : snapshots) {
                if (one.equals(other)) continue;
                boolean wins = new SnapshotRecord(one, List.of()).winsOver(other);
                assertEquals(!wins, new SnapshotRecord(other, List.of()).winsOver(one));
            }
        }
        assertTrue(new SnapshotRecord(snapshots.get(0), List.of()).winsOver(snapshots.get(1)), "the older");
        assertFalse(new SnapshotRecord(snapshots.get(2), List.of()).winsOver(snapshots.get(1)), "a pending one");
    }
}
