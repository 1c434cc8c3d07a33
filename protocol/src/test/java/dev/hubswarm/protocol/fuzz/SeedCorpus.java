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
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small good inputs to start from, one for each feature. Stateless. */
final class SeedCorpus {
    private static final int PIECE = 16384;

    static final List<String> TARGETS = List.of(
            "BencodeFuzz",
            "MetainfoFuzz",
            "MagnetFuzz",
            "AnnounceQueryFuzz",
            "AnnounceAnswerFuzz",
            "ScrapeFuzz",
            "UdpTrackerFuzz",
            "PeerWireFuzz",
            "ExtensionFuzz");

    private SeedCorpus() {}

    /** Writes a folder of seeds for each target below the folder that is named. */
    public static void main(String[] args) throws IOException {
        for (String target : TARGETS) {
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
            case "AnnounceQueryFuzz" ->
                latin(
                        "info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-LT2080-mPQBxq)4qhq3&port=6889"
                                + "&uploaded=1&downloaded=2&left=3&corrupt=0&key=372C55AB&event=started&numwant=200"
                                + "&compact=1&no_peer_id=1&supportcrypto=1&redundant=0",
                        "left=0&event=completed&numwant=-1&compact=0&key=q%40%B3%8E&trackerid=a%20b+&ip=1.2.3.4",
                        "event=stopped&left=99999999999999999999&info_hash=0123456789abcdef0123456789abcdef01234567");
            case "AnnounceAnswerFuzz" ->
                latin(
                        "d8:completei1e11:external ip4:\u0001\u0002\u0003\u000410:incompletei20e8:intervali1800e"
                                + "12:min intervali900e5:peers6:\n\u0001\u0002\u0003\u001a\u00e16:peers618:"
                                + "x".repeat(18) + "10:tracker id2:ab15:warning message1:we",
                        "d5:peersld2:ip8:10.1.2.37:peer id20:-LT1230-abcdefghijkl4:porti6881eed2:ip11:2001:db8::14:porti1eeee",
                        "d14:failure reason2:no8:retry in5:nevere",
                        "d14:failure reason4:busy8:retry ini5ee");
            case "ScrapeFuzz" ->
                latin(
                        "d5:filesd20:....................d8:completei5e10:downloadedi50e10:incompletei10eeee",
                        "info_hash=....................&info_hash=0123456789abcdef0123456789abcdef01234567",
                        "d14:failure reason2:noe");
            case "UdpTrackerFuzz" -> datagrams();
            case "PeerWireFuzz" -> streams();
            case "ExtensionFuzz" ->
                latin(
                        "\0d8:hs_blocki262144e4:ipv44:\n\u0001\u0002\u00031:md11:lt_donthavei1e11:upload_onlyi2e"
                                + "11:ut_metadatai3e6:ut_pexi4ee13:metadata_sizei31235e1:pi6881e4:reqqi2000e"
                                + "11:upload_onlyi1e1:v8:hubswarm6:yourip16:" + "x".repeat(16) + "e",
                        "\1\0\0\0\7",
                        "\2\1",
                        "\3d8:msg_typei0e5:piecei0ee",
                        "\3d8:msg_typei1e5:piecei0e10:total_sizei5eehello",
                        "\4d5:added6:\n\u0001\u0002\u0003\u001a\u00e17:added.f1:\u00126:added618:" + "x".repeat(18)
                                + "8:added6.f1:\u00017:dropped6:abcdef8:dropped618:" + "y".repeat(18) + "e");
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

    private static Map<String, byte[]> latin(String... texts) {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        for (String text : texts) seeds.put("seed" + seeds.size(), text.getBytes(StandardCharsets.ISO_8859_1));
        return seeds;
    }

    /** One of each kind, requests and answers. */
    private static Map<String, byte[]> datagrams() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        String head = "1122334455667788";
        String hash = "000102030405060708090a0b0c0d0e0f10111213";
        for (String hex : List.of(
                "0000041727101980" + "0000000099aabbcc",
                head + "0000000199aabbcc" + hash + hash + "0000000000000001".repeat(3) + "00000002" + "00000000"
                        + "0a0b0c0d" + "ffffffff" + "1ae1" + "0702aabb" + "01" + "02012f" + "02017400",
                head + "0000000299aabbcc" + hash + hash,
                "0000000099aabbcc" + head,
                "0000000199aabbcc" + "00000708" + "00000007" + "00000005" + "0a0102031ae1".repeat(6),
                "0000000299aabbcc" + "000000010000000200000003",
                "0000000399aabbcc" + "6e6f")) {
            seeds.put("seed" + seeds.size(), HexFormat.of().parseHex(hex));
        }
        return seeds;
    }

    /** A stream of all kinds of messages, and a handshake. */
    private static Map<String, byte[]> streams() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        String range = "ab".repeat(32) + "00000000" + "00000000" + "00000002" + "00000001";
        for (String hex : List.of(
                "13426974546f7272656e742070726f746f636f6c" + "0000000000100014" + "ab".repeat(40),
                "00000000" + "0000000100" + "0000000101" + "0000000102" + "0000000103" + "000000050400000007"
                        + "0000000205a0" + "0000000d06000000010000000200004000" + "0000000c070000000100000002aabbcc"
                        + "0000000d08000000010000000200004000" + "00000003091ae1" + "000000050d00000007",
                "000000010e" + "000000010f" + "0000000d10000000010000000200004000" + "000000051100000007"
                        + "00000004140364650000000263ff" + "00000007140100000007",
                "0000003115" + range + "0000009116" + range + "cd".repeat(96) + "0000003117" + range)) {
            seeds.put("seed" + seeds.size(), HexFormat.of().parseHex(hex));
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
