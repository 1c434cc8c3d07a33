package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.List;

/** How the bytes of a transfer lie in files, and where they are padding (BEP 47). Immutable. */
public final class PieceSpace {
    private final PieceGeometry geometry;
    /** In order and without gaps; files of no bytes are left out. */
    private final List<FileEntry> files;

    private PieceSpace(PieceGeometry geometry, List<FileEntry> files) {
        this.geometry = geometry;
        this.files = files.stream().filter(file -> file.length() > 0).toList();
    }

    /** Of one file, with no torrent. */
    public static PieceSpace of(PieceGeometry geometry) {
        return new PieceSpace(geometry, List.of(new FileEntry(List.of("file"), geometry.size(), 0, null, false)));
    }

    public static PieceSpace of(Metainfo torrent) {
        return new PieceSpace(new PieceGeometry(torrent.spaceSize(), torrent.pieceLength()), torrent.files());
    }

    public PieceGeometry geometry() {
        return geometry;
    }

    /** Takes a stretch of one file, or of padding. */
    interface Visitor {
        void visit(FileEntry file, long fileOffset, int length) throws UserError;
    }

    void visit(long from, int length, Visitor visitor) throws UserError {
        long end = from + length;
        long at = from;
        for (int i = indexAt(from); at < end; i++) {
            FileEntry file = files.get(i);
            int part = (int) (Math.min(end, file.offset() + file.length()) - at);
            visitor.visit(file, at - file.offset(), part);
            at += part;
        }
    }

    private int indexAt(long at) {
        int low = 0;
        int high = files.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (files.get(middle).offset() <= at) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /** Whether nobody needs to send these bytes. */
    public boolean isPadding(long from, int length) {
        long end = from + length;
        for (int i = indexAt(from); i < files.size() && files.get(i).offset() < end; i++) {
            if (!files.get(i).padding()) return false;
        }
        return true;
    }

    /** Makes padding in these bytes what it is, zeros, whatever somebody sent for it. */
    void clearPadding(long from, ByteBuffer bytes) throws UserError {
        int[] at = {0};
        visit(from, bytes.limit(), (file, fileOffset, length) -> {
            for (int i = 0; file.padding() && i < length; i++) bytes.put(at[0] + i, (byte) 0);
            at[0] += length;
        });
    }

    boolean hasPadding(int piece) {
        long from = geometry.offsetOf(piece);
        long end = from + geometry.lengthOf(piece);
        for (int i = indexAt(from); i < files.size() && files.get(i).offset() < end; i++) {
            if (files.get(i).padding()) return true;
        }
        return false;
    }

    /** In v2, how much of the piece its hash covers: a file begins it, and padding may end it. */
    int lengthInTree(int piece) {
        long from = geometry.offsetOf(piece);
        FileEntry file = files.get(indexAt(from));
        return (int) Math.min(geometry.lengthOf(piece), file.offset() + file.length() - from);
    }

    /** In v2, how high the tree above a piece is at least; that of a file of at most one piece is as low as it can be. */
    int treeLevel(int piece) {
        FileEntry file = files.get(indexAt(geometry.offsetOf(piece)));
        return file.length() <= geometry.pieceLength() ? 0 : MerkleTree.pieceLevel(geometry.pieceLength());
    }
}
