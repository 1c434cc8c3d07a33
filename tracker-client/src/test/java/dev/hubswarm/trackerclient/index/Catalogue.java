package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerclient.testing.FakeTracker;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a catalogue of ours answers. Stateless. */
final class Catalogue {
    private Catalogue() {}

    static String path(WantedFile file) {
        return "/api/v2/files/" + file.sha256().hex();
    }

    static String candidate(Metainfo torrent, boolean attested, int seeders) {
        return """
                {"info_hash_v1":"%s","info_hash_v2":"%s","piece_length":%d,"attestations":3,\
                "attested_by_token":%s,"seeders":%d,"leechers":0,"more":{"of":["it"]}}""".formatted(
                        Objects.requireNonNull(torrent.infoHash().v1()).hex(),
                        Objects.requireNonNull(torrent.infoHash().v2()).hex(),
                        torrent.pieceLength(),
                        attested,
                        seeders);
    }

    static String listing(WantedFile file, String... candidates) {
        return "{\"digest\":\"%s\",\"size\":%d,\"candidates\":%s}"
                .formatted(
                        file.sha256().hex(),
                        file.size(),
                        Arrays.stream(candidates).collect(Collectors.joining(",", "[", "]")));
    }

    /** Makes a tracker know one torrent of a file, attested and alive. */
    static void add(FakeTracker tracker, WantedFile file, Metainfo torrent) {
        tracker.answer("GET " + path(file), 200, listing(file, candidate(torrent, true, 2)));
        tracker.answer("GET " + path(file) + "/torrent", 200, torrent.bytes());
    }
}
