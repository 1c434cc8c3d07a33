package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** The store on disk, over a part. */
@ExtendWith(LeakCheck.class)
final class DiskPieceStoreTest extends PieceStoreContract {
    private final ThreadLoop loop = new ThreadLoop();
    private final DiskPool disk = new DiskPool(3, 4);
    private final MemoryBudget reading = new MemoryBudget(0);
    private @Nullable MemoryBudget arriving;
    private @Nullable PartFile part;

    @Override
    PieceStore create(Sample sample, @Nullable PieceHashes hashes, long budget) throws Exception {
        PartHeader header = new PartHeader(
                ContentDigest.of("ab".repeat(32)),
                sample.bytes().length,
                sample.torrent().pieceLength(),
                "test");
        Path folder = Files.createDirectories(temporary.resolve("parts"));
        PartFile opened = PartFile.open(folder, temporary.resolve("journals"), header);
        part = opened;
        MemoryBudget budgeted = new MemoryBudget(budget);
        arriving = budgeted;
        StoreResources resources = new StoreResources(disk, new SegmentPool(1 << 20), budgeted, reading);
        return inside(() -> new DiskPieceStore(
                loop, sample.space(), hashes, new PartPieces(opened, Heard.NOBODY), resources, heard));
    }

    @Override
    byte[] leaves(Sample sample, int piece) {
        return sample.leaves(piece);
    }

    @Override
    <T> T inside(Callable<T> task) throws Exception {
        return loop.call(task);
    }

    @Override
    void await(BooleanSupplier condition) throws Exception {
        loop.await(condition);
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        disk.close();
        loop.close();
        if (part != null) part.discard();
        if (arriving != null) assertEquals(0, arriving.used());
        assertEquals(0, reading.used());
    }
}
