package dev.hubswarm.trackerserver.store;

/** A file, and a snapshot that has it. Immutable. */
public record SnapshotSource(Snapshot snapshot, SnapshotFile file) {}
