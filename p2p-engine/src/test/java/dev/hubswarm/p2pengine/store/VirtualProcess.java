package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What real stores of one process share, with a disk in virtual time. Confined to its loop. */
public final class VirtualProcess {
    private static final long SECOND = 1_000_000_000L;

    private final MemoryBudget arriving;
    private final MemoryBudget reading;
    private final StoreResources resources;
    private final long most;
    private final int pieceLength;
    private int stores;

    /** @param pieceLength of all its torrents */
    public VirtualProcess(Loop loop, RandomGenerator random, SegmentPool segments, int pieceLength) {
        this(loop, random, segments, pieceLength, random.nextInt(5) * pieceLength);
    }

    public VirtualProcess(Loop loop, RandomGenerator random, SegmentPool segments, int pieceLength, int arrivingBytes) {
        this.pieceLength = pieceLength;
        most = Math.max(arrivingBytes, 2 * pieceLength);
        arriving = new MemoryBudget(arrivingBytes);
        reading = new MemoryBudget((long) random.nextInt(4) * SegmentPool.LENGTH);
        long slowest = random.nextInt(4) == 0 ? 2 * SECOND : SECOND / 50;
        VirtualDisk disk = new VirtualDisk(loop, random, 1 + random.nextInt(4), 1 + random.nextInt(8), slowest);
        resources = new StoreResources(disk, segments, arriving, reading);
    }

    /** @param loop of the store, whose process may stand still */
    public PieceStore open(
            Loop loop, PieceSpace space, @Nullable PieceHashes hashes, PieceFiles files, PieceStore.Listener news) {
        stores++;
        return new DiskPieceStore(loop, space, hashes, files, resources, news);
    }

    /** How much memory its stores may have: what they promised, and what they may always have. */
    public long mayLend() {
        long perStore = Math.max(SegmentPool.LENGTH, pieceLength);
        return arriving.used()
                + reading.used()
                + (long) stores * SegmentPool.LENGTH
                + resources.disk().size() * perStore;
    }

    public void checkInvariants() {
        if (arriving.used() > most) throw new AssertionError(arriving.used() + " promised, with " + most + " to give");
        if (arriving.used() < 0 || reading.used() < 0) throw new AssertionError("more given back than there was");
        if (reading.used() > 4L * SegmentPool.LENGTH) throw new AssertionError(reading.used() + " read");
    }

    /** After all stores have ended. */
    public void checkEnd() {
        if (arriving.used() != 0 || reading.used() != 0) throw new AssertionError("promised for ever");
    }

    public static long lent(SegmentPool segments) {
        return segments.lent();
    }
}
