package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.Snapshot;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.KnownPeer;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import tools.jackson.core.JsonGenerator;

/**
 * What the operator may do with snapshots (peer-systems.md §4.6). No page of another origin may: its answers carry no
 * CORS header. Thread-safe.
 */
final class LlmptAdmin {
    private final TrackerStore store;
    private final SwarmTable swarms;
    private final SnapshotList list;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    LlmptAdmin(TrackerStore store, SwarmTable swarms, SnapshotList list, InstantSource clock, LongSupplier nanoTime) {
        this.store = store;
        this.swarms = swarms;
        this.list = list;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** @param path below the admin's, the first part of which is "torrents" */
    ApiAnswer answer(ApiRequest request, List<String> path) throws ApiException, StoreException {
        String method = request.method();
        int parts = path.size();
        if (parts == 1) {
            LlmptApi.require(method.equals("GET"));
            return list.all();
        }
        String id = path.get(1);
        if (!id.matches("[0-9a-f]{24}")) throw ApiException.badRequest("bad_id", "invalid id");
        if (parts == 2) {
            LlmptApi.require(method.equals("DELETE"));
            if (!store.deleteSnapshot(id)) throw notFound();
            return message("torrent deleted");
        }
        if (parts == 3 && path.get(2).equals("approve")) {
            LlmptApi.require(method.equals("POST"));
            if (!store.approveSnapshot(id)) throw notFound();
            return message("torrent approved");
        }
        if (parts == 3 && path.get(2).equals("peers")) {
            LlmptApi.require(method.equals("GET"));
            return peers(id);
        }
        throw ApiException.notFound("There is nothing at this path.");
    }

    private static ApiException notFound() {
        return ApiException.notFound("torrent not found");
    }

    private static ApiAnswer message(String text) {
        return Json.object(200, Map.of(), out -> out.writeStringProperty("message", text));
    }

    private ApiAnswer peers(String id) throws ApiException, StoreException {
        Snapshot snapshot = store.snapshot(id);
        if (snapshot == null) throw notFound();
        SwarmKey swarm = SwarmKey.of(snapshot.infoHash());
        List<KnownPeer> peers = swarms.peers(swarm, nanoTime.getAsLong());
        List<KnownPeer> seeders = peers.stream().filter(KnownPeer::seeder).toList();
        List<KnownPeer> leechers = peers.stream().filter(peer -> !peer.seeder()).toList();
        return Json.object(200, Map.of(), out -> {
            out.writeStringProperty("torrent_id", id);
            out.writeStringProperty("repo_id", snapshot.repo().id());
            out.writeStringProperty("revision", snapshot.commit());
            out.writeStringProperty("swarm_key", swarm.toString());
            out.writeNumberProperty("seeder_count", seeders.size());
            out.writeNumberProperty("leecher_count", leechers.size());
            write(out, "seeders", seeders);
            write(out, "leechers", leechers);
        });
    }

    private void write(JsonGenerator out, String name, List<KnownPeer> peers) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        out.writeArrayPropertyStart(name);
        for (KnownPeer peer : peers) {
            out.writeStartObject();
            out.writeStringProperty("ip", peer.address().host());
            out.writeNumberProperty("port", peer.address().port());
            out.writeStringProperty("address", peer.address().toString());
            out.writeStringProperty("last_seen", now.minus(peer.silence()).toString());
            out.writeEndObject();
        }
        out.writeEndArray();
    }
}
