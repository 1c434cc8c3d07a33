package dev.hubswarm.protocol.metainfo;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.metainfo.FileList.RawPath;
import dev.hubswarm.protocol.metainfo.Metainfo.Facts;
import dev.hubswarm.protocol.metainfo.Metainfo.Spans;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one torrent and checks all of it. Used once, by one thread.
 *
 * <p>Keys arrive sorted, so a value is often needed before the one that explains it (the file tree before the piece
 * length). The first pass therefore only notes where things stand; the second reads them in the order of meaning.
 */
final class MetainfoParser {
    /** More trackers or web seeds than this are not read; no honest torrent has them. */
    private static final int MAX_URLS = 256;
    /** Of all hints together. Text in memory can take several times its bytes in the torrent. */
    private static final int MAX_HINT_BYTES = 256 * 1024;

    private final byte[] torrent;
    private final BencodeReader.Mode mode;

    /** The keys read so far of the dictionary at hand. */
    private final Set<String> seen = new HashSet<>();

    private int hintBytesLeft = MAX_HINT_BYTES;
    private int infoStart = Spans.NONE;
    private int infoEnd = Spans.NONE;
    private int layersAt = Spans.NONE;
    private boolean needsLayers = true;
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

    /** For an info dictionary that came without them. */
    MetainfoParser withoutLayers() {
        needsLayers = false;
        return this;
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

    private void readOuter(BencodeReader reader) throws BencodeException, MetainfoException {
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (isNow(reader, "info")) {
                infoStart = reader.position();
                reader.skip();
                infoEnd = reader.position();
            } else if (isNow(reader, "piece layers")) {
                layersAt = reader.position();
                reader.skip();
            } else if (isNow(reader, "announce")) {
                announce = readHint(reader);
            } else if (isNow(reader, "announce-list")) {
                readTiers(reader);
            } else if (isNow(reader, "url-list")) {
                readUrls(reader, webSeeds, MAX_URLS);
            } else if (isNow(reader, "comment")) {
                comment = readHint(reader);
            } else if (isNow(reader, "created by")) {
                createdBy = readHint(reader);
            } else {
                reader.skip();
            }
        }
        reader.endDict();
        reader.finish();
    }

    /**
     * Whether the key read last is this one. Lenient reading passes a key that stands twice with another one between,
     * but not one that matters: which of the two counts would depend on the reader.
     */
    private boolean isNow(BencodeReader reader, String key) throws MetainfoException {
        if (!reader.keyIs(key)) return false;
        if (!seen.add(key)) throw new MetainfoException("the key \"" + key + "\" stands twice");
        return true;
    }

