package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.Snapshot;
import dev.hubswarm.trackerserver.store.SnapshotFile;
import dev.hubswarm.trackerserver.store.SnapshotSource;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The API that llmpt's clients speak (peer-systems.md §4). Thread-safe. */
final class LlmptApi {
    static final String PREFIX = "/api/v1/";
    /** Of everything but a published torrent. */
    private static final int MAX_FORM = 16 << 20;

    private static final int MAX_SOURCES = 100;
    /** As llmpt's server: any page may ask, since nobody is told more than everybody may know. */
    private static final Map<String, String> CORS = Map.of("Access-Control-Allow-Origin", "*");

    private final TrackerStore store;
    private final SwarmTable swarms;
    private final Access access;
    private final SnapshotList list;
    private final LlmptPublish publish;
    private final LlmptAdmin admin;

    LlmptApi(
            TrackerStore store,
            SwarmTable swarms,
            Access access,
            SnapshotList list,
            LlmptPublish publish,
            LlmptAdmin admin) {
        this.store = store;
        this.swarms = swarms;
        this.access = access;
        this.list = list;
        this.publish = publish;
        this.admin = admin;
    }

    /** A torrent in base64, which makes four bytes of three, and the list of its files. */
    static int maxBody(String method) {
        return method.equals("POST") ? Metainfo.MAX_TORRENT_BYTES / 3 * 4 + MAX_FORM : 0;
    }

    /** What a failure carries too. */
    static Map<String, String> headers(String path) {
        return path.startsWith(PREFIX + "admin/") ? Map.of() : CORS;
    }

    ApiAnswer answer(ApiRequest request) throws ApiException, StoreException {
        List<String> path = UriText.segments(request.path().substring(PREFIX.length() - 1));
        if (path.get(0).equals("admin")) {
            access.requireAdmin(request);
            if (path.size() > 1 && path.get(1).equals("torrents"))
                return admin.answer(request, path.subList(1, path.size()));
        }
        boolean get = request.method().equals("GET");
        switch (String.join("/", path)) {
            case "publish" -> {
                require(request.method().equals("POST"));
                return publish.answer(request, CORS);
            }
            case "torrents" -> {
                require(get);
                access.requireRead(request);
                return list.find(UriText.parameters(request.query()), CORS);
            }
            case "torrents/torrent" -> {
                require(get);
                access.requireRead(request);
                return torrent(request);
            }
            case "file-sources" -> {
                require(get);
                access.requireRead(request);
                return sources(UriText.parameters(request.query()));
            }
            default -> throw ApiException.notFound("There is nothing at this path.");
        }
    }

    static void require(boolean rightMethod) throws ApiException {
        if (!rightMethod) throw new ApiException(405, "method_not_allowed", "Method not allowed");
    }

    private @Nullable Snapshot snapshot(Map<String, String> parameters) throws ApiException, StoreException {
        RepoType type = RepoType.ofWord(parameters.getOrDefault("repo_type", "model"));
        String id = parameters.get("repo_id");
        String revision = parameters.get("revision");
        if (id == null || revision == null)
            throw ApiException.badRequest("missing", "repo_id and revision must be there.");
        if (type == null || !RepoRef.isValidId(id)) return null;
        return store.snapshot(new RepoRef(type, id), revision);
    }

    private ApiAnswer torrent(ApiRequest request) throws ApiException, StoreException {
        Snapshot snapshot = snapshot(UriText.parameters(request.query()));
        if (snapshot == null) throw ApiException.notFound("torrent not found");
        byte[] torrent = store.torrent(snapshot.infoHash());
        if (torrent == null) throw ApiException.notFound("torrent data not available");
        return new ApiAnswer(
                200,
                "application/x-bittorrent",
                withAnnounce(torrent, AnnounceUrl.of(request)),
                Map.of(
                        "Access-Control-Allow-Origin",
                        "*",
                        "Content-Disposition",
                        "attachment; filename=torrent.torrent",
                        "Vary",
                        "Host, X-Forwarded-Proto"));
    }

    /**
     * llmpt's clients announce where the torrent says. What its publisher wrote there was dropped, or he would hear of
     * everybody who loads it (reliability.md T27); so it names this tracker, as the client itself does.
     */
    private static byte[] withAnnounce(byte[] torrent, @Nullable String url) {
        if (url == null) return torrent;
        byte[] key = ("d8:announce" + url.length() + ":" + url).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream out = new ByteArrayOutputStream(torrent.length + key.length);
        out.writeBytes(key);
        // Behind the "d", since the key sorts before "info", which is the first.
        out.write(torrent, 1, torrent.length - 1);
        return out.toByteArray();
    }

    private record Source(Snapshot snapshot, SnapshotFile file, int seeders) {}

    private ApiAnswer sources(Map<String, String> parameters) throws ApiException, StoreException {
        String path = parameters.get("path");
        if (path == null) throw ApiException.badRequest("missing", "path must be there.");
        Snapshot snapshot = snapshot(parameters);
        if (snapshot == null) throw ApiException.notFound("target torrent not found");
        SnapshotFile file = store.snapshotFiles(snapshot.id()).stream()
                .filter(one -> one.path().equals(path))
                .findAny()
                .orElseThrow(() -> ApiException.notFound("target file not found in torrent"));
        Source target = source(snapshot, file);
        Hash root = file.root();
        List<SnapshotSource> same = root == null ? List.of() : store.sameFiles(root, file.size(), MAX_SOURCES);
        List<Source> others = same.stream()
                .map(source -> source(source.snapshot(), source.file()))
                .filter(source -> !isSame(source, target))
                .sorted(Comparator.comparing(Source::seeders)
                        .reversed()
                        .thenComparing(source -> source.snapshot.repo().id())
                        .thenComparing(source -> source.snapshot.commit())
                        .thenComparing(source -> source.file.path()))
                .toList();
        return Json.object(200, CORS, out -> {
            out.writeObjectPropertyStart("data");
            out.writeObjectPropertyStart("target");
            write(out, target);
            out.writeEndObject();
            out.writeArrayPropertyStart("candidates");
            Stream.concat(Stream.of(target), others.stream()).forEach(source -> {
                out.writeStartObject();
                write(out, source);
                out.writeNumberProperty("score", (double) source.seeders);
                out.writeStringProperty(
                        "announce_key", source.snapshot.infoHash().truncated().hex());
                out.writeEndObject();
            });
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private Source source(Snapshot snapshot, SnapshotFile file) {
        return new Source(
                snapshot, file, swarms.stats(SwarmKey.of(snapshot.infoHash())).complete());
    }

    private static boolean isSame(Source one, Source other) {
        return one.snapshot.id().equals(other.snapshot.id()) && one.file.path().equals(other.file.path());
    }

    private static void write(JsonGenerator out, Source source) {
        out.writeStringProperty("repo_id", source.snapshot.repo().id());
        out.writeStringProperty("revision", source.snapshot.commit());
        out.writeStringProperty("repo_type", source.snapshot.repo().type().word());
        SnapshotList.writeFile(out, source.file);
        out.writeNumberProperty("seeders", source.seeders);
    }
}
