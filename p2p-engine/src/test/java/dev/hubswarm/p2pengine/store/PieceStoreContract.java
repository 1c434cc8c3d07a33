package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.Heard.Peer;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every {@link PieceStore} keeps to. */
abstract class PieceStoreContract {
    private static final int PIECE = 1 << 19;
    private static final int BLOCKS = PIECE / Sample.BLOCK;
    /** Three pieces and a bit, which ends within a block. */
    private static final int SIZE = 3 * PIECE + 2 * Sample.BLOCK + 5;

    private static final Peer ANN = Peer.of("ann");
    private static final Peer BOB = Peer.of("bob");
    private static final Peer EVE = Peer.of("eve");

    @TempDir
    Path temporary;

    final Heard heard = new Heard();

    /** @param budget of memory for pieces under way */
    abstract PieceStore create(Sample sample, @Nullable PieceHashes hashes, long budget) throws Exception;

    /** What the store takes for hashes of the blocks of a piece. */
    abstract byte[] leaves(Sample sample, int piece);

    /** Runs it on the loop. */
    abstract <T> T inside(Callable<T> task) throws Exception;

    /** Lets the loop run until it is so. */
    abstract void await(BooleanSupplier condition) throws Exception;

    private void run(Runnable task) throws Exception {
        inside(() -> {
            task.run();
            return true;
        });
    }

    private void awaitEvents(String... events) throws Exception {
        await(() -> heard.events.size() >= events.length);
        assertEquals(List.of(events), inside(() -> List.copyOf(heard.events)));
        run(heard.events::clear);
    }

    private void awaitEventsInAnyOrder(String... events) throws Exception {
        await(() -> heard.events.size() >= events.length);
        assertEquals(
                Stream.of(events).sorted().toList(),
                inside(() -> heard.events.stream().sorted().toList()));
        run(heard.events::clear);
    }

    private static void addAll(PieceStore store, Sample sample, int piece, Peer from) {
        assertTrue(store.open(piece));
        int blocks = sample.geometry().blockCount(piece);
        for (int block = 0; block < blocks; block++)
            store.add(sample.at(piece, block), sample.block(piece, block), from);
    }

    private byte[] read(PieceStore store, long at, int length) throws Exception {
        List<byte[]> answers = new ArrayList<>();
        run(() -> store.read(at, length, new PieceStore.Reader() {
            @Override
            public void read(ByteBuffer bytes) {
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                answers.add(copy);
            }

            @Override
            public void failed(UserError failure) {
                throw new AssertionError(failure);
            }
        }));
        await(() -> !answers.isEmpty());
        return answers.get(0);
    }

