package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small good inputs to start from, one for each feature. Stateless. */
final class SeedCorpus {
    private static final int PIECE = 16384;

    private SeedCorpus() {}

    /** Writes a folder of seeds for each target below the folder that is named. */
    public static void main(String[] args) throws IOException {
        for (String target : List.of("BencodeFuzz", "MetainfoFuzz", "MagnetFuzz")) {
            write(Path.of(args[0], target), of(target));
        }
    }

    private static void write(Path folder, Map<String, byte[]> seeds) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, byte[]> seed : seeds.entrySet())
            Files.write(folder.resolve(seed.getKey()), seed.getValue());
    }

    static Map<String, byte[]> of(String target) {
        return switch (target) {
            case "BencodeFuzz" -> bencode();
            case "MetainfoFuzz" -> metainfo();
            case "MagnetFuzz" -> magnets();
            default -> throw new IllegalArgumentException("no target " + target);
        };
    }

    /** Torrents, and recipes that begin with each of them and then repair what they change (see {@link Mutant}). */
    private static Map<String, byte[]> metainfo() {
        Map<String, byte[]> seeds = new LinkedHashMap<>(torrents());
        int count = seeds.size();
        for (int i = 0; i < count; i++) {
            seeds.put("recipe" + i, new byte[] {(byte) i, 2, 0, 9, 3, 0});
            seeds.put("recipe-file" + i, new byte[] {(byte) i, 1, 0, 1, 8, 1, 0, 0, 1, 12, 5, 0});
        }
        return seeds;
    }

    private static Map<String, byte[]> bencode() {
        Map<String, byte[]> seeds = new LinkedHashMap<>(torrents());
        for (String text :
                List.of("i0e", "i-1e", "0:", "le", "de", "d0:0:1:ali1eee", "i-9223372036854775808e", "lllleeee")) {
            seeds.put("seed" + seeds.size(), text.getBytes(StandardCharsets.US_ASCII));
        }
        return seeds;
    }

    private static Map<String, byte[]> magnets() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        for (String text : List.of(
                "magnet:?xt=urn:btih:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&dn=a+b%20c&xl=5",
                "xt=urn:btmh:1220" + "ab".repeat(32) + "&tr=http%3A%2F%2Fx%2Fannounce&tr.1=udp://y:1",
                "so=0,2,4-6&x.pe=10.0.0.1:6881&x.pe=[::1]:80&ws=http://w/%C3%A9",
                "*tr=é漢+%21&")) {
            seeds.put("seed" + seeds.size(), text.getBytes(StandardCharsets.UTF_8));
        }
        return seeds;
    }

    static Map<String, byte[]> torrents() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        for (TorrentVersion version : TorrentVersion.values()) {
            seeds.put(version + "-single", torrent(version, true, List.of(3 * PIECE)));
            seeds.put(version + "-folder", torrent(version, false, List.of(5, 0, 2 * PIECE, 100)));
        }
        return seeds;
    }

    private static byte[] torrent(TorrentVersion version, boolean single, List<Integer> sizes) {
        List<FileEntry> files = new ArrayList<>();
        Map<Hash, byte[]> layers = new LinkedHashMap<>();
        long end = 0;
        for (int i = 0; i < sizes.size(); i++) {
            int size = sizes.get(i);
            if (version.hasV2() && end % PIECE > 0) {
                long gap = PIECE - end % PIECE;
                if (version.hasV1()) files.add(new FileEntry(Metainfo.paddingPath(gap), gap, end, null, true));
                end += gap;
            }
            byte[] layer = SeededBytes.of(i, (size + PIECE - 1) / PIECE * MerkleTree.NODE);
            Hash root = version.hasV2() && size > 0 ? MerkleTree.root(layer, 0) : null;
            if (root != null && size > PIECE) layers.put(root, layer);
            // Named so that their order in the file tree is that of the list.
            List<String> path = single ? List.of("name") : i % 2 == 0 ? List.of("n" + i, "f") : List.of("n" + i);
            files.add(new FileEntry(path, size, end, root, false));
            end += size;
        }
        byte[] pieces = SeededBytes.of(99, (int) ((end + PIECE - 1) / PIECE) * Hash.SHA1_LENGTH);
        byte[] info = TorrentWriter.info(
                new TorrentWriter.Info(version, "name", PIECE, single, files, pieces, version == TorrentVersion.V1));
        TorrentExtras extras = new TorrentExtras(
                List.of(List.of("http://a/announce", "udp://b:1"), List.of("http://c/")),
                List.of("http://w/"),
                "c",
                "me");
        return TorrentWriter.torrent(info, version.hasV2() ? layers : null, extras);
    }
}
