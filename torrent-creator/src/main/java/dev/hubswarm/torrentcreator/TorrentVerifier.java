package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.HashedContent.HashedFile;
import dev.hubswarm.torrentcreator.VerifyReport.BadPiece;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks files against a torrent, reading them once, and goes on after whatever is bad. Thread-safe; interrupting the
 * calling thread cancels.
 */
public final class TorrentVerifier {
    private final HashPool pool;

    public TorrentVerifier(HashPool pool) {
        this.pool = pool;
    }

    /** @param where the file of a single-file torrent, the folder of another, or the folder around either */
    public VerifyReport verify(Metainfo torrent, Path where, Progress progress) throws UserError, InterruptedException {
        Path root = locate(torrent, where);
        List<FileEntry> entries = torrent.files();
        Hash digest = CanonicalTorrent.digestOf(torrent);
        Set<ContentDigest.Kind> digests =
                digest == null ? EnumSet.noneOf(ContentDigest.Kind.class) : EnumSet.of(ContentDigest.Kind.SHA256);
        boolean v1 = torrent.version().hasV1();
        boolean v2 = torrent.version().hasV2();
        ContentHasher.Plan plan = new ContentHasher.Plan(torrent.pieceLength(), v1, v2, digests);

        TolerantSource source = new TolerantSource(torrent, root, entries);
        source.checkSizes();
        HashedContent hashed = new ContentHasher(plan, entries, torrent.spaceSize(), source, pool, progress).hash();
        BitSet bad = (BitSet) hashed.missing().clone();
        if (v1) addBadV1(torrent, hashed, bad);
        if (v2) addBadV2(torrent, entries, hashed, bad);
        boolean differs = digest != null
                && bad.isEmpty()
                && source.unreadable.isEmpty()
                && !Objects.equals(digest, hashed.files().get(0).digests().get(ContentDigest.Kind.SHA256));
        return new VerifyReport(
                torrent.pieceCount(), describe(torrent, entries, bad), source.unreadable, source.wrongSize, differs);
    }

    private static Path locate(Metainfo torrent, Path where) throws UserError {
        try {
            Files.readAttributes(where, "size");
        } catch (IOException e) {
            throw FileErrors.reading(where, e);
        }
        if (!Files.isDirectory(where)) {
            if (torrent.isSingleFile()) return where;
            throw new UserError(
                    UserError.Kind.USAGE, where + " is a file, but the torrent is of a folder.", "Name the folder.");
        }
        Path inside = where.resolve(torrent.name());
        boolean isAround = torrent.isSingleFile() ? Files.isRegularFile(inside) : Files.isDirectory(inside);
        if (isAround) return inside;
        if (!torrent.isSingleFile()) return where;
        throw new UserError(
                UserError.Kind.NOT_FOUND,
                "There is no file \"" + torrent.name() + "\" in " + where + ".",
                "Name the file itself; it may have any name.");
    }

    private static void addBadV1(Metainfo torrent, HashedContent hashed, BitSet bad) {
        ByteBuffer wanted = torrent.v1Pieces();
        ByteBuffer found = ByteBuffer.wrap(hashed.v1Pieces());
        for (int piece = 0; piece < torrent.pieceCount(); piece++) {
            int at = piece * Hash.SHA1_LENGTH;
            if (!wanted.slice(at, Hash.SHA1_LENGTH).equals(found.slice(at, Hash.SHA1_LENGTH))) bad.set(piece);
        }
    }

    private static void addBadV2(Metainfo torrent, List<FileEntry> entries, HashedContent hashed, BitSet bad) {
        int next = 0;
        for (FileEntry entry : entries) {
            if (entry.padding()) continue;
            HashedFile file = hashed.files().get(next++);
            byte[] wanted = torrent.v2Pieces(entry);
            int first = (int) (entry.offset() / torrent.pieceLength());
            for (int at = 0; at < wanted.length; at += Hash.SHA256_LENGTH) {
                int to = at + Hash.SHA256_LENGTH;
                if (!Arrays.equals(wanted, at, to, file.layer(), at, to)) bad.set(first + at / Hash.SHA256_LENGTH);
            }
        }
    }

    private static List<BadPiece> describe(Metainfo torrent, List<FileEntry> entries, BitSet bad) {
        List<BadPiece> pieces = new ArrayList<>(bad.cardinality());
        int firstEntry = 0;
        for (int piece = bad.nextSetBit(0); piece >= 0; piece = bad.nextSetBit(piece + 1)) {
            long from = (long) piece * torrent.pieceLength();
            long to = from + torrent.pieceLength();
            while (end(entries.get(firstEntry)) <= from) firstEntry++;
            List<String> files = new ArrayList<>(1);
            for (int i = firstEntry; i < entries.size() && entries.get(i).offset() < to; i++) {
                FileEntry entry = entries.get(i);
                if (!entry.padding() && entry.length() > 0 && end(entry) > from) files.add(entry.displayPath());
            }
            pieces.add(new BadPiece(piece, files));
        }
        return pieces;
    }

    private static long end(FileEntry entry) {
        return entry.offset() + entry.length();
    }

    /** Reads what is there, and remembers what is not. */
    private static final class TolerantSource implements ContentSource {
        private final List<FileEntry> entries;
        private final Path root;
        private final boolean singleFile;
        private final Map<String, String> unreadable = new ConcurrentHashMap<>();
        private final Map<String, Long> wrongSize = new TreeMap<>();

        TolerantSource(Metainfo torrent, Path root, List<FileEntry> entries) {
            this.entries = entries;
            this.root = root;
            this.singleFile = torrent.isSingleFile();
        }

        void checkSizes() {
            for (FileEntry entry : entries) {
                if (entry.padding()) continue;
                try {
                    Path path = path(entry);
                    BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
                    // A pipe would be waited for.
                    if (!found.isRegularFile()) unreadable.put(entry.displayPath(), path + " is not a file.");
                    else if (found.size() != entry.length()) wrongSize.put(entry.displayPath(), found.size());
                } catch (IOException e) {
                    note(entry, e);
                } catch (InvalidPathException e) {
                    unreadable.put(
                            entry.displayPath(),
                            entry.displayPath() + " cannot be named in this locale. Set LC_ALL to C.UTF-8.");
                }
            }
        }

        @Override
        public int read(OpenFiles open, int file, long offset, ByteBuffer buffer, int length)
                throws InterruptedException {
            FileEntry entry = entries.get(file);
            if (unreadable.containsKey(entry.displayPath())) return 0;
            int from = buffer.position();
            try {
                return open.read(path(entry), offset, buffer, length);
            } catch (IOException e) {
                note(entry, e);
                return buffer.position() - from;
            }
        }

        @Override
        public void checkUnchanged() {}

        private void note(FileEntry entry, IOException cause) {
            @Nullable String message = FileErrors.reading(path(entry), cause).getMessage();
            unreadable.put(entry.displayPath(), String.valueOf(message));
        }

        private Path path(FileEntry entry) {
            if (singleFile) return root;
            Path path = root;
            for (String element : entry.path()) path = path.resolve(element);
            return path;
        }
    }
}
