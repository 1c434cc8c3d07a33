package dev.hubswarm.protocol.metainfo;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.metainfo.FileList.RawPath;
import dev.hubswarm.protocol.metainfo.Metainfo.Facts;
import dev.hubswarm.protocol.metainfo.Metainfo.Spans;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one torrent and checks all of it. Used once, by one thread.
 *
 * <p>Keys arrive sorted, so a value is often needed before the one that explains it (the file tree before the piece
 * length). The first pass therefore only notes where things stand; the second reads them in the order of meaning.
 */
final class MetainfoParser {
    /** More announce or web seed URLs than this are not read; no honest torrent has them. */
    private static final int MAX_URLS = 256;

    private final byte[] torrent;
    private final BencodeReader.Mode mode;

    private int infoStart = Spans.NONE;
    private int infoEnd = Spans.NONE;
    private int layersAt = Spans.NONE;
    private final List<List<String>> tiers = new ArrayList<>();
    private final List<String> webSeeds = new ArrayList<>();
    private @Nullable String announce;
    private @Nullable String comment;
    private @Nullable String createdBy;

    private @Nullable String name;
    private long pieceLength = -1;
    private long singleLength = -1;
    private long metaVersion = 1;
    private boolean isPrivate;
    private int filesAt = Spans.NONE;
    private int treeAt = Spans.NONE;
    private int piecesFrom = Spans.NONE;
    private int piecesTo = Spans.NONE;

    MetainfoParser(byte[] torrent, BencodeReader.Mode mode) {
        this.torrent = torrent;
        this.mode = mode;
    }

    Metainfo parse() throws MetainfoException {
        if (torrent.length > Metainfo.MAX_TORRENT_BYTES) {
            throw new MetainfoException("it is larger than " + Metainfo.MAX_TORRENT_BYTES + " bytes");
        }
        try {
            readOuter(new BencodeReader(torrent, mode));
            if (infoStart == Spans.NONE) throw new MetainfoException("it has no info dictionary");
            readInfo(new BencodeReader(torrent, infoStart, infoEnd, mode));
            return check();
        } catch (BencodeException e) {
            throw new MetainfoException("it is not bencoded as a torrent is: " + e.getMessage(), e);
        }
    }

