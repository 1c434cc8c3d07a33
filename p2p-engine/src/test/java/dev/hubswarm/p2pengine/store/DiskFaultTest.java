package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.store.Heard.Peer;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Disks that are slow, full or broken, and pieces as long as the memory. */
final class DiskFaultTest extends DiskTest {
    private static final int SEEDS = Integer.getInteger("hubswarm.seeds", 500);
    private static final int PIECE = 1 << 19;
    private static final int PIECES = 4;

    private Sample sample(TorrentVersion version) throws Exception {
        return Sample.file(temporary, version, PIECE, (PIECES - 1) * PIECE + 20_000);
    }

    private PieceStore create(Sample sample, MemoryFiles files, @Nullable PieceHashes hashes) throws Exception {
        return create(sample.space(), hashes, files);
    }

    @Test
    void aFullDiskIsToldOnceAndNothingWrongIsClaimed() throws Exception {
        Sample sample = sample(TorrentVersion.V1);
        for (int writes = 0; writes < 6; writes++) {
            MemoryFiles files = new MemoryFiles(sample);
            files.writesLeft = writes;
            PieceStore store = create(sample, files, sample.hashes());
            for (int piece = 0; piece < PIECES; piece++) {
                int next = piece;
                loop.await(() -> !heard.failures.isEmpty() || store.open(next));
                loop.run(() -> {
                    if (heard.failures.isEmpty()) addAll(store, sample, next, ANN);
                });
            }
            loop.await(() -> !heard.failures.isEmpty());
            assertEquals(Kind.NO_SPACE, heard.failures.get(0).kind());
            loop.run(() -> {
                assertFalse(store.open(store.received().nextClearBit(0)));
                store.add(0, sample.block(0, 0), ANN);
            });
            close(store);
            assertEquals(1, heard.failures.size());
            assertEquals(0, arriving.used());
        }
    }

