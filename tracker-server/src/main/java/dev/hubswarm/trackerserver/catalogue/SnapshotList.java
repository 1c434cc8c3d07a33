package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.store.Snapshot;
import dev.hubswarm.trackerserver.store.SnapshotFile;
import dev.hubswarm.trackerserver.store.SnapshotFilter;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** Lists of snapshots as llmpt's clients read them (peer-systems.md §4.2). Thread-safe. */
final class SnapshotList {
    /** llmpt's lists have no pages, and its clients read the first element. */
    private static final int MAX_SNAPSHOTS = 100;
    /** Of all snapshots of a list together; the list ends when there are more. */
    private static final int MAX_FILES = 2 * SnapshotPublication.MAX_FILES;

    private final TrackerStore store;
    private final SwarmTable swarms;

    SnapshotList(TrackerStore store, SwarmTable swarms) {
        this.store = store;
        this.swarms = swarms;
    }

    /** Active ones, by their repository. */
    ApiAnswer find(Map<String, String> parameters, Map<String, String> headers) throws StoreException {
        String typeName = parameters.get("repo_type");
        RepoType type = typeName == null ? null : RepoType.ofWord(typeName);
        if (typeName != null && type == null) return list(0, List.of(), true, headers);
        return list(
                new SnapshotFilter(type, parameters.get("repo_id"), parameters.get("revision"), false), true, headers);
    }

    /** Pending ones too. */
    ApiAnswer all() throws StoreException {
        return list(new SnapshotFilter(null, null, null, true), false, Map.of());
    }

    private ApiAnswer list(SnapshotFilter filter, boolean stats, Map<String, String> headers) throws StoreException {
        return list(store.countSnapshots(filter), store.snapshots(filter, MAX_SNAPSHOTS), stats, headers);
    }

    private ApiAnswer list(int total, List<Snapshot> snapshots, boolean stats, Map<String, String> headers)
            throws StoreException {
        return Json.object(200, headers, out -> {
            out.writeNumberProperty("total", total);
            out.writeArrayPropertyStart("data");
            int files = 0;
            for (Snapshot snapshot : snapshots) {
                files += snapshot.fileCount();
                if (files > MAX_FILES) break;
                out.writeStartObject();
                write(out, snapshot);
                if (stats) writeStats(out, swarms.stats(SwarmKey.of(snapshot.infoHash())));
                out.writeEndObject();
            }
            out.writeEndArray();
        });
    }

    private void write(JsonGenerator out, Snapshot snapshot) throws StoreException {
        out.writeStringProperty("id", snapshot.id());
        out.writeStringProperty("repo_id", snapshot.repo().id());
        out.writeStringProperty("revision", snapshot.commit());
        out.writeStringProperty("repo_type", snapshot.repo().type().word());
        out.writeStringProperty("name", snapshot.name());
        out.writeStringProperty("info_hash", snapshot.infoHash().hex());
        out.writeStringProperty("announce_key", snapshot.infoHash().truncated().hex());
        out.writeNumberProperty("total_size", snapshot.totalSize());
        out.writeNumberProperty("file_count", snapshot.fileCount());
        out.writeNumberProperty("piece_length", snapshot.pieceLength());
        out.writeArrayPropertyStart("files");
        for (SnapshotFile file : store.snapshotFiles(snapshot.id())) {
            out.writeStartObject();
            writeFile(out, file);
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeStringProperty("status", snapshot.active() ? "active" : "pending");
        out.writeStringProperty("created_at", snapshot.created().toString());
    }

    static void writeFile(JsonGenerator out, SnapshotFile file) {
        out.writeStringProperty("path", file.path());
        out.writeNumberProperty("size", file.size());
        Hash root = file.root();
        if (root != null) out.writeStringProperty("file_root", root.hex());
    }

    private static void writeStats(JsonGenerator out, SwarmStats stats) {
        out.writeObjectPropertyStart("stats");
        out.writeNumberProperty("seeders", stats.complete());
        out.writeNumberProperty("leechers", stats.incomplete());
        out.writeNumberProperty("completed", stats.downloaded());
        out.writeEndObject();
    }
}