    private void close(PieceStore store) throws Exception {
        int[] ended = {0};
        run(() -> store.close(() -> ended[0]++));
        await(() -> ended[0] == 1);
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void aPieceIsVerifiedInWhateverOrderItsBlocksCome(TorrentVersion version) throws Exception {
        Sample sample = Sample.file(temporary, version, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        List<int[]> blocks = new ArrayList<>();
        for (int piece = 0; piece < 4; piece++) {
            int of = piece;
            IntStream.range(0, sample.geometry().blockCount(piece)).forEach(block -> blocks.add(new int[] {of, block}));
        }
        Collections.shuffle(blocks, new Random(3));
        run(() -> IntStream.range(0, 4).forEach(piece -> assertTrue(store.open(piece))));
        for (int[] block : blocks) {
            run(() -> store.add(sample.at(block[0], block[1]), sample.block(block[0], block[1]), ANN));
        }
        await(() -> store.verified().cardinality() == 4);
        assertEquals(4, store.received().cardinality());
        assertArrayEquals(Arrays.copyOfRange(sample.bytes(), 5, 105), read(store, 5, 100));
        int last = 3 * PIECE;
        assertArrayEquals(Arrays.copyOfRange(sample.bytes(), last, SIZE), read(store, last, SIZE - last));
        byte[] across = Arrays.copyOfRange(sample.bytes(), PIECE / 2 - 7, PIECE / 2 + 7);
        assertArrayEquals(across, read(store, PIECE / 2 - 7, 14));
        close(store);
    }

    @Test
    void manyBlocksAtOnceMayReachAcrossPieces() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V1, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        run(() -> {
            IntStream.range(0, 4).forEach(store::open);
            store.add(0, ByteBuffer.wrap(sample.bytes()), ANN);
        });
        await(() -> store.verified().cardinality() == 4);
        close(store);
        assertEquals(4, heard.events.size());
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void whoAloneSentAWrongPieceIsNamedAtOnce(TorrentVersion version) throws Exception {
        Sample sample = Sample.file(temporary, version, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        run(() -> {
            store.open(1);
            for (int i = 0; i < BLOCKS; i++) {
                store.add(sample.at(1, i), i == 7 ? sample.wrongBlock(1, i) : sample.block(1, i), EVE);
            }
        });
        awaitEvents("wrong 1", "lied 1 [eve]");
        assertTrue(store.received().isEmpty());
        run(() -> addAll(store, sample, 1, ANN));
        awaitEvents("verified 1");
        close(store);
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void ofManyWhoSentAWrongPieceOnlyLiarsAreNamedOnceItComesRight(TorrentVersion version) throws Exception {
        Sample sample = Sample.file(temporary, version, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        Peer mallory = Peer.of("mallory");
        run(() -> {
            store.open(0);
            for (int i = 0; i < BLOCKS; i++) {
                store.add(sample.at(0, i), i == 3 ? sample.wrongBlock(0, i) : sample.block(0, i), i < 9 ? EVE : BOB);
            }
        });
        awaitWrong(store, version);
        run(() -> {
            store.open(0);
            for (int i = 0; i < BLOCKS; i++) {
                store.add(
                        sample.at(0, i), i == 9 ? sample.wrongBlock(0, i) : sample.block(0, i), i < 9 ? BOB : mallory);
            }
        });
        awaitWrong(store, version);
        run(() -> addAll(store, sample, 0, ANN));
        awaitEvents("verified 0", "lied 0 [eve, mallory]");
        close(store);
    }

    /** Of the first piece, of whose blocks nobody knows the hashes. */
    private void awaitWrong(PieceStore store, TorrentVersion version) throws Exception {
        if (version != TorrentVersion.V1) {
            awaitEvents("doubted 0");
            run(() -> {
                assertFalse(store.open(0), "it is still here");
                store.giveUp(0);
            });
        }
        awaitEvents("wrong 0");
    }

    @ParameterizedTest
    @EnumSource(
            value = TorrentVersion.class,
            names = {"V2", "HYBRID"})
    void ofAPieceInDoubtOnlyWrongBlocksComeAgain(TorrentVersion version) throws Exception {
        Sample sample = Sample.file(temporary, version, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        run(() -> {
            store.open(0);
            for (int i = 0; i < BLOCKS; i++) {
                boolean isWrong = i == 3 || i == 20;
                store.add(sample.at(0, i), isWrong ? sample.wrongBlock(0, i) : sample.block(0, i), i < 9 ? EVE : BOB);
            }
        });
        awaitEvents("doubted 0");
        run(() -> {
            assertTrue(store.wantsLeaves(0));
            assertTrue(store.compare(0, leaves(sample, 0)));
            assertFalse(store.wantsLeaves(0));
        });
        awaitEvents("wrong blocks 0 {3, 20}", "lied 0 [bob, eve]");
        // The second time it is only said that it is wrong.
        run(() -> store.add(sample.at(0, 3), sample.wrongBlock(0, 3), EVE));
        awaitEvents("wrong blocks 0 {3}");
        run(() -> {
            store.add(sample.at(0, 20), sample.block(0, 20), ANN);
            store.add(sample.at(0, 3), sample.block(0, 3), ANN);
        });
        awaitEvents("verified 0");
        assertArrayEquals(Arrays.copyOf(sample.bytes(), 8 * Sample.BLOCK), read(store, 0, 8 * Sample.BLOCK));
        close(store);
    }

    @Test
    void aLiarIsKnownByTheFirstBlockAndNothingOfItIsKept() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        int segment = SegmentPool.LENGTH / Sample.BLOCK;
        run(() -> {
            store.open(1);
            assertTrue(store.compare(1, leaves(sample, 1)));
            store.add(sample.at(1, BLOCKS - 1), sample.block(1, BLOCKS - 1), BOB);
            store.add(sample.at(1, segment), sample.wrongBlock(1, segment), EVE);
            for (int i = 1; i < segment; i++) store.add(sample.at(1, i), sample.wrongBlock(1, i), EVE);
        });
        awaitEvents(
                "wrong blocks 1 "
                        + IntStream.rangeClosed(1, segment)
                                .boxed()
                                .toList()
                                .toString()
                                .replace('[', '{')
                                .replace(']', '}'),
                "lied 1 [eve]");
        run(() -> {
            for (int i = 0; i < BLOCKS - 1; i++) store.add(sample.at(1, i), sample.block(1, i), ANN);
        });
        awaitEvents("verified 1");
        close(store);
    }

    @Test
    void hashesOfBlocksThatLeadElsewhereAreRefused() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V2, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        byte[] wrong = leaves(sample, 0);
        wrong[32]++;
        run(() -> {
            assertFalse(store.wantsLeaves(0), "it is not open");
            store.open(0);
            assertFalse(store.compare(0, wrong));
            assertFalse(store.compare(0, new byte[32]));
            assertTrue(store.wantsLeaves(0));
        });
        close(store);
    }

    @Test
    void aPieceInDoubtCanBeForgotten() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V2, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        run(() -> {
            store.open(0);
            for (int i = 0; i < BLOCKS; i++) store.add(sample.at(0, i), sample.wrongBlock(0, i), i < 9 ? EVE : BOB);
        });
        awaitEvents("doubted 0");
        run(() -> store.forget(0));
        run(() -> store.giveUp(0));
        run(() -> addAll(store, sample, 0, ANN));
        awaitEvents("verified 0");
        close(store);
    }

    @Test
    void hashesOfBlocksAreToldOfVerifiedPiecesAlone() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        List<byte[]> told = new ArrayList<>();
        run(() -> store.leaves(3, told::add));
        await(() -> told.size() == 1);
        assertEquals(0, told.get(0).length);
        run(() -> addAll(store, sample, 3, ANN));
        awaitEvents("verified 3");
        run(() -> store.leaves(3, told::add));
        await(() -> told.size() == 2);
        assertArrayEquals(leaves(sample, 3), told.get(1));
        close(store);
    }

    @Test
    void whatTheHubSentIsKeptThoughATorrentSaysOtherwise() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        run(() -> {
            store.open(0);
            for (int i = 0; i < BLOCKS; i++) {
                store.add(sample.at(0, i), i == 3 ? sample.wrongBlock(0, i) : sample.block(0, i), Peer.HUB);
            }
        });
        awaitEvents("differs 0");
        assertTrue(store.received().get(0));
        assertFalse(store.verified().get(0));
        run(() -> assertThrows(IllegalStateException.class, () -> store.open(0)));
        run(() -> store.forget(0));
        await(() -> store.open(0));
        run(() -> {
            for (int i = 0; i < BLOCKS; i++) store.add(sample.at(0, i), sample.block(0, i), Peer.HUB);
        });
        awaitEvents("verified 0");
        close(store);
    }

    @Test
    void hashesMayComeAfterThePieces() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, SIZE);
        PieceStore store = create(sample, null, 4 * PIECE);
        run(() -> addAll(store, sample, 0, Peer.HUB));
        awaitEvents("received 0");
        run(() -> {
            store.open(1);
            for (int i = 0; i < BLOCKS; i++) store.add(sample.at(1, i), sample.wrongBlock(1, i), Peer.HUB);
        });
        awaitEvents("received 1");
        run(() -> addAll(store, sample, 3, Peer.HUB));
        awaitEvents("received 3");
        assertTrue(store.verified().isEmpty());

