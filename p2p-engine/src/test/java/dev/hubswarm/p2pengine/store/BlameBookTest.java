package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.Heard.Peer;
import dev.hubswarm.p2pengine.store.PieceStore.Sender;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BlameBookTest {
    private static final Peer ANN = Peer.of("ann");
    private static final Peer EVE = Peer.of("eve");

    private final BlameBook book = new BlameBook();

    @Test
    void whoSentWhatTurnsOutWrongIsALiarInWhicheverAttempt() {
        Peer mallory = Peer.of("mallory");
        book.wrong(3, new Sender[] {ANN, EVE, null}, new long[] {1, 9, 5});
        book.wrong(3, new Sender[] {mallory, ANN, null}, new long[] {8, 2, 7});
        assertTrue(book.remembers(3));
        assertEquals(List.of(EVE, mallory), List.copyOf(book.right(3, new long[] {1, 2, 3})));
        assertFalse(book.remembers(3));
        assertEquals(Set.of(), book.right(3, new long[] {0, 0, 0}));
    }

    @Test
    void theOldestIsForgottenFirstAndNoMoreThanAGibIsRemembered() {
        @Nullable Sender[] senders = new Sender[1 << 14];
        Arrays.fill(senders, EVE);
        long[] hashes = new long[1 << 14];
        for (int piece = 0; piece < 4; piece++) book.wrong(piece, senders, hashes);
        book.wrong(0, senders, hashes);
        assertTrue(book.remembers(0), "its second attempt");
        assertTrue(book.remembers(2));
        assertFalse(book.remembers(1));
        book.right(0, hashes);
        book.wrong(5, senders, hashes);
        book.wrong(6, senders, hashes);
        assertTrue(book.remembers(2));
        for (int i = 0; i < 9; i++) book.wrong(7, senders, hashes);
        assertTrue(book.remembers(7));
        assertFalse(book.remembers(6));
    }
}
