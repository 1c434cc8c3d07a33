package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes that a store lends to who sends them. There is memory for three segments. */
final class LoanTest extends DiskTest {
    private static final int SEGMENT = SegmentPool.LENGTH;
    private static final int SEGMENTS = 12;

    private Sample sample;
    private PieceStore store;

    @BeforeEach
    void share() throws Exception {
        sample = Sample.file(temporary, TorrentVersion.V2, SEGMENT, SEGMENTS * SEGMENT);
        var file = temporary.resolve("weights.bin");
        var stamps = SeedFiles.open(sample.torrent(), file, List.of(), open).stamps();
        store = create(sample.space(), sample.hashes(), SeedFiles.open(sample.torrent(), file, stamps, open));
    }

    @AfterEach
    void stop() throws Exception {
        close(store);
    }

    /** Keeps what it is lent. Confined to the loop. */
    private final class Borrower implements PieceStore.Reader {
        private final int at;
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private Runnable giveBack = () -> {};
        private boolean isLent;
        private boolean isAnswered;

        Borrower(int at) {
            this.at = at;
        }

        @Override
        public void read(ByteBuffer copied) {
            isAnswered = true;
            bytes = ByteBuffer.allocate(copied.remaining()).put(copied).flip();
        }

        @Override
        public void lend(ByteBuffer lent, Runnable back) {
            isAnswered = isLent = true;
            bytes = lent;
            giveBack = back;
        }

        @Override
        public void failed(UserError failure) {
            throw new AssertionError(failure);
        }

        boolean isRight() {
            return bytes.equals(ByteBuffer.wrap(sample.bytes(), at, Sample.BLOCK));
        }
    }

    /** Asks for a block of each segment at once, and waits for all. */
    private List<Borrower> borrow(int rounds) throws Exception {
        List<Borrower> all = new ArrayList<>();
        loop.run(() -> {
            for (int i = 0; i < rounds * SEGMENTS; i++) {
                Borrower one = new Borrower(i % SEGMENTS * SEGMENT + i / SEGMENTS * Sample.BLOCK);
                all.add(one);
                store.read(one.at, Sample.BLOCK, one);
            }
        });
        loop.await(() -> all.stream().allMatch(one -> one.isAnswered));
        return all;
    }

    @Test
    void whatIsLentStaysWhatItIsAndKeepsNobodyWaiting() throws Exception {
        List<Borrower> all = borrow(3);
        assertTrue(all.stream().anyMatch(one -> one.isLent), "nothing was lent");
        assertTrue(all.stream().allMatch(Borrower::isRight));
        loop.run(() -> all.forEach(one -> one.giveBack.run()));
    }

    @Test
    void whatWasGivenBackIsLentAgain() throws Exception {
        for (int i = 0; i < 3; i++) {
            List<Borrower> all = borrow(1);
            assertEquals(1, all.stream().filter(one -> one.isLent).count());
            loop.run(() -> all.forEach(one -> one.giveBack.run()));
        }
    }

    @Test
    void memoryThatIsLentCountsUntilItIsGivenBack() throws Exception {
        // With it there is room for all.
        try (MemoryBudget.Share other = resources.reading().join(SEGMENTS * SEGMENT, () -> {})) {
            List<Borrower> all = borrow(1);
            loop.run(() -> {
                for (int piece = 0; piece < SEGMENTS; piece++) store.forget(piece);
            });
            int lent = (int) all.stream().filter(one -> one.isLent).count();
            assertEquals(SEGMENTS / 2, lent);
            // One may have been promised to nobody.
            assertTrue(resources.reading().used() >= (lent - 1L) * SEGMENT);
            assertTrue(all.stream().allMatch(Borrower::isRight));
            loop.run(() -> all.forEach(one -> one.giveBack.run()));
            assertEquals(0, resources.reading().used());
            assertEquals(0, other.promised());
        }
    }
}
