package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.Heard.Peer;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A loop, a disk and some memory for stores, of which each test has one at a time. */
@ExtendWith(LeakCheck.class)
abstract class DiskTest {
    static final Peer ANN = Peer.of("ann");
    static final Peer EVE = Peer.of("eve");

    final ThreadLoop loop = new ThreadLoop();
    final DiskPool disk = new DiskPool(3, 4);
    final MemoryBudget arriving = new MemoryBudget(0);
    final StoreResources resources = new StoreResources(disk, new SegmentPool(1 << 20), arriving, new MemoryBudget(0));
    final OpenFiles open = new OpenFiles(4);
    Heard heard = new Heard();

    @TempDir
    Path temporary;

    @AfterEach
    void everythingIsGivenBack() {
        disk.close();
        loop.close();
        open.close();
        assertEquals(0, arriving.used());
        assertEquals(0, resources.reading().used());
    }

    PieceStore create(PieceSpace space, @Nullable PieceHashes hashes, PieceFiles files) throws Exception {
        Heard listener = new Heard();
        heard = listener;
        return loop.call(() -> new DiskPieceStore(loop, space, hashes, files, resources, listener));
    }

    static void addAll(PieceStore store, Sample sample, int piece, Peer from) {
        for (int i = 0; i < sample.geometry().blockCount(piece); i++) {
            if (sample.space()
                    .isPadding(sample.at(piece, i), sample.block(piece, i).remaining())) continue;
            store.add(sample.at(piece, i), sample.block(piece, i), from);
        }
    }

    /** Opens pieces as memory allows, and lets Ann send them. */
    void download(PieceStore store, Sample sample, IntStream pieces) throws Exception {
        for (int piece : pieces.toArray()) {
            loop.await(() -> store.open(piece));
            loop.run(() -> addAll(store, sample, piece, ANN));
            loop.await(() -> store.verified().get(piece) || !heard.failures.isEmpty());
        }
    }

    void close(PieceStore store) throws Exception {
        int[] ended = {0};
        loop.run(() -> store.close(() -> ended[0]++));
        loop.await(() -> ended[0] == 1);
    }

    /** Keeps what was read, or why it was not. Confined to the loop. */
    static final class Got implements PieceStore.Reader {
        byte @Nullable [] bytes;

        @Nullable
        UserError failure;

        @Override
        public void read(ByteBuffer read) {
            bytes = new byte[read.remaining()];
            read.get(bytes);
        }

        @Override
        public void failed(UserError why) {
            failure = why;
        }
    }

    Got read(PieceStore store, long at, int length) throws Exception {
        Got got = new Got();
        loop.run(() -> store.read(at, length, got));
        loop.await(() -> got.bytes != null || got.failure != null);
        return got;
    }

    byte[] bytes(PieceStore store, long at, int length) throws Exception {
        return Objects.requireNonNull(read(store, at, length).bytes);
    }
}
