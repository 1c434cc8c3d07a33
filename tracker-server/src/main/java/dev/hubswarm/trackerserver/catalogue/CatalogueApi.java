package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.ApiException.badRequest;

import dev.hubswarm.hub.request.RepoPath;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.Candidate;
import dev.hubswarm.trackerserver.store.Place;
import dev.hubswarm.trackerserver.store.Publication;
import dev.hubswarm.trackerserver.store.Published;
import dev.hubswarm.trackerserver.store.Published.Outcome;
import dev.hubswarm.trackerserver.store.Publisher;
import dev.hubswarm.trackerserver.store.RepoFile;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Which torrents have the content of a digest: design.md §9, version 2. Thread-safe. */
final class CatalogueApi {
    static final String PREFIX = "/api/v2/";
    static final int MAX_LOOKUP = 1_000;
    static final int PAGE = 1_000;
    /** Of {@link #MAX_LOOKUP} digests with quotes, commas and a good deal of space. */
    private static final int MAX_LOOKUP_BODY = 256 * 1024;

    private static final String DIGEST = "[0-9a-f]{64}";
    private static final String INFO_HASH = "[0-9a-f]{40}|[0-9a-f]{64}";

    private final TrackerStore store;
    private final SwarmTable swarms;
    private final Access access;
    private final LongSupplier nanoTime;
    private final PortProbe probe = new PortProbe();

    CatalogueApi(TrackerStore store, SwarmTable swarms, Access access, LongSupplier nanoTime) {
        this.store = store;
        this.swarms = swarms;
        this.access = access;
        this.nanoTime = nanoTime;
    }

    static int maxBody(String method) {
        return switch (method) {
            case "PUT" -> Metainfo.MAX_TORRENT_BYTES;
            case "POST" -> MAX_LOOKUP_BODY;
            default -> 0;
        };
    }

    ApiAnswer answer(ApiRequest request) throws ApiException, StoreException {
        List<String> path = UriText.segments(request.path().substring(PREFIX.length() - 1));
        Map<String, String> parameters = UriText.parameters(request.query());
        int parts = path.size();
        switch (path.get(0)) {
            case "files" -> {
                if (parts == 2 && request.method().equals("PUT"))
                    return publish(request, digest(path.get(1)), parameters);
                if (parts == 2) {
                    requireGet(request, "GET, PUT");
                    return candidates(digest(path.get(1)), parameters);
                }
                if (parts == 3 && path.get(2).equals("torrent")) {
                    requireGet(request, "GET");
                    return torrent(digest(path.get(1)), parameters);
                }
            }
            case "lookup" -> {
                if (parts == 1) return lookup(request);
            }
            case "reach" -> {
                if (parts == 1) {
                    requireGet(request, "GET");
                    return reach(request, parameters);
                }
            }
            case "repos" -> {
                if (parts >= 3) {
                    requireGet(request, "GET");
                    return files(path.get(1), String.join("/", path.subList(2, parts)), parameters);
                }
            }
            default -> {}
        }
        throw ApiException.notFound("There is nothing at this path.");
    }

    /** Whether we reach whoever asks, where peers would. */
    private ApiAnswer reach(ApiRequest request, Map<String, String> parameters) throws ApiException {
        String text = parameters.getOrDefault("port", "");
        int port = text.matches("[0-9]{4,5}") ? Integer.parseInt(text) : 0;
        if (port < PortProbe.LEAST_PORT || port > PeerAddress.MAX_PORT)
            throw badRequest("bad_port", "A port is a number from " + PortProbe.LEAST_PORT + " to 65535.");
        PeerAddress address = request.from().withPort(port);
        boolean reachable = probe.reaches(address);
        return Json.object(200, Map.of(), out -> {
            out.writeStringProperty("address", address.toString());
            out.writeBooleanProperty("reachable", reachable);
        });
    }

    private void requireGet(ApiRequest request, String allowed) throws ApiException {
        if (!request.method().equals("GET")) throw notAllowed(allowed);
        access.requireRead(request);
    }

