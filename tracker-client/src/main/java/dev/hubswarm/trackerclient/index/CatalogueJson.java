package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads what a catalogue (API v2) says. Stateless. */
final class CatalogueJson {
    /** A catalogue keeps eight. */
    private static final int MAX_LISTED = 8;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /**
     * Torrents of one digest, the best first. Immutable.
     *
     * @param size of those that do not say their own
     */
    record Listing(long size, List<Listed> torrents) {
        static final Listing NONE = new Listing(-1, List.of());

        Listing {
            torrents = List.copyOf(torrents);
        }

        /** What there is for a file of this size. */
        Listing of(long wanted) {
            List<Listed> right = torrents.stream()
                    .filter(listed -> (listed.size < 0 ? size : listed.size) == wanted)
                    .toList();
            return new Listing(wanted, right);
        }
    }

    /**
     * One of them. Immutable.
     *
     * @param size -1 if not said
     */
    record Listed(Hash v1, Hash v2, long size, boolean attestedByToken, int seeders) {}

    private CatalogueJson() {}

    static Listing file(byte[] text) throws IOException {
        return Json.read(text, CatalogueJson::listing);
    }

    static Map<Hash, Listing> lookup(byte[] text) throws IOException {
        return Json.read(text, json -> {
            Map<Hash, Listing> files = new HashMap<>();
            require(Json.object(json, (name, value) -> {
                if (!name.equals("files")) return;
                Json.object(value, (digest, listing) -> {
                    require(SHA256.matcher(digest).matches());
                    files.put(Hash.ofHex(digest), listing(listing));
                });
            }));
            return files;
        });
    }

    private static Listing listing(JsonParser json) throws IOException {
        long[] size = {-1};
        List<Listed> torrents = new ArrayList<>();
        require(Json.object(json, (name, value) -> {
            switch (name) {
                case "size" -> size[0] = Json.number(value);
                case "candidates" -> Json.array(value, element -> candidate(element, torrents));
                default -> {}
            }
        }));
        return new Listing(size[0], torrents);
    }

    private static void candidate(JsonParser json, List<Listed> to) throws IOException {
        Hash[] hashes = new Hash[2];
        long[] size = {-1};
        boolean[] attested = new boolean[1];
        int[] seeders = {Candidate.UNSAID};
        Json.object(json, (name, value) -> {
            switch (name) {
                case "info_hash_v1" -> hashes[0] = Json.hash(value);
                case "info_hash_v2" -> hashes[1] = Json.hash(value);
                case "size" -> size[0] = Json.number(value);
                case "attested_by_token" -> attested[0] = value.currentToken() == JsonToken.VALUE_TRUE;
                case "seeders" -> seeders[0] = Json.count(value);
                default -> {}
            }
        });
        // A canonical torrent is a hybrid.
        boolean both = hashes[0] != null
                && hashes[0].length() == Hash.SHA1_LENGTH
                && hashes[1] != null
                && hashes[1].length() == Hash.SHA256_LENGTH;
        if (both && to.size() < MAX_LISTED) to.add(new Listed(hashes[0], hashes[1], size[0], attested[0], seeders[0]));
    }

    private static void require(boolean sense) throws IOException {
        if (!sense) throw new IOException("not the JSON that was expected");
    }
}