    /** Reads a text that nothing depends on: of another type it counts as absent, of another encoding it is mended. */
    private @Nullable String readHint(BencodeReader reader) throws BencodeException {
        if (reader.peek() != Kind.STRING) {
            reader.skip();
            return null;
        }
        reader.skipString();
        int length = reader.end() - reader.start();
        if (length > hintBytesLeft) return null;
        hintBytesLeft -= length;
        return new String(torrent, reader.start(), length, StandardCharsets.UTF_8);
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
            readUrls(reader, tier, left);
            left -= Math.max(1, tier.size());
            if (!tier.isEmpty()) tiers.add(tier);
        }
        reader.endList();
    }

    /** One URL or a list of them, as BEP 19 allows for {@code url-list}; at most {@code max}. */
    private void readUrls(BencodeReader reader, List<String> urls, int max) throws BencodeException {
        if (reader.peek() != Kind.LIST) {
            addUrl(reader, urls);
            return;
        }
        reader.beginList();
        while (reader.hasNext()) {
            if (urls.size() == max) reader.skip();
            else addUrl(reader, urls);
        }
        reader.endList();
    }

    private void addUrl(BencodeReader reader, List<String> urls) throws BencodeException {
        String url = readHint(reader);
        if (url != null && !url.isEmpty()) urls.add(url);
    }

    private void readInfo(BencodeReader reader) throws BencodeException, MetainfoException {
        seen.clear();
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (isNow(reader, "name")) {
                reader.skipString();
                PathRules.checkComponent(torrent, reader.start(), reader.end());
                name = new String(torrent, reader.start(), reader.end() - reader.start(), StandardCharsets.UTF_8);
            } else if (isNow(reader, "piece length")) {
                pieceLength = reader.readInteger();
            } else if (isNow(reader, "pieces")) {
                reader.skipString();
                piecesFrom = reader.start();
                piecesTo = reader.end();
            } else if (isNow(reader, "length")) {
                singleLength = reader.readInteger();
                if (singleLength < 0) throw new MetainfoException("the length is negative");
            } else if (isNow(reader, "files")) {
                filesAt = reader.position();
                reader.skip();
            } else if (isNow(reader, "file tree")) {
                treeAt = reader.position();
                reader.skip();
            } else if (isNow(reader, "meta version")) {
                metaVersion = reader.readInteger();
            } else if (isNow(reader, "private") && reader.peek() == Kind.INTEGER) {
                isPrivate = reader.readInteger() != 0;
            } else if (isNow(reader, "attr") || isNow(reader, "symlink path")) {
                // A single file carries its attributes here (BEP 47).
                new FileList.FileFields(torrent).read(reader);
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

        if (version.hasV2()) checkCanonical();

        boolean hybrid = version == TorrentVersion.HYBRID;
        Listing v1 = version.hasV1() ? listV1(name, hybrid) : null;
        Listing v2 = version.hasV2() ? listV2(hybrid) : null;
        if (v1 != null && v2 != null && !v1.isEqualTo(v2)) {
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
        PieceLayers layers = version.hasV2() ? readLayers() : PieceLayers.none(torrent);
        if (version.hasV2()) checkLayers(layers);

        boolean single = version.hasV1() ? singleLength >= 0 : v2 != null && v2.isOnly(name);
        Facts facts =
                new Facts(name, (int) pieceLength, single, isPrivate, list.payload, list.end, (int) pieces, list.count);
        return new Metainfo(
                torrent,
                new Spans(infoStart, infoEnd, filesAt, treeAt, piecesFrom),
                facts,
                infoHash(version),
                layers,
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

    /** What is lenient is so for old torrents; for v2 every reader must find the same (BEP 52), as libtorrent does. */
    private void checkCanonical() throws BencodeException {
        if (mode == BencodeReader.Mode.STRICT) return;
        BencodeReader strict = new BencodeReader(torrent, infoStart, infoEnd, BencodeReader.Mode.STRICT);
        strict.skip();
        strict.finish();
    }

    private Listing listV1(String name, boolean hybrid) throws BencodeException, MetainfoException {
        Listing list = new Listing(1, hybrid);
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

    private Listing listV2(boolean hybrid) throws BencodeException, MetainfoException {
        Listing list = new Listing(pieceLength, hybrid);
        walker(true).walk(list);
        if (list.count == 0) throw new MetainfoException("its file tree is empty");
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

    private PieceLayers readLayers() throws BencodeException, MetainfoException {
        if (layersAt == Spans.NONE) return PieceLayers.none(torrent);
        return PieceLayers.read(
                torrent, new BencodeReader(torrent, layersAt, torrent.length, BencodeReader.Mode.STRICT));
    }

    private void checkLayers(PieceLayers layers) throws BencodeException, MetainfoException {
        int level = MerkleTree.pieceLevel((int) pieceLength);
        MessageDigest sha256 = Digests.sha256();
        byte[] nodes = new byte[layers.longest()];
        BitSet verified = new BitSet();
        walker(true).walk((path, length, rootAt, padding) -> {
            if (length == 0) return;
            if (rootAt == FileList.NO_ROOT || isZero(rootAt)) throw new MetainfoException(path + " has no pieces root");
            if (length <= pieceLength) return;
            int layer = layers.find(torrent, rootAt);
            if (layer == PieceLayers.NONE && !needsLayers) return;
            if (layer == PieceLayers.NONE) throw new MetainfoException("the piece layer of " + path + " is missing");
            long pieces = (length + pieceLength - 1) / pieceLength;
            if (layers.length(layer) != pieces * MerkleTree.NODE) {
                throw new MetainfoException("the piece layer of " + path + " has not " + pieces + " hashes");
            }
            // A million files may share one layer, which is long.
            if (verified.get(layer)) return;
            layers.copyTo(layer, nodes);
            MerkleTree.reduce(sha256, nodes, (int) pieces, level, level);
            if (!Arrays.equals(nodes, 0, MerkleTree.NODE, torrent, rootAt, rootAt + MerkleTree.NODE)) {
                throw new MetainfoException("the piece layer of " + path + " does not hash up to its root");
            }
            verified.set(layer);
        });
        if (verified.cardinality() < layers.count()) throw new MetainfoException("a piece layer is that of no file");
    }

    private boolean isZero(int rootAt) {
        for (int i = rootAt; i < rootAt + MerkleTree.NODE; i++) {
            if (torrent[i] != 0) return false;
        }
        return true;
    }

    private InfoHash infoHash(TorrentVersion version) {
        return new InfoHash(
                version.hasV1() ? infoDigest(Digests.sha1()) : null,
                version.hasV2() ? infoDigest(Digests.sha256()) : null);
    }

    private Hash infoDigest(MessageDigest digest) {
        digest.update(torrent, infoStart, infoEnd - infoStart);
        return Hash.of(digest.digest());
    }

    /** BEP 12: where there are tiers, the single announce URL is ignored. */
    private TorrentExtras extras() {
        if (tiers.isEmpty() && announce != null && !announce.isEmpty()) tiers.add(List.of(announce));
        return new TorrentExtras(tiers, webSeeds, comment, createdBy);
    }

    /** Adds up the files of one list, and makes what is needed to compare it with another. */
    private static final class Listing implements FileList.Visitor {
        private final long alignment;
        private final PathKeys pathKeys = new PathKeys();
        private final @Nullable ListDigest digest;
        private long[] keys = new long[8];
        private int count;
        private long payload;
        private long end;
        private @Nullable String first;

        Listing(long alignment, boolean compared) {
            this.alignment = alignment;
            this.digest = compared ? new ListDigest() : null;
        }

        @Override
        public void file(RawPath path, long length, int rootAt, boolean padding) throws MetainfoException {
            if (length > Metainfo.MAX_SIZE - end) throw new MetainfoException("its files are too long together");
            if (padding) {
                end += length;
                return;
            }
            if (length > 0) end = (end + alignment - 1) / alignment * alignment;
            // The offset of an empty file is nowhere in the data, and clients differ about it.
            if (digest != null) digest.add(path, length, length == 0 ? 0 : end);
            addKey(pathKeys.of(path));
            if (count == 0 && path.depth() == 1) first = path.toString();
            count++;
            payload += length;
            end += length;
        }

        boolean isEqualTo(Listing other) {
            return digest != null && other.digest != null && digest.isEqualTo(other.digest);
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
                    PathKeys again = new PathKeys();
                    files.walk((path, length, rootAt, padding) -> {
                        if (!padding && again.of(path) == twice) throw PathRules.collision(path.toString());
                    });
                }
            }
            PathKeys folders = new PathKeys();
            files.walk((path, length, rootAt, padding) -> {
                if (padding) return;
                folders.of(path);
                for (int depth = path.shared() + 1; depth < path.depth(); depth++) {
                    if (Arrays.binarySearch(keys, 0, count, folders.at(depth)) >= 0)
                        throw PathRules.collision(path.toString());
                }
            });
        }

        private void addKey(long key) {
            if (count == keys.length) keys = Arrays.copyOf(keys, count + (count >> 1));
            keys[count] = key;
        }
    }

    /** The collision keys of a path and of the folders above it, kept from file to file. */
    private static final class PathKeys {
        private final long[] keys = new long[PathRules.MAX_DEPTH];

        long of(RawPath path) {
            for (int i = path.shared(); i < path.depth(); i++) {
                long parent = i == 0 ? 0 : keys[i - 1];
                keys[i] = PathRules.collisionKey(parent, path.in(), path.start(i), path.end(i));
            }
            return at(path.depth());
        }

        long at(int depth) {
            return keys[depth - 1];
        }
    }

    /** A digest over the path, length and offset of every file, so that two lists are equal exactly if theirs are. */
    private static final class ListDigest {
        private final MessageDigest list = Digests.sha256();
        private final MessageDigest name = Digests.sha256();
        /**
         * Per depth the digest of the one above and the name, begun with zeros, which are no digest of anything. Those
         * of shared folders are kept from file to file.
         */
        private final byte[] paths = new byte[(1 + PathRules.MAX_DEPTH) * Hash.SHA256_LENGTH];

        private final ByteBuffer numbers = ByteBuffer.allocate(2 * Long.BYTES);

        void add(RawPath path, long length, long offset) {
            for (int i = path.shared(); i < path.depth(); i++) {
                name.update(paths, i * Hash.SHA256_LENGTH, Hash.SHA256_LENGTH);
                name.update(path.in(), path.start(i), path.end(i) - path.start(i));
                try {
                    name.digest(paths, (i + 1) * Hash.SHA256_LENGTH, Hash.SHA256_LENGTH);
                } catch (DigestException e) {
                    throw new IllegalStateException("SHA-256 has 32 bytes", e);
                }
            }
            list.update(paths, path.depth() * Hash.SHA256_LENGTH, Hash.SHA256_LENGTH);
            list.update(numbers.clear().putLong(length).putLong(offset).array());
        }

        boolean isEqualTo(ListDigest other) {
            return MessageDigest.isEqual(list.digest(), other.list.digest());
        }
    }
}