    private static ApiException notAllowed(String allowed) {
        return new ApiException(
                405, "method_not_allowed", "This path takes " + allowed + ".", Map.of("Allow", allowed));
    }

    private static Hash digest(String text) throws ApiException {
        if (!text.matches(DIGEST)) throw badRequest("bad_digest", "A digest is a sha256: 64 hex digits in lower case.");
        return Hash.ofHex(text);
    }

    private ApiAnswer candidates(Hash digest, Map<String, String> parameters) throws ApiException, StoreException {
        String size = parameters.get("size");
        if (size != null && !size.matches("[0-9]{1,18}")) throw badRequest("bad_size", "size is a number of bytes.");
        // What the Hub says of the size is known to who asks, and a torrent of another size is wrong for sure.
        List<Candidate> known = store.candidates(digest);
        if (known.isEmpty()) throw noTorrent();
        List<Candidate> candidates = known.stream()
                .filter(candidate -> size == null || candidate.size() == Long.parseLong(size))
                .toList();
        if (candidates.isEmpty())
            throw ApiException.notFound("Torrents of this digest are known here, but none of this size.");
        return Json.object(200, Map.of(), out -> {
            out.writeStringProperty("digest", digest.hex());
            write(out, candidates);
        });
    }

    private static ApiException noTorrent() {
        return ApiException.notFound("No torrent of this digest is known here.");
    }