    @Test
    void aSlowDiskMeansNoToNewPiecesAndNothingElse() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        MemoryFiles files = new MemoryFiles(sample);
        Semaphore gate = new Semaphore(0);
        files.beforeEach = gate::acquireUninterruptibly;
        PieceStore store = create(sample, files, sample.hashes());
        loop.run(() -> {
            for (int piece : new int[] {0, 1}) {
                assertTrue(store.open(piece));
                addAll(store, sample, piece, ANN);
            }
            assertFalse(store.open(2));
            assertEquals(0, heard.rooms);
        });
        gate.release(1000);
        loop.await(() -> heard.rooms > 0 && store.verified().cardinality() == 2);
        loop.run(() -> assertTrue(store.open(2)));
        loop.run(() -> addAll(store, sample, 2, ANN));
        loop.await(() -> store.verified().get(2));
        close(store);
    }

    @Test
    void aPieceThatCannotBeReadIsMissing() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        MemoryFiles files = new MemoryFiles(sample);
        files.hold(0, false);
        files.hold(1, true);
        PieceStore store = create(sample, files, sample.hashes());
        loop.await(() -> store.verified().cardinality() == 2);
        files.readsLeft = 0;
        assertTrue(read(store, 0, 100).failure != null);
        loop.await(() -> heard.has("wrong 0"));
        assertEquals(
                "[verified 0, verified 1, wrong 0]",
                heard.events.stream().sorted().toList().toString());
        loop.await(() -> store.open(0));
        loop.run(() -> addAll(store, sample, 0, ANN));
        loop.await(() -> store.verified().get(0));
        close(store);
    }

    @Test
    void whatAnEarlierDownloadLeftIsLookedAt() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        MemoryFiles files = new MemoryFiles(sample);
        for (int piece = 0; piece < PIECES; piece++) files.hold(piece, piece < 2);
        files.damage(sample.at(1, 2));
        files.damage(sample.at(3, 0));
        PieceStore store = create(sample, files, sample.hashes());
        loop.await(() -> heard.events.size() == PIECES);
        assertEquals(Set.of("verified 0", "differs 1", "verified 2", "wrong 3"), Set.copyOf(heard.events));
        assertEquals("{0, 1, 2}", store.received().toString());
        assertFalse(files.held().get(3));
        close(store);
    }

    @Test
    void whatAnEarlierDownloadLeftIsLookedAtOnceHashesAreKnown() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        MemoryFiles files = new MemoryFiles(sample);
        files.hold(0, true);
        files.hold(2, false);
        files.damage(sample.at(2, 0));
        PieceStore store = create(sample, files, null);
        loop.run(() -> assertEquals("{0, 2}", store.received().toString()));
        loop.run(() -> store.attach(sample.hashes()));
        loop.await(() -> heard.events.size() == 2);
        assertEquals(Set.of("verified 0", "wrong 2"), Set.copyOf(heard.events));
        close(store);
    }

    @Test
    void manyReadersNeedLittleMemoryAndFewReads() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        MemoryFiles files = new MemoryFiles(sample);
        for (int piece = 0; piece < PIECES; piece++) files.hold(piece, false);
        PieceStore store = create(sample, files, sample.hashes());
        loop.await(() -> store.verified().cardinality() == PIECES);
        int before = files.readsLeft;
        List<Got> got = new ArrayList<>();
        List<Integer> at = new ArrayList<>();
        loop.run(() -> {
            for (int piece = 0; piece < PIECES; piece++) {
                for (int i = 0; i < sample.geometry().blockCount(piece); i++) {
                    got.add(new Got());
                    at.add((int) sample.at(piece, i));
                    store.read(sample.at(piece, i), sample.block(piece, i).remaining(), got.get(got.size() - 1));
                }
            }
        });
        loop.await(() -> got.stream().allMatch(one -> one.bytes != null));
        for (int i = 0; i < got.size(); i++) {
            byte[] bytes = got.get(i).bytes;
            int length = bytes == null ? 0 : bytes.length;
            assertTrue(Arrays.equals(bytes, Arrays.copyOfRange(sample.bytes(), at.get(i), at.get(i) + length)));
        }
        // Of each segment one, or a second where memory for it was gone between.
        assertTrue(before - files.readsLeft <= 8, (before - files.readsLeft) + " reads");
        assertTrue(resources.reading().used() <= 2 * SegmentPool.LENGTH);
        close(store);
        assertEquals(0, resources.reading().used());
    }

    @Test
    void aStoreGivesBackMemoryForReadingWhenAnotherWaitsForIt() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        StoreResources shared =
                new StoreResources(disk, new SegmentPool(1 << 20), arriving, new MemoryBudget(4L * SegmentPool.LENGTH));
        List<PieceStore> stores = new ArrayList<>();
        List<MemoryFiles> files = List.of(new MemoryFiles(sample), new MemoryFiles(sample));
        for (MemoryFiles one : files) {
            for (int piece = 0; piece < PIECES; piece++) one.hold(piece, false);
            PieceStore store = loop.call(
                    () -> new DiskPieceStore(loop, sample.space(), sample.hashes(), one, shared, new Heard()));
            loop.await(() -> store.verified().cardinality() == PIECES);
            stores.add(store);
        }
        int before = files.get(1).readsLeft;
        for (int round = 0; round < 10; round++) {
            for (int segment = 0; segment < 6; segment++) {
                read(stores.get(0), (long) segment * SegmentPool.LENGTH, 10);
                assertTrue(shared.reading().used() <= 4L * SegmentPool.LENGTH);
            }
            read(stores.get(1), 0, 10);
            read(stores.get(1), SegmentPool.LENGTH, 10);
        }
        int reads = before - files.get(1).readsLeft;
        assertTrue(reads <= 8, reads + " reads for 20 requests in two segments");
        for (PieceStore store : stores) close(store);
        assertEquals(0, shared.reading().used());
    }

    @Test
    void whoIsAnsweredMayAskForMoreThoughOthersHaveAllTheMemory() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        MemoryFiles files = new MemoryFiles(sample);
        for (int piece = 0; piece < PIECES; piece++) files.hold(piece, false);
        PieceStore store = create(sample, files, sample.hashes());
        loop.await(() -> store.verified().cardinality() == PIECES);
        try (MemoryBudget.Share others = resources.reading().join(SegmentPool.LENGTH, () -> {})) {
            assertTrue(others.promise(2 * SegmentPool.LENGTH));
            read(store, 0, 1);
            Semaphore gate = new Semaphore(0);
            for (int i = 0; i < disk.size(); i++) disk.execute(gate::acquireUninterruptibly, () -> {});
            Got last = new Got();
            try {
                loop.run(() -> store.read(0, 100, new PieceStore.Reader() {
                    @Override
                    public void read(ByteBuffer bytes) {
                        store.read(SegmentPool.LENGTH, 1, last);
                        // Whoever gets memory now does not get what is still being read.
                        for (int i = 0; i < 20; i++) {
                            PieceSpace.clear(resources.segments().take(SegmentPool.LENGTH));
                        }
                        assertEquals(ByteBuffer.wrap(sample.bytes(), 0, 100), bytes);
                    }

                    @Override
                    public void failed(UserError failure) {}
                }));
            } finally {
                gate.release(disk.size());
            }
            loop.await(() -> last.bytes != null);
        }
        close(store);
        assertEquals(0, resources.reading().used());
    }

    @Test
    void whatWasReadOfAPieceIsNotSentOnceItWasForgotten() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        MemoryFiles files = new MemoryFiles(sample);
        files.hold(0, false);
        PieceStore store = create(sample, files, sample.hashes());
        // Verified is said before the claim is made, which must find what is right.
        loop.await(() -> store.verified().get(0) && files.claims == 1);
        files.damage(5);
        assertEquals(sample.bytes()[5] ^ 1, bytes(store, 5, 1)[0]);
        Got late = new Got();
        loop.run(() -> {
            store.read(SegmentPool.LENGTH, 1, late);
            store.forget(0);
        });
        loop.await(() -> late.failure != null);
        loop.await(() -> store.open(0));
        loop.run(() -> addAll(store, sample, 0, ANN));
        loop.await(() -> store.verified().get(0));
        assertEquals(sample.bytes()[5], bytes(store, 5, 1)[0]);
        close(store);
    }

    @Test
    void aPieceOf64MibTakesNoMoreMemoryThanWasPromisedInAnyOrderAndHardlyAnyInOrder() throws Exception {
        int piece = 64 << 20;
        Sample sample = Sample.file(temporary, TorrentVersion.V1, piece, piece + 1);
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        List<Integer> blocks = IntStream.range(0, piece / Sample.BLOCK).boxed().collect(Collectors.toList());
        for (boolean inOrder : List.of(true, false)) {
            MemoryFiles files = new MemoryFiles(sample);
            PieceStore store = create(sample, files, sample.hashes());
            long before = direct.getMemoryUsed();
            long[] peak = {0};
            loop.run(() -> assertTrue(store.open(0)));
            if (!inOrder) Collections.shuffle(blocks, new Random(1));
            for (int i = 0; i < blocks.size(); i += 64) {
                List<Integer> some = blocks.subList(i, i + 64);
                loop.run(() -> some.forEach(block -> store.add(sample.at(0, block), sample.block(0, block), ANN)));
                peak[0] = Math.max(peak[0], direct.getMemoryUsed() - before);
                long promised = (long) piece - (i + 64L) * Sample.BLOCK;
                // A MiB is on its way, and then on the disk.
                if (inOrder) loop.await(() -> arriving.used() <= promised);
            }
            loop.await(() -> store.verified().get(0));
            long most = inOrder ? 4 << 20 : piece + (4 << 20);
            assertTrue(peak[0] <= most, peak[0] + " bytes, in order: " + inOrder);
            close(store);
        }
    }

    @Test
    void whateverHappensInWhateverOrderEveryDownloadEnds() throws Exception {
        List<Sample> samples = List.of(sample(TorrentVersion.V1), sample(TorrentVersion.HYBRID));
        for (int seed = 0; seed < SEEDS; seed++) {
            Sample sample = samples.get(seed % 2);
            MemoryFiles files = new MemoryFiles(sample);
            Random slow = new Random(seed);
            files.beforeEach = () -> {
                long nanos;
                synchronized (slow) {
                    nanos = slow.nextInt(4) == 0 ? slow.nextInt(200_000) : 0;
                }
                if (nanos > 0) LockSupport.parkNanos(nanos);
            };
            PieceStore store = create(sample, files, sample.hashes());
            Chaos chaos = new Chaos(store, sample, new Random(seed));
            loop.execute(chaos);
            String label = "seed " + seed;
            loop.await(chaos::isOver);
            close(store);
            assertEquals(PIECES, files.held().cardinality(), label);
            assertEquals(0, arriving.used(), label);
            for (String event : heard.events) {
                if (event.startsWith("lied")) assertTrue(event.endsWith("[eve]"), label + ": " + event);
            }
            assertEquals(List.of(), heard.failures, label);
        }
    }

    /** Does what comes to its mind, a little at a time. Confined to the loop. */
    private final class Chaos implements Runnable {
        private final PieceStore store;
        private final Sample sample;
        private final Random random;
        private final List<List<Integer>> missing = new ArrayList<>();
        private boolean stopped;
        private int forgotten;

        Chaos(PieceStore store, Sample sample, Random random) {
            this.store = store;
            this.sample = sample;
            this.random = random;
            for (int i = 0; i < PIECES; i++) missing.add(new ArrayList<>());
            heard.onWrong = piece -> missing.get(piece).clear();
            heard.onDoubt = piece -> {
                if (random.nextInt(3) == 0) store.giveUp(piece);
                else assertTrue(store.compare(piece, sample.leaves(piece)));
            };
            heard.onWrongBlocks = (piece, blocks) ->
                    blocks.stream().forEach(block -> missing.get(piece).add(block));
        }

        boolean isOver() {
            stopped = store.verified().cardinality() == PIECES;
            return stopped;
        }

        @Override
        public void run() {
            boolean waits = true;
            for (int i = 0; i < 12 && !stopped; i++) waits &= !step();
            if (stopped || store.verified().cardinality() == PIECES) return;
            if (waits) loop.schedule(100_000, this);
            else loop.execute(this);
        }

        /** Whether there was anything to do. */
        private boolean step() {
            int piece = random.nextInt(PIECES);
            List<Integer> blocks = missing.get(piece);
            if (store.verified().get(piece)) {
                if (random.nextInt(100) == 0 && forgotten++ < 3) store.forget(piece);
                else if (random.nextInt(16) == 0) read(piece);
                return false;
            } else if (!blocks.isEmpty()) {
                int block = blocks.remove(random.nextInt(blocks.size()));
                boolean lies = random.nextInt(100) == 0;
                store.add(
                        sample.at(piece, block),
                        lies ? sample.wrongBlock(piece, block) : sample.block(piece, block),
                        lies || random.nextInt(5) == 0 ? EVE : Peer.of("honest" + random.nextInt(3)));
                if (random.nextInt(100) == 0 && store.wantsLeaves(piece)) {
                    assertTrue(store.compare(piece, sample.leaves(piece)));
                }
                if (random.nextInt(200) == 0 && forgotten++ < 3) {
                    store.forget(piece);
                    blocks.clear();
                }
            } else if (!store.received().get(piece) && store.open(piece)) {
                IntStream.range(0, sample.geometry().blockCount(piece)).forEach(blocks::add);
            } else {
                return false;
            }
            return true;
        }

        private void read(int piece) {
            int length = 1 + random.nextInt(Sample.BLOCK);
            int from = (int) sample.geometry().offsetOf(piece)
                    + random.nextInt(Math.max(1, sample.geometry().lengthOf(piece) - length));
            store.read(from, Math.min(length, sample.geometry().lengthOf(piece)), new PieceStore.Reader() {
                @Override
                public void read(ByteBuffer bytes) {
                    int count = bytes.remaining();
                    assertEquals(ByteBuffer.wrap(sample.bytes(), from, count), bytes);
                }

                @Override
                public void failed(UserError failure) {
                    assertTrue(forgotten > 0, () -> String.valueOf(failure));
                }
            });
        }
    }
}