    private void readOuter(BencodeReader reader) throws BencodeException {
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (reader.keyIs("info")) {
                infoStart = reader.position();
                reader.skip();
                infoEnd = reader.position();
            } else if (reader.keyIs("piece layers")) {
                layersAt = reader.position();
                reader.skip();
            } else if (reader.keyIs("announce")) {
                announce = readHint(reader);
            } else if (reader.keyIs("announce-list")) {
                readTiers(reader);
            } else if (reader.keyIs("url-list")) {
                readUrls(reader, webSeeds);
            } else if (reader.keyIs("comment")) {
                comment = readHint(reader);
            } else if (reader.keyIs("created by")) {
                createdBy = readHint(reader);
            } else {
                reader.skip();
            }
        }
        reader.endDict();
        reader.finish();
    }

    /** Reads a text that nothing depends on: of another type it counts as absent, of another encoding it is mended. */
    private static @Nullable String readHint(BencodeReader reader) throws BencodeException {
        if (reader.peek() != Kind.STRING) {
            reader.skip();
            return null;
        }
        return StandardCharsets.UTF_8.decode(reader.readBytes()).toString();
    }

    /** BEP 12. */
    private void readTiers(BencodeReader reader) throws BencodeException {
        if (reader.peek() != Kind.LIST) {
            reader.skip();
            return;
        }
        reader.beginList();
        int left = MAX_URLS;
        while (reader.hasNext()) {
            if (left == 0) {
                reader.skip();
                continue;
            }
            List<String> tier = new ArrayList<>(1);
            readUrls(reader, tier);
            left -= Math.min(left, Math.max(1, tier.size()));
            if (!tier.isEmpty()) tiers.add(tier);
        }
        reader.endList();
    }

    /** One URL or a list of them, as BEP 19 allows for {@code url-list}. */
    private static void readUrls(BencodeReader reader, List<String> urls) throws BencodeException {
        if (reader.peek() != Kind.LIST) {
            String url = readHint(reader);
            if (url != null && !url.isEmpty()) urls.add(url);
            return;
        }
        reader.beginList();
        while (reader.hasNext()) {
            if (urls.size() == MAX_URLS) {
                reader.skip();
                continue;
            }
            String url = readHint(reader);
            if (url != null && !url.isEmpty()) urls.add(url);
        }
        reader.endList();
    }

    private void readInfo(BencodeReader reader) throws BencodeException, MetainfoException {
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (reader.keyIs("name")) {
                reader.skipString();
                PathRules.checkComponent(torrent, reader.start(), reader.end());
                name = new String(torrent, reader.start(), reader.end() - reader.start(), StandardCharsets.UTF_8);
            } else if (reader.keyIs("piece length")) {
                pieceLength = reader.readInteger();
            } else if (reader.keyIs("pieces")) {
                reader.skipString();
                piecesFrom = reader.start();
                piecesTo = reader.end();
            } else if (reader.keyIs("length")) {
                singleLength = reader.readInteger();
                if (singleLength < 0) throw new MetainfoException("the length is negative");
            } else if (reader.keyIs("files")) {
                filesAt = reader.position();
                reader.skip();
            } else if (reader.keyIs("file tree")) {
                treeAt = reader.position();
                reader.skip();
            } else if (reader.keyIs("meta version")) {
                metaVersion = reader.readInteger();
            } else if (reader.keyIs("private") && reader.peek() == Kind.INTEGER) {
                isPrivate = reader.readInteger() != 0;
            } else if (reader.keyIs("attr") || reader.keyIs("symlink path")) {
                // A single file carries its attributes here (BEP 47).
                new FileList.FileFields().read(reader);
            } else {
                reader.skip();
            }
        }
        reader.endDict();
        reader.finish();
    }

    private Metainfo check() throws BencodeException, MetainfoException {
        String name = this.name;
        if (name == null) throw new MetainfoException("it has no name");
        TorrentVersion version = version();
        checkPieceLength(version);

        Listing v1 = version.hasV1() ? listV1(name) : null;
        Listing v2 = version.hasV2() ? listV2() : null;
        if (v1 != null && v2 != null && !MessageDigest.isEqual(v1.digest(), v2.digest())) {
            throw new MetainfoException("its v1 and v2 file lists differ");
        }
        Listing list = v1 != null ? v1 : v2;
        if (list == null) throw new IllegalStateException("a version has v1, v2 or both");
        list.checkCollisions(walker(version.hasV2()));

        long pieces = (list.end + pieceLength - 1) / pieceLength;
        if (pieces > Metainfo.MAX_PIECES)
            throw new MetainfoException("it has more than " + Metainfo.MAX_PIECES + " pieces");
        if (version.hasV1() && piecesTo - piecesFrom != pieces * Hash.SHA1_LENGTH) {
            throw new MetainfoException("it has " + (piecesTo - piecesFrom) + " bytes of piece hashes where "
                    + pieces * Hash.SHA1_LENGTH + " belong");
        }
        Map<Hash, ByteBuffer> layers = version.hasV2() ? readLayers() : Map.of();
        if (version.hasV2()) checkLayers(layers);

        boolean single = version.hasV1() ? singleLength >= 0 : v2 != null && v2.isOnly(name);
        Facts facts =
                new Facts(name, (int) pieceLength, single, isPrivate, list.payload, list.end, (int) pieces, list.count);
        return new Metainfo(
                torrent,
                new Spans(infoStart, infoEnd, filesAt, treeAt, piecesFrom),
                facts,
                infoHash(version),
                Map.copyOf(layers),
                extras());
    }

    private TorrentVersion version() throws MetainfoException {
        boolean v1 = piecesFrom != Spans.NONE || filesAt != Spans.NONE || singleLength >= 0;
        boolean v2 = treeAt != Spans.NONE;
        if (metaVersion != 1 && metaVersion != 2) throw new MetainfoException("its meta version is " + metaVersion);
        if (v2 != (metaVersion == 2)) throw new MetainfoException("a file tree and meta version 2 belong together");
        if (!v1 && !v2) throw new MetainfoException("it has no files");
        if (v1 && piecesFrom == Spans.NONE) throw new MetainfoException("it has no pieces");
        if (v1 && (singleLength >= 0) == (filesAt != Spans.NONE)) {
            throw new MetainfoException("it needs either a length or a list of files");
        }
        if (!v1) return TorrentVersion.V2;
        return v2 ? TorrentVersion.HYBRID : TorrentVersion.V1;
    }

    private void checkPieceLength(TorrentVersion version) throws MetainfoException {
        if (pieceLength < 1 || pieceLength > Metainfo.MAX_PIECE_LENGTH) {
            throw new MetainfoException("its piece length is " + pieceLength);
        }
        boolean treePiece = pieceLength >= PieceLengthPolicy.MIN && Long.bitCount(pieceLength) == 1;
        if (version.hasV2() && !treePiece) {
            throw new MetainfoException(
                    "its piece length " + pieceLength + " is not a power of two of at least 16 KiB");
        }
    }

    private Listing listV1(String name) throws BencodeException, MetainfoException {
        Listing list = new Listing(1);
        if (filesAt != Spans.NONE) {
            walker(false).walk(list);
            if (list.count == 0) throw new MetainfoException("its list of files is empty");
            return list;
        }
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        RawPath path = new RawPath(utf8);
        path.push(0, utf8.length);
        list.file(path, singleLength, FileList.NO_ROOT, false);
        return list;
    }

    private Listing listV2() throws BencodeException, MetainfoException {
        Listing list = new Listing(pieceLength);
        walker(true).walk(list);
        return list;
    }

    private interface Walker {
        void walk(FileList.Visitor visitor) throws BencodeException, MetainfoException;
    }

    private Walker walker(boolean v2) {
        int position = v2 ? treeAt : filesAt;
        return visitor -> {
            if (position == Spans.NONE) return;
            BencodeReader reader = new BencodeReader(torrent, position, infoEnd, mode);
            if (v2) FileList.walkV2(reader, torrent, visitor);
            else FileList.walkV1(reader, torrent, visitor);
        };
    }

    /** Layers by root. Their hashes are checked against the files by {@link #checkLayers}. */
    private Map<Hash, ByteBuffer> readLayers() throws BencodeException, MetainfoException {
        Map<Hash, ByteBuffer> layers = new HashMap<>();
        if (layersAt == Spans.NONE) return layers;
        BencodeReader reader = new BencodeReader(torrent, layersAt, torrent.length, mode);
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (reader.end() - reader.start() != MerkleTree.NODE) {
                throw new MetainfoException("a key of its piece layers is no root");
            }
            Hash root = Hash.of(torrent, reader.start(), MerkleTree.NODE);
            layers.put(root, reader.readBytes());
        }
        return layers;
    }

    private void checkLayers(Map<Hash, ByteBuffer> layers) throws BencodeException, MetainfoException {
        int level = MerkleTree.pieceLevel((int) pieceLength);
        walker(true).walk((path, length, rootAt, padding) -> {
            if (length == 0) return;
            if (rootAt == FileList.NO_ROOT) throw new MetainfoException(path + " has no pieces root");
            if (length <= pieceLength) return;
            Hash root = Hash.of(torrent, rootAt, MerkleTree.NODE);
            ByteBuffer layer = layers.get(root);
            if (layer == null) throw new MetainfoException("the piece layer of " + path + " is missing");
            long pieces = (length + pieceLength - 1) / pieceLength;
            if (layer.remaining() != pieces * MerkleTree.NODE) {
                throw new MetainfoException("the piece layer of " + path + " has not " + pieces + " hashes");
            }
            byte[] nodes = new byte[layer.remaining()];
            layer.duplicate().get(nodes);
            if (!MerkleTree.root(nodes, level).equals(root)) {
                throw new MetainfoException("the piece layer of " + path + " does not hash up to its root");
            }
        });
    }

    private InfoHash infoHash(TorrentVersion version) {
        MessageDigest sha1 = Digests.sha1();
        MessageDigest sha256 = Digests.sha256();
        sha1.update(torrent, infoStart, infoEnd - infoStart);
        sha256.update(torrent, infoStart, infoEnd - infoStart);
        return new InfoHash(
                version.hasV1() ? Hash.of(sha1.digest()) : null, version.hasV2() ? Hash.of(sha256.digest()) : null);
    }

    /** BEP 12: where there are tiers, the single announce URL is ignored. */
    private TorrentExtras extras() {
        if (tiers.isEmpty() && announce != null && !announce.isEmpty()) tiers.add(List.of(announce));
        return new TorrentExtras(tiers, webSeeds, comment, createdBy);
    }

    /** Adds up the files of one list, and makes what is needed to compare it with another. */
    private static final class Listing implements FileList.Visitor {
        private final long alignment;
        /** Over path, length and offset of every file, so that two lists are equal exactly if their digests are. */
        private final MessageDigest digest = Digests.sha256();

        private final ByteBuffer numbers = ByteBuffer.allocate(2 * Long.BYTES);
        private long[] keys = new long[8];
        private int count;
        private long payload;
        private long end;
        private @Nullable String first;

        Listing(long alignment) {
            this.alignment = alignment;
        }

        @Override
        public void file(RawPath path, long length, int rootAt, boolean padding) throws MetainfoException {
            if (length > Metainfo.MAX_SIZE - end) throw new MetainfoException("its files are too long together");
            if (padding) {
                end += length;
                return;
            }
            if (length > 0) end = (end + alignment - 1) / alignment * alignment;
            addToDigest(path, length);
            addKey(key(path, path.depth()));
            if (count == 0 && path.depth() == 1) first = path.toString();
            count++;
            payload += length;
            end += length;
        }

        byte[] digest() {
            return digest.digest();
        }

        boolean isOnly(String name) {
            return count == 1 && name.equals(first);
        }

        /** No two files may meet in one place, and no file may stand where another needs a folder. */
        void checkCollisions(Walker files) throws BencodeException, MetainfoException {
            Arrays.sort(keys, 0, count);
            for (int i = 1; i < count; i++) {
                if (keys[i - 1] == keys[i]) {
                    long twice = keys[i];
                    files.walk((path, length, rootAt, padding) -> {
                        if (!padding && key(path, path.depth()) == twice) throw PathRules.collision(path.toString());
                    });
                }
            }
            files.walk((path, length, rootAt, padding) -> {
                for (int depth = 1; !padding && depth < path.depth(); depth++) {
                    if (Arrays.binarySearch(keys, 0, count, key(path, depth)) >= 0)
                        throw PathRules.collision(path.toString());
                }
            });
        }

        private static long key(RawPath path, int depth) {
            long key = 0;
            for (int i = 0; i < depth; i++) key = PathRules.collisionKey(key, path.in(), path.start(i), path.end(i));
            return key;
        }

        private void addKey(long key) {
            if (count == keys.length) keys = Arrays.copyOf(keys, count + (count >> 1));
            keys[count] = key;
        }

        private void addToDigest(RawPath path, long length) {
            for (int i = 0; i < path.depth(); i++) {
                digest.update(path.in(), path.start(i), path.end(i) - path.start(i));
                digest.update((byte) '/');
            }
            // The offset of an empty file is nowhere in the data, and clients differ about it.
            numbers.clear().putLong(length).putLong(length == 0 ? 0 : end);
            digest.update(numbers.array());
        }
    }
}
