package dev.hubswarm.e2e;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Asks libtorrent, in a Python process that lives as long as this. Confined to one thread. */
final class LibtorrentOracle implements AutoCloseable {
    /** libtorrent would not. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    /** A torrent that libtorrent made; the layers by root, all in hex. */
    record Made(ByteBuffer torrent, ByteBuffer info, InfoHash infoHash, Map<String, String> layers) {
        byte[] bytes() {
            byte[] bytes = new byte[torrent.remaining()];
            torrent.duplicate().get(bytes);
            return bytes;
        }
    }

    /** What libtorrent reads in a torrent. */
    record Loaded(@Nullable String v1, @Nullable String v2, Map<String, @Nullable String> rootByPath) {}

    private static final long TIMEOUT_SECONDS = 120;

    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;

    LibtorrentOracle() throws IOException {
        Path python = Tools.require("python");
        process = new ProcessBuilder(python.toString(), "-W", "ignore", "-c", Tools.script("libtorrent_oracle.py"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        requests = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** @param source as our creator gets it; libtorrent lists a folder by itself */
    Made create(Path source, int pieceLength, TorrentVersion version) throws Refused {
        return made(ask(createRequest(source, pieceLength, version)), version);
    }

    /** @param order of the files in the list; a v1 torrent of libtorrent's has the order it is given */
    Made create(Path source, int pieceLength, TorrentVersion version, List<GeneratedInput.Content> order)
            throws Refused {
        ObjectNode request = createRequest(source, pieceLength, version);
        for (GeneratedInput.Content file : order) {
            String name = source.getFileName() + (file.path().isEmpty() ? "" : "/" + file.path());
            request.withArray("files").addArray().add(name).add(file.size());
        }
        return made(ask(request), version);
    }

    Loaded load(byte[] torrent) throws Refused {
        ObjectNode request = request("load");
        request.put("torrent", torrent);
        JsonNode answer = ask(request);
        Map<String, @Nullable String> roots = new TreeMap<>();
        for (JsonNode file : answer.get("files")) {
            roots.put(file.get("path").asString(), text(file.get("root")));
        }
        return new Loaded(text(answer.get("info_hash_v1")), text(answer.get("info_hash_v2")), roots);
    }

    /** Returns the pieces that libtorrent finds bad. It may touch the files. */
    List<Integer> badPieces(byte[] torrent, Path folderAround) throws Refused {
        ObjectNode request = request("check");
        request.put("torrent", torrent);
        request.put("folder", folderAround.toString());
        List<Integer> bad = new ArrayList<>();
        for (JsonNode piece : ask(request).get("bad_pieces")) bad.add(piece.asInt());
        return bad;
    }

    /** The piece layers of our torrent as libtorrent's are told: by root, for files longer than a piece. */
    static Map<String, String> layers(Metainfo torrent) {
        Map<String, String> layers = new TreeMap<>();
        for (var file : torrent.files()) {
            Hash root = file.piecesRoot();
            if (root == null || file.length() <= torrent.pieceLength()) continue;
            layers.put(root.hex(), HexFormat.of().formatHex(torrent.v2Pieces(file)));
        }
        return layers;
    }

    private static ObjectNode request(String operation) {
        return JsonMapper.shared().createObjectNode().put("op", operation);
    }

    private static ObjectNode createRequest(Path source, int pieceLength, TorrentVersion version) {
        return request("create")
                .put("path", source.toString())
                .put("piece_length", pieceLength)
                .put("version", version.name().toLowerCase(Locale.ROOT));
    }

    private static Made made(JsonNode answer, TorrentVersion version) {
        Base64.Decoder base64 = Base64.getDecoder();
        byte[] info = base64.decode(answer.get("info").asString());
        Map<String, String> layers = new TreeMap<>();
        answer.get("layers")
                .properties()
                .forEach(layer -> layers.put(layer.getKey(), layer.getValue().asString()));
        ByteBuffer torrent = ByteBuffer.wrap(base64.decode(answer.get("torrent").asString()));
        return new Made(
                torrent.asReadOnlyBuffer(),
                ByteBuffer.wrap(info).asReadOnlyBuffer(),
                InfoHash.of(info, version),
                layers);
    }

    private static @Nullable String text(JsonNode node) {
        return node.isNull() ? null : node.asString();
    }

    private JsonNode ask(ObjectNode request) throws Refused {
        try {
            requests.write(request + "\n");
            requests.flush();
            String line = CompletableFuture.supplyAsync(this::line)
                    .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .join();
            if (line == null)
                throw new IllegalStateException("the libtorrent helper has died; see its last words above");
            JsonNode answer = JsonMapper.shared().readTree(line);
            if (answer.has("refused")) throw new Refused(answer.get("refused").asString());
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable String line() {
        try {
            return answers.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        // It is between two requests, with nothing to lose.
        process.destroy();
    }
}
