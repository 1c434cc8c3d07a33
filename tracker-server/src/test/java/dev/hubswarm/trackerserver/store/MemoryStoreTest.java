package dev.hubswarm.trackerserver.store;

import static dev.hubswarm.trackerserver.store.Samples.publication;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.trackerserver.store.Published.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryStoreTest extends StoreConformance {
    @Override
    TrackerStore open() {
        return new MemoryStore(TOKENS);
    }

    @Test
    void itHoldsSoManyBytesAndNoMore() throws Exception {
        Publication first = publication(1, 0, ALICE);
        TrackerStore store = new MemoryStore(TOKENS, first.torrent().length + 10);
        store.publish(first);
        assertThrows(StoreException.class, () -> store.publish(publication(2, 0, ALICE)));
        assertEquals(List.of(), store.candidates(Samples.sha256(2)));
        assertEquals(Outcome.COUNTED, store.publish(first).outcome());

        Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
        assertThrows(StoreException.class, () -> store.addSnapshot(snapshot, List.of(), new byte[11]));
        assertTrue(store.addSnapshot(snapshot, List.of(), new byte[10]));
        assertTrue(store.deleteSnapshot(snapshot.id()));
        assertTrue(store.addSnapshot(snapshot, List.of(), new byte[10]));
    }
}
