package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A snapshot as tracker processes exchange it; its torrent travels apart. Immutable. */
record SnapshotRecord(Snapshot snapshot, List<SnapshotFile> files) {
    byte[] bytes() {
        Bytes out = new Bytes();
        out.put(snapshot.repo().type().name()).put(snapshot.repo().id()).put(snapshot.commit());
        out.put(snapshot.name()).put(snapshot.infoHash()).put(snapshot.totalSize());
        out.put(snapshot.fileCount()).put(snapshot.pieceLength()).put(snapshot.active());
        out.put(snapshot.created().toEpochMilli()).put(files.size());
        for (SnapshotFile file : files) {
            Hash root = file.root();
            out.put(file.path()).put(file.size()).put(root != null);
            if (root != null) out.put(root);
        }
        return out.toArray();
    }

    /** @throws RuntimeException if the bytes are none of ours */
    static SnapshotRecord of(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Snapshot snapshot = new Snapshot(
                new RepoRef(RepoType.valueOf(Bytes.text(in)), Bytes.text(in)),
                Bytes.text(in),
                Bytes.text(in),
                Bytes.hash(in, Hash.SHA256_LENGTH),
                in.getLong(),
                in.getInt(),
                in.getInt(),
                in.get() != 0,
                Instant.ofEpochMilli(in.getLong()));
        List<SnapshotFile> files = new ArrayList<>();
        for (int left = in.getInt(); left > 0; left--)
            files.add(new SnapshotFile(
                    Bytes.text(in), in.getLong(), in.get() != 0 ? Bytes.hash(in, Hash.SHA256_LENGTH) : null));
        return new SnapshotRecord(snapshot, files);
    }

    /** Whether this one stays if only one of the two can: processes that compare the same two agree. */
    boolean winsOver(Snapshot other) {
        if (snapshot.active() != other.active()) return snapshot.active();
        int order = snapshot.created().compareTo(other.created());
        return order < 0 || (order == 0 && snapshot.id().compareTo(other.id()) < 0);
    }
}
