package dev.hubswarm.protocol.metainfo;

import dev.hubswarm.protocol.bencode.BencodeWriter;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes torrents in canonical bencoding. Stateless. */
public final class TorrentWriter {
    /**
     * What an info dictionary says. Immutable, but for the array, which nobody may change.
     *
     * @param singleFile whether {@code name} is the one file's; then its path is that name
     * @param files in {@link PathRules#TREE_ORDER}, with padding where v1 needs it, with roots where v2 does
     * @param v1Pieces the SHA-1 hashes of all pieces; of no meaning in v2
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; a copy of millions of hashes would buy nothing.
    public record Info(
            TorrentVersion version,
            String name,
            int pieceLength,
            boolean singleFile,
            List<FileEntry> files,
            byte[] v1Pieces,
            boolean isPrivate) {
        public Info {
            files = List.copyOf(files);
        }
    }

    private TorrentWriter() {}

    public static byte[] info(Info info) {
        BencodeWriter out = new BencodeWriter();
        out.beginDict();
        boolean v1 = info.version.hasV1();
        boolean v2 = info.version.hasV2();
        if (v2) writeTree(out.key("file tree"), info.files);
        if (v1 && !info.singleFile) writeFiles(out.key("files"), info.files);
        if (v1 && info.singleFile) out.key("length").integer(info.files.get(0).length());
        if (v2) out.key("meta version").integer(2);
        out.key("name").string(info.name);
        out.key("piece length").integer(info.pieceLength);
        if (v1) out.key("pieces").string(info.v1Pieces);
        if (info.isPrivate) out.key("private").integer(1);
        return out.endDict().toByteArray();
    }

    /**
     * Writes a torrent file around an info dictionary.
     *
     * @param layers the piece layers by root of all files longer than a piece; null for a v1 torrent
     */
    public static byte[] torrent(byte[] info, @Nullable Map<Hash, byte[]> layers, TorrentExtras extras) {
        BencodeWriter out = new BencodeWriter();
        out.beginDict();
        List<List<String>> tiers = extras.trackers();
        if (!tiers.isEmpty()) out.key("announce").string(tiers.get(0).get(0));
        if (tiers.size() > 1 || (tiers.size() == 1 && tiers.get(0).size() > 1)) {
            out.key("announce-list").beginList();
            for (List<String> tier : tiers) writeStrings(out, tier);
            out.endList();
        }
        if (extras.comment() != null) out.key("comment").string(extras.comment());
        if (extras.createdBy() != null) out.key("created by").string(extras.createdBy());
        out.key("info").raw(ByteBuffer.wrap(info));
        if (layers != null) writeLayers(out.key("piece layers"), layers);
        if (!extras.webSeeds().isEmpty()) writeStrings(out.key("url-list"), extras.webSeeds());
        return out.endDict().toByteArray();
    }

    private static void writeStrings(BencodeWriter out, List<String> strings) {
        out.beginList();
        for (String string : strings) out.string(string);
        out.endList();
    }

    private static void writeLayers(BencodeWriter out, Map<Hash, byte[]> layers) {
        Map<Hash, byte[]> sorted = new TreeMap<>(Comparator.comparing(Hash::hex));
        sorted.putAll(layers);
        out.beginDict();
        sorted.forEach((root, layer) -> out.key(root.bytes()).string(layer));
        out.endDict();
    }

    private static void writeFiles(BencodeWriter out, List<FileEntry> files) {
        out.beginList();
        for (FileEntry file : files) {
            out.beginDict();
            if (file.padding()) out.key("attr").string("p");
            out.key("length").integer(file.length());
            writeStrings(out.key("path"), file.path());
            out.endDict();
        }
        out.endList();
    }

    /** Folders open and close as the sorted paths come and go, so no tree is built. */
    private static void writeTree(BencodeWriter out, List<FileEntry> files) {
        List<String> open = List.of();
        out.beginDict();
        for (FileEntry file : files) {
            if (file.padding()) continue;
            List<String> folders = file.path().subList(0, file.path().size() - 1);
            int shared = sharedPrefix(open, folders);
            for (int i = open.size(); i > shared; i--) out.endDict();
            for (String folder : folders.subList(shared, folders.size()))
                out.key(folder).beginDict();
            open = folders;

            out.key(file.path().get(folders.size())).beginDict();
            out.key("").beginDict().key("length").integer(file.length());
            if (file.length() > 0) {
                out.key("pieces root")
                        .string(Objects.requireNonNull(file.piecesRoot()).bytes());
            }
            out.endDict().endDict();
        }
        for (int i = open.size(); i > 0; i--) out.endDict();
        out.endDict();
    }

    private static int sharedPrefix(List<String> a, List<String> b) {
        int shared = 0;
        while (shared < Math.min(a.size(), b.size()) && a.get(shared).equals(b.get(shared))) shared++;
        return shared;
    }
}
