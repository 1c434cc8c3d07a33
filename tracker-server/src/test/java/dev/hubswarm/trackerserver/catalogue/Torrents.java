package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.protocol.bencode.BencodeWriter;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.testkit.SeededBytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Torrents of content that nobody has: their hashes fit together, and fit no file. Stateless. */
final class Torrents {
    static final TorrentExtras STRANGE = new TorrentExtras(
            List.of(List.of("http://tracker.example/announce")), List.of("http://seed.example/"), "hi", "somebody");

    private Torrents() {}

    static Hash digest(long seed) {
        return Hash.of(SeededBytes.of(seed, Hash.SHA256_LENGTH));
    }

    /** A layer of as many nodes as a file of this size has pieces, and the root above it. */
    @SuppressWarnings("ArrayRecordComponent")
    record Tree(byte[] layer, Hash root) {
        static Tree of(long seed, long size, int pieceLength) {
            byte[] layer = SeededBytes.of(seed, pieces(size, pieceLength) * MerkleTree.NODE);
            if (size <= pieceLength) return new Tree(layer, Hash.of(layer));
            return new Tree(layer, MerkleTree.root(layer, MerkleTree.pieceLevel(pieceLength)));
        }
    }

    static int pieces(long size, int pieceLength) {
        return (int) ((size + pieceLength - 1) / pieceLength);
    }

    static byte[] v1Pieces(long seed, long size, int pieceLength) {
        return SeededBytes.of(~seed, pieces(size, pieceLength) * Hash.SHA1_LENGTH);
    }

    static byte[] canonical(long seed, long size) {
        return canonical(seed, size, seed, TorrentExtras.NONE);
    }

    /** @param content by which torrents of one digest differ */
    static byte[] canonical(long digest, long size, long content, TorrentExtras extras) {
        int pieceLength = PieceLengthPolicy.forSize(size);
        Tree tree = Tree.of(content, size, pieceLength);
        return CanonicalTorrent.torrent(
                digest(digest), size, v1Pieces(content, size, pieceLength), tree.root, tree.layer, extras);
    }

    /** A torrent of one file like a canonical one, but for what is given. */
    static byte[] single(TorrentVersion version, String name, long size, int pieceLength, boolean isPrivate) {
        Tree tree = Tree.of(1, Math.max(1, size), pieceLength);
        FileEntry file = new FileEntry(List.of(name), size, 0, size == 0 ? null : tree.root, false);
        byte[] info = TorrentWriter.info(new TorrentWriter.Info(
                version, name, pieceLength, true, List.of(file), v1Pieces(1, size, pieceLength), isPrivate));
        Map<Hash, byte[]> layers = size > pieceLength ? Map.of(tree.root, tree.layer) : Map.of();
        return TorrentWriter.torrent(info, version.hasV2() ? layers : null, TorrentExtras.NONE);
    }

    /** A v2 torrent of a folder. */
    static byte[] folder(String name, Map<String, Long> sizes, int pieceLength, boolean isPrivate) {
        List<FileEntry> files = new ArrayList<>();
        Map<Hash, byte[]> layers = new HashMap<>();
        long offset = 0;
        for (Map.Entry<String, Long> one : sizes.entrySet()) {
            long size = one.getValue();
            Tree tree = Tree.of(size, Math.max(1, size), pieceLength);
            files.add(
                    new FileEntry(List.of(one.getKey().split("/")), size, offset, size == 0 ? null : tree.root, false));
            if (size > pieceLength) layers.put(tree.root, tree.layer);
            offset += (long) pieces(size, pieceLength) * pieceLength;
        }
        byte[] info = TorrentWriter.info(
                new TorrentWriter.Info(TorrentVersion.V2, name, pieceLength, false, files, new byte[0], isPrivate));
        return TorrentWriter.torrent(info, layers, STRANGE);
    }

    /** A hybrid of a folder with a file in it. */
    static byte[] hybridFolder(String name) {
        FileEntry file = new FileEntry(List.of("a"), 5, 0, digest(9), false);
        int pieceLength = PieceLengthPolicy.forSize(5);
        byte[] info = TorrentWriter.info(new TorrentWriter.Info(
                TorrentVersion.HYBRID, name, pieceLength, false, List.of(file), v1Pieces(1, 5, pieceLength), false));
        return TorrentWriter.torrent(info, Map.of(), TorrentExtras.NONE);
    }

    /** A hybrid of one file of at most one piece, with one more key in the dictionary of the file or in info. */
    static byte[] withKey(Hash digest, boolean inFile, String key) {
        BencodeWriter out = new BencodeWriter();
        out.beginDict().key("info").beginDict();
        out.key("file tree").beginDict().key(digest.hex()).beginDict().key("").beginDict();
        if (inFile) out.key(key).string("x");
        out.key("length").integer(5);
        out.key("pieces root").string(digest(9).bytes());
        out.endDict().endDict().endDict();
        out.key("length").integer(5);
        out.key("meta version").integer(2);
        out.key("name").string(digest.hex());
        out.key("piece length").integer(PieceLengthPolicy.forSize(5));
        out.key("pieces").string(v1Pieces(9, 5, PieceLengthPolicy.forSize(5)));
        if (!inFile) out.key(key).string("x");
        return out.endDict().endDict().toByteArray();
    }

    static Metainfo read(byte[] torrent) {
        try {
            return Metainfo.read(torrent);
        } catch (MetainfoException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
