package dev.hubswarm.p2pengine.store;

import dev.hubswarm.storage.Disk;

/**
 * What all stores of a process share. Immutable; its parts are thread-safe.
 *
 * @param arriving memory for pieces under way
 * @param arrivingInOrder the same for those that come from front to back
 * @param reading memory for what was read to be sent
 */
public record StoreResources(
        Disk disk, SegmentPool segments, MemoryBudget arriving, MemoryBudget arrivingInOrder, MemoryBudget reading) {
    public StoreResources(Disk disk, SegmentPool segments, MemoryBudget arriving, MemoryBudget reading) {
        this(disk, segments, arriving, new MemoryBudget(MemoryBudget.USUAL), reading);
    }
}
