package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** How the bytes of a transfer lie in files, and where they are padding (BEP 47). Immutable. */
public final class PieceSpace {
    private final PieceGeometry geometry;
    /** In order and without gaps; files of no bytes are left out. */
    private final List<FileEntry> files;

    private final boolean piecesEndWithFiles;

    private PieceSpace(PieceGeometry geometry, List<FileEntry> files, boolean piecesEndWithFiles) {
        this.geometry = geometry;
        this.piecesEndWithFiles = piecesEndWithFiles;
        this.files = files.stream().filter(file -> file.length() > 0).toList();
    }

    /** Of one file, with no torrent. */
    public static PieceSpace of(PieceGeometry geometry) {
        FileEntry file = new FileEntry(List.of("file"), geometry.size(), 0, null, false);
        return new PieceSpace(geometry, List.of(file), false);
    }

    public static PieceSpace of(Metainfo torrent) {
        PieceGeometry geometry = new PieceGeometry(torrent.spaceSize(), torrent.pieceLength());
        boolean isV2Alone = torrent.version() == TorrentVersion.V2;
        return new PieceSpace(geometry, torrent.files(), isV2Alone && !torrent.isSingleFile());
    }

    public PieceGeometry geometry() {
        return geometry;
    }

    /** In the order of the space, padding included, empty ones left out. */
    public List<FileEntry> files() {
        return files;
    }

    /** Takes a stretch of one of the {@link #files}. */
    interface Stretch {
        void take(int file, long fileOffset, ByteBuffer bytes) throws UserError;
    }

    /** Cuts the remaining bytes where files end, and leaves none remaining. */
    void cut(long at, ByteBuffer bytes, Stretch stretch) throws UserError {
        long next = at;
        for (int i = fileAt(at); bytes.hasRemaining(); i++) {
            FileEntry file = files.get(i);
            int length = (int) Math.min(bytes.remaining(), file.offset() + file.length() - next);
            stretch.take(i, next - file.offset(), bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
            next += length;
        }
    }

    /** Which of the {@link #files} this byte lies in. */
    public int fileAt(long at) {
        int low = 0;
        int high = files.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (files.get(middle).offset() <= at) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /** Which of the {@link #files} these bytes lie in. */
    IntStream filesIn(long from, int length) {
        int first = fileAt(from);
        return IntStream.rangeClosed(first, fileAt(from + length - 1));
    }

    /** Whether nobody needs to send these bytes. */
    public boolean isPadding(long from, int length) {
        return filesIn(from, length).allMatch(file -> files.get(file).padding());
    }

    /** Makes padding in these bytes what it is, zeros, whatever somebody sent for it. */
    void clearPadding(long at, ByteBuffer bytes) throws UserError {
        cut(at, bytes.duplicate(), (file, fileOffset, stretch) -> {
            if (files.get(file).padding()) clear(stretch);
        });
    }

    static void clear(ByteBuffer bytes) {
        while (bytes.hasRemaining()) bytes.put((byte) 0);
    }

    boolean hasPadding(int piece) {
        return filesIn(geometry.offsetOf(piece), geometry.lengthOf(piece))
                .anyMatch(file -> files.get(file).padding());
    }

    /**
     * How much of a piece peers send. In v2 alone a file's last piece ends with the file (BEP 52); in v1 and hybrids the
     * padding behind it is a file too.
     */
    public int lengthSent(int piece) {
        return piecesEndWithFiles ? lengthInTree(piece) : geometry.lengthOf(piece);
    }

    /** Blocks of the piece that are padding alone, which nobody needs to send (BEP 47). */
    public BitSet padding(int piece) {
        BitSet padding = new BitSet();
        if (!hasPadding(piece)) return padding;
        for (int block = 0; block < geometry.blockCount(piece); block++) {
            long at = geometry.offsetOf(piece) + (long) block * PieceGeometry.BLOCK_LENGTH;
            padding.set(block, isPadding(at, geometry.blockLength(piece, block)));
        }
        return padding;
    }

    /** Pieces that are padding alone. */
    BitSet paddingPieces() {
        BitSet all = new BitSet();
        for (FileEntry file : files) {
            // Such a piece lies in one stretch of padding, or in several that follow each other.
            if (!file.padding()) continue;
            int last = geometry.pieceAt(file.offset() + file.length() - 1);
            for (int piece = geometry.pieceAt(file.offset()); piece <= last; piece++) {
                all.set(piece, isPadding(geometry.offsetOf(piece), geometry.lengthOf(piece)));
            }
        }
        return all;
    }

    /** In v2, how much of the piece its hash covers: a file begins it, and padding may end it. */
    int lengthInTree(int piece) {
        long from = geometry.offsetOf(piece);
        FileEntry file = files.get(fileAt(from));
        return (int) Math.min(geometry.lengthOf(piece), file.offset() + file.length() - from);
    }

    /** In v2, how high the tree above a piece is at least; that of a file of at most one piece is as low as it can be. */
    int treeLevel(int piece) {
        FileEntry file = files.get(fileAt(geometry.offsetOf(piece)));
        return file.length() <= geometry.pieceLength() ? 0 : MerkleTree.pieceLevel(geometry.pieceLength());
    }
}
