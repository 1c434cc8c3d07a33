package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads what a tracker of llmpt's says (API v1), by all the names and shapes that its clients understand. Stateless.
 */
final class LlmptJson {
    private static final int MAX_SOURCES = 64;

    /**
     * A snapshot torrent that is listed. Immutable.
     *
     * @param infoHash null if it is none
     */
    record Snapshot(@Nullable Hash infoHash, int seeders) {}

    /**
     * Where else a file is. Immutable.
     *
     * @param root of its hash tree, as hex; empty if not said
     */
    record Source(RepoFile file, String root, long size, int seeders) {}

    private LlmptJson() {}

    /** The first of the list; null if it is empty. */
    static @Nullable Snapshot firstOfList(byte[] text) throws IOException {
        List<Snapshot> all = Json.read(text, json -> {
            List<Snapshot> snapshots = new ArrayList<>(1);
            Json.Element element = item -> {
                if (!snapshots.isEmpty()) return;
                Hash[] hash = new Hash[1];
                int[] seeders = {Candidate.UNSAID};
                boolean isOne = Json.object(item, (name, value) -> {
                    if (name.equals("info_hash")) hash[0] = Json.hash(value);
                    else if (name.equals("stats")) seeders[0] = seeders(value);
                });
                if (isOne) snapshots.add(new Snapshot(hash[0], seeders[0]));
            };
            inData(json, element);
            return snapshots;
        });
        return all.isEmpty() ? null : all.get(0);
    }

    private static int seeders(JsonParser json) throws IOException {
        int[] seeders = {Candidate.UNSAID};
        Json.object(json, (name, value) -> {
            if (name.equals("seeders")) seeders[0] = Json.count(value);
        });
        return seeders[0];
    }

    /** In the tracker's order; rows that say too little are left out. */
    static List<Source> sources(byte[] text) throws IOException {
        return Json.read(text, json -> {
            List<Source> sources = new ArrayList<>();
            inData(json, item -> {
                Source source = source(item);
                if (source != null && sources.size() < MAX_SOURCES) sources.add(source);
            });
            return sources;
        });
    }

    private static @Nullable Source source(JsonParser json) throws IOException {
        String[] place = {"model", "", "", "", ""};
        long[] size = {-1};
        int[] seeders = {Candidate.UNSAID};
        Json.object(json, (name, value) -> {
            switch (name) {
                case "repo_type", "source_repo_type" -> place[0] = Json.text(value);
                case "repo_id", "source_repo_id" -> place[1] = Json.text(value);
                case "revision", "source_revision" -> place[2] = Json.text(value);
                case "path", "source_path", "filename" -> place[3] = Json.text(value);
                case "file_root" -> place[4] = Json.text(value);
                case "size" -> size[0] = Json.number(value);
                case "seeders" -> seeders[0] = Json.count(value);
                default -> {}
            }
        });
        if (place[1].isEmpty() || place[3].isEmpty() || !RepoFile.isCommit(place[2])) return null;
        return new Source(new RepoFile(place[0], place[1], place[2], place[3]), place[4], size[0], seeders[0]);
    }

    /** Walks the list that is {@code data}, or {@code data.candidates}, or the whole text. */
    private static void inData(JsonParser json, Json.Element element) throws IOException {
        if (json.currentToken() == JsonToken.START_ARRAY) {
            Json.array(json, element);
            return;
        }
        boolean isObject = Json.object(json, (name, data) -> {
            if (!name.equals("data")) return;
            if (data.currentToken() == JsonToken.START_ARRAY) {
                Json.array(data, element);
            } else {
                Json.object(data, (inner, candidates) -> {
                    if (inner.equals("candidates")) Json.array(candidates, element);
                });
            }
        });
        if (!isObject) throw new IOException("not the JSON that was expected");
    }
}
