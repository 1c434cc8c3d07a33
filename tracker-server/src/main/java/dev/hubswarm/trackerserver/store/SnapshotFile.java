package dev.hubswarm.trackerserver.store;

import dev.hubswarm.protocol.metainfo.Hash;
import org.jspecify.annotations.Nullable;

/**
 * A file of a snapshot. Immutable.
 *
 * @param root of its hash tree; null if it is empty
 */
public record SnapshotFile(String path, long size, @Nullable Hash root) {}
