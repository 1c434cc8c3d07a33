package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.testkit.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The lab's store keeps to what the real one keeps to. */
final class VirtualPieceStoreTest extends PieceStoreContract {
    private final VirtualLoop loop = new VirtualLoop();

    @Override
    PieceStore create(Sample sample, @Nullable PieceHashes hashes, long budget) {
        VirtualContent content = new VirtualContent() {
            @Override
            public ByteBuffer read(long at, int length) {
                return ByteBuffer.wrap(sample.bytes(), (int) at, length);
            }

            @Override
            public boolean isRight(long at, ByteBuffer block) {
                return read(at, block.remaining()).equals(block);
            }
        };
        return new VirtualPieceStore(loop, sample.geometry(), content, hashes, budget, heard);
    }

    @Override
    byte[] leaves(Sample sample, int piece) {
        return new byte[sample.geometry().blockCount(piece) * MerkleTree.NODE];
    }

    @Override
    <T> T inside(Callable<T> task) throws Exception {
        return task.call();
    }

    @Override
    void await(BooleanSupplier condition) {
        loop.turn();
        assertTrue(condition.getAsBoolean());
    }
}
