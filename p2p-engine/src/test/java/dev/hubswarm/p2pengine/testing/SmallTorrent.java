package dev.hubswarm.p2pengine.testing;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.testkit.SeededBytes;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A torrent of one file with its bytes. Immutable, but for the arrays. */
@SuppressWarnings("ArrayRecordComponent")
public record SmallTorrent(Metainfo metainfo, byte[] bytes, byte[] layer) {
    public static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    public static SmallTorrent of(TorrentVersion version, int pieceLength, int size) {
        return of(version, pieceLength, size, false);
    }

    public static SmallTorrent of(TorrentVersion version, int pieceLength, int size, boolean isPrivate) {
        byte[] bytes = SeededBytes.of(size, size);
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        ByteArrayOutputStream layer = new ByteArrayOutputStream();
        ByteArrayOutputStream leaves = new ByteArrayOutputStream();
        MessageDigest sha256 = Digests.sha256();
        for (int at = 0; at < size; at += pieceLength) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(at + pieceLength, size));
            pieces.writeBytes(Digests.sha1().digest(piece));
            ByteArrayOutputStream nodes = new ByteArrayOutputStream();
            for (int from = 0; from < piece.length; from += BLOCK) {
                sha256.update(piece, from, Math.min(BLOCK, piece.length - from));
                nodes.writeBytes(sha256.digest());
            }
            leaves.writeBytes(nodes.toByteArray());
            byte[] work = nodes.toByteArray();
            MerkleTree.reduce(sha256, work, work.length / 32, 0, MerkleTree.pieceLevel(pieceLength));
            layer.writeBytes(Arrays.copyOf(work, 32));
        }
        Hash root = MerkleTree.root(leaves.toByteArray(), 0);
        FileEntry file = new FileEntry(List.of("weights"), size, 0, version.hasV2() ? root : null, false);
        byte[] info = TorrentWriter.info(new TorrentWriter.Info(
                version, "weights", pieceLength, true, List.of(file), pieces.toByteArray(), isPrivate));
        Map<Hash, byte[]> layers = size > pieceLength ? Map.of(root, layer.toByteArray()) : Map.of();
        byte[] torrent = TorrentWriter.torrent(info, version.hasV2() ? layers : null, TorrentExtras.NONE);
        try {
            return new SmallTorrent(Metainfo.readStrictly(torrent), bytes, layer.toByteArray());
        } catch (MetainfoException e) {
            throw new AssertionError(e);
        }
    }

    public PieceGeometry geometry() {
        return new PieceGeometry(metainfo.spaceSize(), metainfo.pieceLength());
    }

    public PieceSpace space() {
        return PieceSpace.of(metainfo);
    }

    public byte[] info() {
        byte[] info = new byte[metainfo.info().remaining()];
        metainfo.info().get(info);
        return info;
    }

    public byte[] bytes(int piece, int begin, int length) {
        int at = (int) geometry().offsetOf(piece) + begin;
        return Arrays.copyOfRange(bytes, at, at + length);
    }
}
