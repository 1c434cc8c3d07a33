package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerclient.contact.HttpReply;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.index.PublishResult.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** Puts canonical torrents in the catalogue of one tracker of ours (design.md section 9, API v2). Immutable. */
public final class CataloguePublisher {
    static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);
    static final int MAX_ANSWER_BYTES = 64 << 10;
    private static final MediaType TORRENT = MediaType.get("application/x-bittorrent");

    private final TrackerApi api;

    public CataloguePublisher(TrackerApi api) {
        this.api = api;
    }

    /** @param place where its file is, for those who want to know what a tracker has; null keeps it to ourselves */
    public CompletableFuture<PublishResult> publish(Metainfo torrent, @Nullable RepoFile place) {
        Hash sha256 = CanonicalTorrent.digestOf(torrent);
        if (sha256 == null) throw new IllegalArgumentException(torrent + " is not canonical");
        HttpUrl.Builder url = api.url("/api/v2/files/" + sha256.hex());
        if (place != null) {
            url.addQueryParameter("repo_type", place.repoType())
                    .addQueryParameter("repo_id", place.repoId())
                    .addQueryParameter("revision", place.commit())
                    .addQueryParameter("path", place.path());
        }
        RequestBody body = RequestBody.create(torrent.bareBytes(), TORRENT);
        return api.send("PUT", url.build(), body, MAX_ANSWER_BYTES, TIMEOUT_NANOS)
                .thenApply(this::result)
                .exceptionally(PublishAnswer::unavailable);
    }

    private PublishResult result(HttpReply reply) {
        if (!reply.isGood()) return PublishAnswer.refused(reply, api);
        Kind kind = reply.status() == 201 ? Kind.NEW : Kind.COUNTED;
        return new PublishResult(kind, PublishAnswer.read(reply.body()).message(api));
    }
}
