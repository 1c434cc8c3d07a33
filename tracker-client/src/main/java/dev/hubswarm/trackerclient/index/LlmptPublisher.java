package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerclient.contact.HttpReply;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.index.PublishResult.Kind;
import java.util.concurrent.CompletableFuture;
import okhttp3.RequestBody;
import tools.jackson.core.JsonGenerator;

/** Publishes torrents of whole repositories at a tracker that speaks llmpt's API v1. Immutable. */
public final class LlmptPublisher {
    private final TrackerApi api;

    public LlmptPublisher(TrackerApi api) {
        this.api = api;
    }

    /** @param torrent a snapshot torrent: v2, and called as the commit */
    public CompletableFuture<PublishResult> publish(Metainfo torrent, String repoType, String repoId) {
        Hash hash = torrent.infoHash().v2();
        if (hash == null || !RepoFile.isCommit(torrent.name()))
            throw new IllegalArgumentException(torrent + " is no snapshot");
        RequestBody body = Json.body(json -> write(torrent, hash, repoType, repoId, json));
        return api.send(
                        "POST",
                        api.url("/api/v1/publish").build(),
                        body,
                        CataloguePublisher.MAX_ANSWER_BYTES,
                        CataloguePublisher.TIMEOUT_NANOS)
                .thenApply(this::result)
                .exceptionally(PublishAnswer::unavailable);
    }

    private static void write(Metainfo torrent, Hash hash, String repoType, String repoId, JsonGenerator json) {
        json.writeStartObject()
                .writeStringProperty("repo_id", repoId)
                .writeStringProperty("revision", torrent.name())
                .writeStringProperty("repo_type", repoType)
                // As llmpt's client does, though the torrent has another.
                .writeStringProperty("name", repoId)
                .writeStringProperty("info_hash", hash.hex())
                .writeStringProperty("announce_key", SwarmKey.of(hash).toString())
                .writeNumberProperty("total_size", torrent.payloadSize())
                .writeNumberProperty("file_count", torrent.fileCount())
                .writeNumberProperty("piece_length", torrent.pieceLength())
                .writeArrayPropertyStart("files");
        for (FileEntry file : torrent.files()) {
            if (file.padding()) continue;
            json.writeStartObject()
                    .writeStringProperty("path", file.displayPath())
                    .writeNumberProperty("size", file.length())
                    .writeEndObject();
        }
        json.writeEndArray()
                .writeName("torrent_data")
                .writeBinary(torrent.bareBytes())
                .writeEndObject();
    }

    private PublishResult result(HttpReply reply) {
        if (!reply.isGood()) return PublishAnswer.refused(reply, api);
        PublishAnswer answer = PublishAnswer.read(reply.body());
        // Without a word it was there before.
        Kind kind = switch (answer.status()) {
            case "" -> Kind.COUNTED;
            case "pending" -> Kind.PENDING;
            default -> Kind.NEW;
        };
        return new PublishResult(kind, answer.message(api));
    }
}
