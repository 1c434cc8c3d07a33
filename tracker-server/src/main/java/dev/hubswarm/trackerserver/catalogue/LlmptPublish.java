package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.Publisher;
import dev.hubswarm.trackerserver.store.Snapshot;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Takes the snapshots that llmpt's clients publish (peer-systems.md §4.5). Thread-safe. */
final class LlmptPublish {
    private static final String WAITS = "It waits for the approval of the tracker's operator.";

    private final TrackerStore store;
    private final Access access;
    private final @Nullable HubCheck hub;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    LlmptPublish(
            TrackerStore store, Access access, @Nullable HubCheck hub, InstantSource clock, LongSupplier nanoTime) {
        this.store = store;
        this.access = access;
        this.hub = hub;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    ApiAnswer answer(ApiRequest request, Map<String, String> headers) throws ApiException, StoreException {
        // Where publishers need a token, a client that has none to send may still propose.
        Publisher publisher = access.publisher(request);
        Publisher counted = publisher != null ? publisher : new Publisher(Access.network(request.from()), false);
        access.count(counted, request, request.body().length, nanoTime.getAsLong());
        SnapshotPublication published = SnapshotPublication.read(request.body(), clock.instant());
        Snapshot snapshot = published.snapshot();

        Snapshot there = store.snapshot(snapshot.repo(), snapshot.commit());
        boolean same = there != null && there.infoHash().equals(snapshot.infoHash());
        if (there != null && there.active()) {
            if (same) return answer(snapshot, "It was published before.", null, headers);
            throw conflict();
        }
        boolean active =
                publisher != null && hub != null && hub.isWhole(snapshot.repo(), snapshot.commit(), published.files());
        if (same) {
            // The Hub may not have been there when it was published.
            if (active) store.approveSnapshot(snapshot.id());
        } else {
            Snapshot added = active ? snapshot.approved() : snapshot;
            if (!store.addSnapshot(added, published.files(), published.torrent())) throw conflict();
        }
        return answer(snapshot, active ? "Published." : WAITS, active ? "active" : "pending", headers);
    }

    private static ApiException conflict() {
        return new ApiException(409, "conflict", "Another torrent of this revision, or this torrent, is here already.");
    }

    private static ApiAnswer answer(
            Snapshot snapshot, String message, @Nullable String status, Map<String, String> headers) {
        return Json.object(200, headers, out -> {
            out.writeStringProperty("message", message);
            out.writeStringProperty("info_hash", snapshot.infoHash().hex());
            out.writeStringProperty(
                    "announce_key", snapshot.infoHash().truncated().hex());
            if (status != null) out.writeStringProperty("status", status);
        });
    }
}