    /** Of every size: a digest has one, but it takes the Hub or the file to know which. */
    private void write(JsonGenerator out, List<Candidate> candidates) {
        out.writeNumberProperty("size", candidates.get(0).size());
        out.writeArrayPropertyStart("candidates");
        for (Candidate candidate : candidates) {
            out.writeStartObject();
            write(out, candidate.infoHash());
            out.writeNumberProperty("size", candidate.size());
            out.writeNumberProperty("piece_length", candidate.pieceLength());
            out.writeNumberProperty("attestations", candidate.attestations());
            out.writeBooleanProperty("attested_by_token", candidate.attestedByToken());
            SwarmStats stats = swarms.stats(SwarmKey.allOf(candidate.infoHash()).get(0));
            out.writeNumberProperty("seeders", stats.complete());
            out.writeNumberProperty("leechers", stats.incomplete());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void write(JsonGenerator out, InfoHash infoHash) {
        out.writeStringProperty("info_hash_v1", String.valueOf(infoHash.v1()));
        out.writeStringProperty("info_hash_v2", String.valueOf(infoHash.v2()));
    }

    private ApiAnswer torrent(Hash digest, Map<String, String> parameters) throws ApiException, StoreException {
        String wanted = parameters.get("info_hash");
        if (wanted != null && !wanted.matches(INFO_HASH))
            throw badRequest("bad_info_hash", "An info hash has 40 or 64 hex digits in lower case.");
        for (Candidate candidate : store.candidates(digest)) {
            InfoHash infoHash = candidate.infoHash();
            boolean meant = wanted == null
                    || wanted.equals(String.valueOf(infoHash.v1()))
                    || wanted.equals(String.valueOf(infoHash.v2()));
            byte[] torrent = meant && infoHash.v2() != null ? store.torrent(infoHash.v2()) : null;
            if (torrent != null) return new ApiAnswer(200, "application/x-bittorrent", torrent, Map.of());
        }
        throw noTorrent();
    }

    private ApiAnswer publish(ApiRequest request, Hash digest, Map<String, String> parameters)
            throws ApiException, StoreException {
        Publisher publisher = access.requirePublisher(request);
        if (request.body().length > Metainfo.MAX_TORRENT_BYTES)
            throw new ApiException(413, "too_large", "A torrent has at most " + Metainfo.MAX_TORRENT_BYTES + " bytes.");
        access.count(publisher, request, request.body().length, nanoTime.getAsLong());
        Place place = place(parameters);
        Metainfo torrent = CanonicalRules.check(digest, request.body());
        Published published = store.publish(new Publication(
                digest,
                torrent.payloadSize(),
                torrent.infoHash(),
                torrent.pieceLength(),
                CanonicalRules.bare(digest, torrent),
                publisher,
                place));
        if (published.outcome() == Outcome.FULL)
            throw new ApiException(
                    507, "too_many_rivals", "There are too many other torrents of this digest; this one was not kept.");
        return Json.object(status(published.outcome()), Map.of(), out -> {
            out.writeStringProperty("digest", digest.hex());
            write(out, torrent.infoHash());
            out.writeNumberProperty("attestations", published.attestations());
            out.writeStringProperty("status", published.outcome().name().toLowerCase(Locale.ROOT));
        });
    }

    private static int status(Outcome outcome) {
        return switch (outcome) {
            case NEW -> 201;
            case COUNTED -> 200;
            case RIVAL -> 409;
            case FULL -> 507;
        };
    }

    private static @Nullable Place place(Map<String, String> parameters) throws ApiException {
        String id = parameters.get("repo_id");
        String revision = parameters.get("revision");
        String path = parameters.get("path");
        if (id == null && revision == null && path == null) return null;
        RepoType type = RepoType.ofWord(parameters.getOrDefault("repo_type", "model"));
        if (type == null || id == null || !RepoRef.isValidId(id)) throw badPlace("repo_type and repo_id");
        if (revision == null || !Revision.isCommit(revision)) throw badPlace("revision, which is a commit");
        if (path == null || !RepoPath.isValid(path)) throw badPlace("path");
        return new Place(new RepoRef(type, id), revision, path);
    }

    private static ApiException badPlace(String what) {
        return badRequest("bad_place", "A place in a repository has a valid " + what + ".");
    }

    private ApiAnswer lookup(ApiRequest request) throws ApiException, StoreException {
        if (!request.method().equals("POST")) throw notAllowed("POST");
        access.requireRead(request);
        if (request.body().length > MAX_LOOKUP_BODY)
            throw new ApiException(413, "too_large", "Ask for at most " + MAX_LOOKUP + " digests at once.");
        List<Hash> digests = new ArrayList<>();
        Json.readObject(request.body(), (name, in) -> {
            if (name.equals("digests")) readDigests(in, digests);
        });
        Map<Hash, List<Candidate>> found = store.candidates(digests);
        return Json.object(200, Map.of(), out -> {
            out.writeObjectPropertyStart("files");
            for (Map.Entry<Hash, List<Candidate>> one : found.entrySet()) {
                out.writeObjectPropertyStart(one.getKey().hex());
                write(out, one.getValue());
                out.writeEndObject();
            }
            out.writeEndObject();
        });
    }

    private static void readDigests(JsonParser in, List<Hash> digests) throws ApiException {
        if (in.currentToken() != JsonToken.START_ARRAY) throw Json.bad();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (digests.size() == MAX_LOOKUP)
                throw badRequest("too_many_digests", "Ask for at most " + MAX_LOOKUP + " digests at once.");
            digests.add(digest(Json.string(in)));
        }
    }

    private ApiAnswer files(String type, String id, Map<String, String> parameters)
            throws ApiException, StoreException {
        RepoType repoType = RepoType.ofWord(type);
        String revision = parameters.get("revision");
        if (repoType == null || !RepoRef.isValidId(id)) throw badRequest("bad_repo", "There is no such kind of repo.");
        if (revision != null && !Revision.isCommit(revision))
            throw badRequest("bad_revision", "Only commits are known here: 40 hex digits.");
        List<RepoFile> files =
                store.files(new RepoRef(repoType, id), revision, parameters.getOrDefault("after", ""), PAGE);
        return Json.object(200, Map.of(), out -> {
            out.writeArrayPropertyStart("files");
            for (RepoFile file : files) {
                out.writeStartObject();
                out.writeStringProperty("revision", file.place().commit());
                out.writeStringProperty("path", file.place().path());
                out.writeStringProperty("digest", file.digest().hex());
                out.writeNumberProperty("size", file.size());
                out.writeEndObject();
            }
            out.writeEndArray();
            if (files.size() < PAGE) out.writeNullProperty("next");
            else out.writeStringProperty("next", files.get(PAGE - 1).cursor());
        });
    }
}
