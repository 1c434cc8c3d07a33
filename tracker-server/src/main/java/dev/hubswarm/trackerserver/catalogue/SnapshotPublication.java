package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.ApiException.badRequest;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.trackerserver.store.Snapshot;
import dev.hubswarm.trackerserver.store.SnapshotFile;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A snapshot as llmpt's clients publish it, checked (peer-systems.md §4.5, §4.8): nothing is believed that can be read
 * in the torrent. Immutable but for the torrent, which nobody writes.
 *
 * @param snapshot pending, until the Hub was asked
 * @param torrent info and piece layers, nothing else
 */
@SuppressWarnings("ArrayRecordComponent")
record SnapshotPublication(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent) {
    /** The largest repositories have fewer; each file is a row and a line of every list. */
    static final int MAX_FILES = 100_000;

    private static final int MAX_NAME = 256;

    /** The fields of a publication that matter; absent ones are null. */
    private static final class Form {
        private final Map<String, String> texts = new HashMap<>();
        private byte @Nullable [] torrent;

        private void read(String name, JsonParser in) throws ApiException {
            switch (name) {
                case "repo_id", "revision", "repo_type", "name", "info_hash", "announce_key" -> {
                    if (in.currentToken() != JsonToken.VALUE_NULL) texts.put(name, Json.string(in));
                }
                case "torrent_data" -> torrent = readTorrent(in);
                default -> {}
            }
        }

        private static byte[] readTorrent(JsonParser in) throws ApiException {
            if (in.currentToken() != JsonToken.VALUE_STRING) throw Json.bad();
            try {
                return in.getBinaryValue(Base64Variants.MIME_NO_LINEFEEDS);
            } catch (JacksonException e) {
                throw badRequest("bad_base64", "torrent_data is not base64.");
            }
        }

        private @Nullable String get(String name) {
            String text = texts.get(name);
            return text == null || text.isEmpty() ? null : text;
        }
    }

    static SnapshotPublication read(byte[] body, Instant now) throws ApiException {
        Form form = new Form();
        Json.readObject(body, form::read);
        String id = form.get("repo_id");
        String commit = form.get("revision");
        String infoHash = form.get("info_hash");
        if (id == null || commit == null || infoHash == null)
            throw badRequest("missing", "repo_id, revision and info_hash must be there.");
        byte[] bytes = form.torrent;
        if (bytes == null || bytes.length == 0) throw badRequest("missing", "torrent_data must be there.");
        if (!Revision.isCommit(commit)) throw badRequest("bad_revision", "revision is not a commit: 40 hex digits.");
        String typeName = form.get("repo_type");
        RepoType type = RepoType.ofWord(typeName == null ? "model" : typeName);
        if (type == null || !RepoRef.isValidId(id)) throw badRequest("bad_repo", "There is no such kind of repo.");

        Metainfo torrent = CanonicalRules.parse(bytes);
        Hash hash = torrent.infoHash().v2();
        if (torrent.version() != TorrentVersion.V2 || hash == null)
            throw badRequest("not_v2", "The torrent of a snapshot is v2 alone (BEP 52).");
        if (!hash.hex().equalsIgnoreCase(infoHash))
            throw badRequest("info_hash", "info_hash is not the torrent's: " + hash + ".");
        String announceKey = form.get("announce_key");
        if (announceKey != null && !hash.truncated().hex().equalsIgnoreCase(announceKey))
            throw badRequest("announce_key", "announce_key is not the first 20 bytes of the info hash.");
        check(torrent, commit);

        List<SnapshotFile> files = files(torrent);
        String name = form.get("name");
        Snapshot snapshot = new Snapshot(
                new RepoRef(type, id),
                commit,
                name == null || name.length() > MAX_NAME ? id : name,
                hash,
                torrent.payloadSize(),
                files.size(),
                torrent.pieceLength(),
                false,
                now.truncatedTo(ChronoUnit.MILLIS));
        return new SnapshotPublication(snapshot, files, bare(torrent));
    }

    private static void check(Metainfo torrent, String commit) throws ApiException {
        if (torrent.isPrivate()) throw badRequest("private", "The torrent is private (BEP 27).");
        if (torrent.fileCount() > MAX_FILES)
            throw badRequest("too_many_files", "The torrent has more than " + MAX_FILES + " files.");
        int pieceLength = PieceLengthPolicy.forSize(torrent.payloadSize());
        if (torrent.pieceLength() != pieceLength)
            throw badRequest("piece_length", "The piece length of a snapshot of this size is " + pieceLength + ".");
        if (!torrent.name().equals(commit)) throw badRequest("bad_name", "The torrent's name is not its revision.");
        if (torrent.isSingleFile()) throw badRequest("not_snapshot", "The torrent is of a file and not of a folder.");
    }

    private static List<SnapshotFile> files(Metainfo torrent) {
        return torrent.files().stream()
                .filter(file -> !file.padding())
                .map(file -> new SnapshotFile(file.displayPath(), file.length(), file.piecesRoot()))
                .toList();
    }

    private static byte[] bare(Metainfo torrent) {
        byte[] info = new byte[torrent.info().remaining()];
        torrent.info().get(info);
        Map<Hash, byte[]> layers = new HashMap<>();
        for (FileEntry file : torrent.files()) {
            if (file.length() > torrent.pieceLength() && !file.padding())
                layers.put(Objects.requireNonNull(file.piecesRoot()), torrent.v2Pieces(file));
        }
        return TorrentWriter.torrent(info, layers, TorrentExtras.NONE);
    }
}
