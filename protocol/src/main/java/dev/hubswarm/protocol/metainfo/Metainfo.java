package dev.hubswarm.protocol.metainfo;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A torrent: v1 (BEP 3), v2 (BEP 52) or hybrid. Immutable.
 *
 * <p>A value of this class was checked whole: paths are safe and free of collisions, sizes add up, a hybrid's two
 * file lists agree, and every piece layer hashes up to its root (only {@link #ofInfo} does without layers). It keeps the torrent's bytes and offsets into them;
 * {@link #files} and hashes are made when asked for.
 */
public final class Metainfo {
    public static final int MAX_PIECES = 1 << 21;
    public static final int MAX_PIECE_LENGTH = 1 << 30;
    /** 8 PiB, beyond every real torrent, so that sums of a few sizes cannot overflow. */
    public static final long MAX_SIZE = 1L << 53;
    /** The largest real torrents have less than 20 MiB. */
    public static final int MAX_TORRENT_BYTES = 32 * 1024 * 1024;

    /** Where the parts stand in the torrent's bytes; {@code NONE} where there is no such part. */
    record Spans(int infoStart, int infoEnd, int files, int fileTree, int pieces) {
        static final int NONE = -1;
    }

    /** What was found while checking, none of which needs another pass. */
    record Facts(
            String name,
            int pieceLength,
            boolean singleFile,
            boolean isPrivate,
            long payloadSize,
            long spaceSize,
            int pieceCount,
            int fileCount) {}

    private final byte[] torrent;
    private final Spans spans;
    private final Facts facts;
    private final InfoHash infoHash;
    private final PieceLayers layers;
    private final TorrentExtras extras;

    Metainfo(byte[] torrent, Spans spans, Facts facts, InfoHash infoHash, PieceLayers layers, TorrentExtras extras) {
        this.torrent = torrent;
        this.spans = spans;
        this.facts = facts;
        this.infoHash = infoHash;
        this.layers = layers;
        this.extras = extras;
    }

    /** Reads a torrent as found in the wild. The array belongs to the result from then on. */
    public static Metainfo read(byte[] torrent) throws MetainfoException {
        return new MetainfoParser(torrent, BencodeReader.Mode.LENIENT).parse();
    }

    /** Reads a torrent that must be in canonical bencoding. The array belongs to the result from then on. */
    public static Metainfo readStrictly(byte[] torrent) throws MetainfoException {
        return new MetainfoParser(torrent, BencodeReader.Mode.STRICT).parse();
    }

    /**
     * Reads an info dictionary alone, as peers send it for a magnet (BEP 9). Of a v2 side the piece layers are missing
     * then, unless no file is longer than a piece: see {@link #hasPieceLayers}.
     */
    public static Metainfo ofInfo(byte[] info) throws MetainfoException {
        byte[] torrent = TorrentWriter.torrent(info, null, TorrentExtras.NONE);
        return new MetainfoParser(torrent, BencodeReader.Mode.LENIENT)
                .withoutLayers()
                .parse();
    }

    /** The same torrent with the layers, by root, that it lacked; they are checked. */
    public Metainfo withPieceLayers(Map<Hash, byte[]> missing) throws MetainfoException {
        byte[] info = Arrays.copyOfRange(torrent, spans.infoStart, spans.infoEnd);
        return read(TorrentWriter.torrent(info, missing, extras));
    }

    /** Whether every v2 hash of a piece is known; also true if there are none. */
    public boolean hasPieceLayers() {
        if (!version().hasV2()) return true;
        return files().stream()
                .filter(file -> file.length() > facts.pieceLength)
                .map(FileEntry::piecesRoot)
                .allMatch(root -> root == null || layers.find(root.bytes(), 0) != PieceLayers.NONE);
    }

    public InfoHash infoHash() {
        return infoHash;
    }

    public TorrentVersion version() {
        return infoHash.version();
    }

    /** The name of the single file, or of the folder around the files. */
    public String name() {
        return facts.name;
    }

    public int pieceLength() {
        return facts.pieceLength;
    }

    /** Whether the name is that of the one file, and not of a folder. */
    public boolean isSingleFile() {
        return facts.singleFile;
    }

    /** BEP 27. */
    public boolean isPrivate() {
        return facts.isPrivate;
    }

    /** The sum of all files, without padding. */
    public long payloadSize() {
        return facts.payloadSize;
    }

    /** The length of the torrent's piece space, with padding: explicit in v1 and hybrid, implied in v2. */
    public long spaceSize() {
        return facts.spaceSize;
    }

    public int pieceCount() {
        return facts.pieceCount;
    }

    /** How many files there are, without padding. */
    public int fileCount() {
        return facts.fileCount;
    }

    public TorrentExtras extras() {
        return extras;
    }

    /** The same torrent with no word of its trackers and web seeds, for those who got it from a stranger. */
    public Metainfo withoutExtras() {
        return new Metainfo(torrent, spans, facts, infoHash, layers, TorrentExtras.NONE);
    }

    /** The info dictionary as it was encoded, which is what the info hash covers. */
    public ByteBuffer info() {
        return view(spans.infoStart, spans.infoEnd);
    }

    /** All files in order, padding included. */
    public List<FileEntry> files() {
        List<FileEntry> files = new ArrayList<>(facts.fileCount);
        long[] end = {0};
        try {
            if (version() == TorrentVersion.V1) {
                if (facts.singleFile)
                    return List.of(new FileEntry(List.of(facts.name), facts.payloadSize, 0, null, false));
                FileList.walkV1(at(spans.files), torrent, (path, length, rootAt, padding) -> {
                    files.add(entry(path, length, end[0], rootAt, padding));
                    end[0] += length;
                });
            } else {
                FileList.walkV2(at(spans.fileTree), torrent, (path, length, rootAt, padding) -> {
                    long offset = length == 0 ? end[0] : align(end[0]);
                    if (offset > end[0]) files.add(paddingEntry(end[0], offset));
                    files.add(entry(path, length, offset, rootAt, false));
                    end[0] = offset + length;
                });
                if (facts.spaceSize > end[0]) files.add(paddingEntry(end[0], facts.spaceSize));
            }
        } catch (BencodeException | MetainfoException e) {
            throw new IllegalStateException("this part was read before", e);
        }
        return List.copyOf(files);
    }

    /** The SHA-1 of a piece of the piece space; only in v1 and hybrid torrents. */
    public Hash v1Piece(int piece) {
        if (piece < 0 || piece >= facts.pieceCount) throw new IndexOutOfBoundsException("no piece " + piece);
        return Hash.of(torrent, requireV1() + piece * Hash.SHA1_LENGTH, Hash.SHA1_LENGTH);
    }

    /** All v1 piece hashes, one after the other; only in v1 and hybrid torrents. */
    public ByteBuffer v1Pieces() {
        int from = requireV1();
        return view(from, from + facts.pieceCount * Hash.SHA1_LENGTH);
    }

    /**
     * The v2 hashes of a file's pieces, 32 bytes each; only in v2 and hybrid torrents. For a file of at most one piece
     * that is its root; for an empty file, nothing.
     */
    public byte[] v2Pieces(FileEntry file) {
        Hash root = file.piecesRoot();
        if (root == null) return new byte[0];
        if (file.length() <= facts.pieceLength) return root.bytes();
        int layer = layers.find(root.bytes(), 0);
        if (layer == PieceLayers.NONE) throw new IllegalStateException("the piece layer is not known");
        byte[] nodes = new byte[layers.length(layer)];
        layers.copyTo(layer, nodes);
        return nodes;
    }

    private int requireV1() {
        if (spans.pieces == Spans.NONE) throw new IllegalStateException("a v2 torrent has no SHA-1 pieces");
        return spans.pieces;
    }

    private FileEntry entry(FileList.RawPath path, long length, long offset, int rootAt, boolean padding) {
        Hash root = rootAt == FileList.NO_ROOT ? null : Hash.of(torrent, rootAt, MerkleTree.NODE);
        return new FileEntry(padding ? paddingPath(length) : path.strings(), length, offset, root, padding);
    }

    private static FileEntry paddingEntry(long from, long to) {
        return new FileEntry(paddingPath(to - from), to - from, from, null, true);
    }

    /** The path by which clients name a stretch of padding (BEP 47). */
    public static List<String> paddingPath(long length) {
        return List.of(".pad", Long.toString(length));
    }

    private long align(long offset) {
        long length = facts.pieceLength;
        return (offset + length - 1) / length * length;
    }

    private BencodeReader at(int position) {
        return new BencodeReader(torrent, position, spans.infoEnd, BencodeReader.Mode.LENIENT);
    }

    private ByteBuffer view(int from, int to) {
        return ByteBuffer.wrap(torrent, from, to - from).slice().asReadOnlyBuffer();
    }

    /** The torrent file this was read from. */
    public byte[] bytes() {
        return torrent.clone();
    }

    /** A torrent file with nothing in it but what the info hash covers, to be shown to others. */
    public byte[] bareBytes() {
        Map<Hash, byte[]> bare = new HashMap<>();
        for (FileEntry file : version().hasV2() ? files() : List.<FileEntry>of()) {
            Hash root = file.piecesRoot();
            if (root != null && file.length() > facts.pieceLength) bare.put(root, v2Pieces(file));
        }
        byte[] info = Arrays.copyOfRange(torrent, spans.infoStart, spans.infoEnd);
        return TorrentWriter.torrent(info, version().hasV2() ? bare : null, TorrentExtras.NONE);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Metainfo metainfo && Arrays.equals(torrent, metainfo.torrent);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(torrent);
    }

    @Override
    public String toString() {
        @Nullable Hash shown = infoHash.v2() != null ? infoHash.v2() : infoHash.v1();
        return facts.name + " (" + shown + ")";
    }
}
