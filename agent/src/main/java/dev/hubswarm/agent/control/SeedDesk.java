package dev.hubswarm.agent.control;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.seeder.SeedAnswer;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.seeder.SeedSnapshot;
import dev.hubswarm.seeder.Seeder;
import dev.hubswarm.storage.FileStamp;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Takes orders to share and to stop sharing. Thread-safe; it waits.
 *
 * <p>Who gives one has the token, and is so the user; that the file is public is asked of the Hub all the same.
 */
public final class SeedDesk {
    /** The Hub may take its time. */
    private static final long PATIENCE_SECONDS = 50;

    private static final int HEX_SHA1 = 40;
    private static final int HEX_SHA256 = 64;

    private final @Nullable Seeder seeder;

    private SeedDesk(@Nullable Seeder seeder) {
        this.seeder = seeder;
    }

    /** @param seeder null if nothing may be shared */
    public static SeedDesk of(@Nullable Seeder seeder) {
        return new SeedDesk(seeder);
    }

    ControlAnswer add(ControlRequest request) throws InterruptedException {
        if (seeder == null) return noSeeder();
        try {
            JsonFields order = JsonFields.read(request.body());
            String cache = order.text("cache_dir");
            return cache == null ? addFile(seeder, order) : addCache(seeder, Path.of(cache));
        } catch (IOException | IllegalArgumentException e) {
            return ControlAnswer.error(400, "bad_request", e.getMessage() + ".");
        }
    }

    private static ControlAnswer addFile(Seeder seeder, JsonFields order) throws IOException, InterruptedException {
        SeedAnswer answer = await(seeder.add(request(order)));
        if (answer == null) return tooLate();
        if (!answer.accepted()) return ControlAnswer.error(409, "not_eligible", answer.why());
        return ControlAnswer.json(202, JsonText.object(out -> infoHash(out, answer.infoHash())));
    }

    /** Both names, or null for each while the torrent is being made. */
    static void infoHash(JsonGenerator out, @Nullable InfoHash infoHash) {
        Hash v1 = infoHash == null ? null : infoHash.v1();
        Hash v2 = infoHash == null ? null : infoHash.v2();
        // The one by which clients of every kind know it.
        out.writeStringProperty("info_hash", v1 == null ? null : v1.hex());
        out.writeStringProperty("info_hash_v2", v2 == null ? null : v2.hex());
    }

    private static SeedRequest request(JsonFields order) throws IOException {
        Path file = Path.of(order.required("file"));
        if (!file.isAbsolute()) throw new IOException("file is no absolute path");
        RemoteFile origin = new RemoteFile(
                repo(order.required("repo_type"), order.required("repo_id")),
                order.required("commit"),
                order.required("path"),
                digest(order.required("digest")),
                order.number("size"));
        List<Long> stat = order.numbers("stat");
        if (!stat.isEmpty() && stat.size() != 5) throw new IOException("stat has not five numbers");
        FileStamp stamp =
                stat.isEmpty() ? null : new FileStamp(stat.get(0), stat.get(1), stat.get(2), stat.get(3), stat.get(4));
        return new SeedRequest(file, origin, stamp, torrent(order.text("torrent")), "true".equals(order.text("asked")));
    }

    private static ContentDigest digest(String hex) throws IOException {
        if (!ContentDigest.isDigest(hex)) throw new IOException("digest is none");
        return ContentDigest.of(hex);
    }

    private static RepoRef repo(String type, String id) throws IOException {
        RepoType known = RepoType.ofWord(type);
        if (known == null) throw new IOException("repo_type is none that there is");
        return new RepoRef(known, id);
    }

    private static @Nullable Metainfo torrent(@Nullable String base64) throws IOException {
        try {
            return base64 == null ? null : Metainfo.read(Base64.getDecoder().decode(base64));
        } catch (MetainfoException e) {
            throw new IOException("torrent is none", e);
        }
    }

    private ControlAnswer addCache(Seeder seeder, Path folder) throws InterruptedException {
        // Nothing is written to it, so neither matters.
        HubCache cache = new HubCache(folder, folder, true);
        try {
            int found = seeder.takeOver(cache).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return ControlAnswer.json(202, JsonText.object(out -> out.writeNumberProperty("files", found)));
        } catch (TimeoutException e) {
            return tooLate();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UserError error)
                return ControlAnswer.error(409, "not_eligible", String.valueOf(error.getMessage()));
            throw new IllegalStateException(e);
        }
    }

    ControlAnswer remove(ControlRequest request) throws InterruptedException {
        if (seeder == null) return noSeeder();
        try {
            List<SeedSnapshot> removed = await(remove(seeder, request));
            if (removed == null) return tooLate();
            if (removed.isEmpty()) return ControlAnswer.error(404, "not_found", "Nothing of the kind is shared.");
            return ControlAnswer.json(200, JsonText.object(out -> {
                out.writeArrayPropertyStart("removed");
                for (SeedSnapshot seed : removed) out.writeString(seed.file().toString());
                out.writeEndArray();
            }));
        } catch (IOException | IllegalArgumentException e) {
            return ControlAnswer.error(400, "bad_request", e.getMessage() + ".");
        }
    }

    private static CompletableFuture<List<SeedSnapshot>> remove(Seeder seeder, ControlRequest request)
            throws IOException {
        String hash = request.parameter("hash");
        if (hash != null) {
            if (hash.length() != HEX_SHA1 && hash.length() != HEX_SHA256) throw new IOException("hash is none");
            return seeder.takeDown(Hash.ofHex(hash));
        }
        String path = request.parameter("path");
        if (path != null) return seeder.takeDown(absolute(path));
        String id = request.parameter("repo_id");
        String type = request.parameter("repo_type");
        if (id == null) throw new IOException("hash, path and repo_id are missing");
        return seeder.takeDown(repo(type == null ? RepoType.MODEL.word() : type, id));
    }

    private static Path absolute(String text) throws IOException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) return path;
        } catch (InvalidPathException e) {
            throw new IOException("path is none", e);
        }
        throw new IOException("path is not absolute");
    }

    private static <T> @Nullable T await(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ControlAnswer noSeeder() {
        return ControlAnswer.error(
                409, "not_seeding", "This agent shares nothing: it runs with --no-seed, or with a Hub of its own.");
    }

    private static ControlAnswer tooLate() {
        return ControlAnswer.error(503, "busy", "The Hub takes long to answer. Ask again.");
    }
}