        byte[] nodes = sample.torrent().v2Pieces(sample.torrent().files().get(0));
        run(() -> store.attach(PieceHashes.v2(nodes, BitSet.valueOf(new long[] {0b0110}))));
        awaitEvents("differs 1");
        run(() -> store.attach(sample.hashes()));
        awaitEventsInAnyOrder("verified 0", "verified 3");
        run(() -> addAll(store, sample, 2, ANN));
        awaitEvents("verified 2");
        close(store);
    }

    @Test
    void hashesThatComeLaterFindWhoSentWrongBytes() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V2, PIECE, SIZE);
        PieceStore store = create(sample, null, 4 * PIECE);
        run(() -> addAll(store, sample, 0, ANN));
        awaitEvents("received 0");
        run(() -> {
            store.open(1);
            for (int i = 0; i < BLOCKS; i++) store.add(sample.at(1, i), sample.wrongBlock(1, i), EVE);
        });
        awaitEvents("received 1");
        run(() -> {
            store.open(3);
            store.add(sample.at(3, 0), sample.block(3, 0), ANN);
            store.add(sample.at(3, 1), sample.wrongBlock(3, 1), BOB);
            store.add(sample.at(3, 2), sample.block(3, 2), ANN);
        });
        awaitEvents("received 3");
        run(() -> store.attach(sample.hashes()));
        // Pieces are looked at side by side.
        awaitEventsInAnyOrder("verified 0", "wrong 1", "lied 1 [eve]", "wrong 3");
        run(() -> addAll(store, sample, 3, ANN));
        awaitEvents("verified 3", "lied 3 [bob]");
        assertTrue(inside(() -> store.open(1)), "it can be asked for again");
        close(store);
    }

    @Test
    void whatTheDigestOfTheFileProvesCanBeRead() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V2, PIECE, SIZE);
        PieceStore store = create(sample, null, 4 * PIECE);
        run(() -> addAll(store, sample, 0, ANN));
        awaitEvents("received 0");
        run(() -> addAll(store, sample, 3, Peer.HUB));
        awaitEvents("received 3");
        run(store::proven);
        awaitEventsInAnyOrder("verified 0", "verified 3");
        byte[] bytes = read(store, sample.at(3, 0), 100);
        assertArrayEquals(Arrays.copyOfRange(sample.bytes(), 3 * PIECE, 3 * PIECE + 100), bytes);
        close(store);
    }

    @Test
    void aPieceThatIsOpenMayFinishThoughNoOtherIsOpened() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 2 * PIECE);
        assertEquals(List.of(true, true, false), inside(() -> List.of(store.open(0), store.open(2), store.open(1))));
        assertFalse(inside(() -> store.open(0)), "it is open");
        run(() -> {
            for (int i = 0; i < BLOCKS; i++) store.add(sample.at(2, i), sample.block(2, i), ANN);
        });
        await(() -> heard.rooms > 0);
        await(() -> store.verified().get(2));
        run(() -> addAll(store, sample, 1, BOB));
        await(() -> store.verified().get(1));
        close(store);
    }

    @Test
    void whatIsForgottenComesAnew() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V1, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 2 * PIECE);
        run(() -> {
            store.open(0);
            store.open(1);
            for (int i = 0; i < BLOCKS - 1; i++) store.add(sample.at(0, i), sample.wrongBlock(0, i), EVE);
            store.forget(0);
            assertThrows(IllegalStateException.class, () -> store.add(sample.at(0, 0), sample.block(0, 0), ANN));
        });
        await(() -> store.open(0));
        run(() -> {
            for (int i = 0; i < BLOCKS; i++) store.add(sample.at(0, i), sample.block(0, i), ANN);
        });
        awaitEvents("verified 0");
        run(() -> {
            store.forget(0);
            assertTrue(store.verified().isEmpty());
        });
        await(() -> store.open(0));
        close(store);
    }

    @Test
    void blocksNobodyAskedForAreAnError() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V1, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        run(() -> {
            assertThrows(IllegalStateException.class, () -> store.add(0, sample.block(0, 0), ANN));
            store.open(0);
            store.add(0, sample.block(0, 0), ANN);
            assertThrows(IllegalStateException.class, () -> store.add(0, sample.block(0, 0), BOB));
            assertThrows(IllegalArgumentException.class, () -> store.add(Sample.BLOCK + 1, sample.block(0, 2), BOB));
            assertThrows(
                    IllegalStateException.class,
                    () -> store.read(0, 1, new PieceStore.Reader() {
                        @Override
                        public void read(ByteBuffer bytes) {}

                        @Override
                        public void failed(UserError failure) {}
                    }));
        });
        close(store);
    }

    @Test
    void onceClosedItSaysNothingMore() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.V1, PIECE, SIZE);
        PieceStore store = create(sample, sample.hashes(), 4 * PIECE);
        int[] ended = {0};
        run(() -> {
            addAll(store, sample, 0, ANN);
            addAll(store, sample, 1, ANN);
            store.close(() -> ended[0]++);
            assertFalse(store.open(2));
        });
        await(() -> ended[0] > 0);
        assertEquals(List.of(), heard.events);
        assertEquals(1, ended[0]);
    }
}
