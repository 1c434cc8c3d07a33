package dev.hubswarm.trackerserver.store;

final class MemoryStoreTest extends StoreConformance {
    @Override
    TrackerStore open() {
        return new MemoryStore();
    }
}
