package dev.hubswarm.storage;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One download being written, under a name that no other program takes for a file it knows. Thread-safe, but for the
 * end: nothing may be written while it is published, discarded or closed. Interrupting a thread that writes or reads
 * closes the file under the others, as Java's channels do; what was forced is kept.
 *
 * <p>Pieces are forced to the disk in batches, and then written down in a {@link ResumeJournal}, which comes into
 * being with the first batch: most files are whole before. After a failed force the part refuses everything, since
 * Linux drops the pages that it could not write and reports success the next time; a new {@link #open} goes on from
 * what was forced before.
 */
public final class PartFile implements AutoCloseable {
    /** Who sent bytes. */
    public enum Source {
        HUB,
        PEER
    }

    public static final String SUFFIX = ".hubswarm-part";

    static final int MAX_PIECES = 1 << 21;

    private static final long BATCH_BYTES = 64 << 20;
    private static final long BATCH_NANOS = 2_000_000_000L;
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{40,64}\\.[0-9a-f]{16}\\.hubswarm-part");

    private final PartHeader header;
    private final Path part;
    private final Path journals;
    private final FileChannel channel;
    private final LongSupplier nanoTime;

    /** Held while pieces are forced and written down; guards the journal and the end of the part. */
    private final ReentrantLock flushing = new ReentrantLock();

    private @Nullable ResumeJournal journal;
    private boolean journalFailed;
    private boolean published;
    private boolean closed;
    private volatile boolean broken;

    /** What was written. Also guards the sets below. */
    private final ByteRanges ranges = new ByteRanges();

    private final BitSet whole = new BitSet();
    private final BitSet fromPeers = new BitSet();
    private BitSet batch = new BitSet();
    private long batchBytes;
    private long batchSince;

    private PartFile(
            PartHeader header,
            Path part,
            Path journals,
            FileChannel channel,
            @Nullable ResumeJournal journal,
            LongSupplier nanoTime) {
        this.header = header;
        this.part = part;
        this.journals = journals;
        this.channel = channel;
        this.journal = journal;
        this.nanoTime = nanoTime;
        if (journal != null) adopt(journal);
    }

    private void adopt(ResumeJournal claims) {
        for (int piece = 0; piece < header.pieces(); piece++) {
            if (!claims.claims(piece)) continue;
            whole.set(piece);
            fromPeers.set(piece, claims.isFromPeer(piece));
            ranges.add(header.begin(piece), header.end(piece));
        }
    }

    /**
     * Goes on with the part in this folder that a journal vouches for and nobody else is writing, or begins a new one.
     *
     * @param journals outside the cache; where it cannot be written, parts do not survive a crash
     */
    public static PartFile open(Path folder, Path journals, PartHeader header) throws UserError {
        return open(folder, journals, header, System::nanoTime);
    }

    static PartFile open(Path folder, Path journals, PartHeader header, LongSupplier nanoTime) throws UserError {
        Path home = folder.toAbsolutePath().normalize();
        Path notes = journals.toAbsolutePath().normalize();
        PartFile resumed = header.isSmall() ? null : resume(home, notes, header, nanoTime);
        return resumed != null ? resumed : begin(home, notes, header, nanoTime);
    }

    /** Bytes of disk that {@link #open} would still take, less what it would go on with. */
    public static long missing(Path folder, Path journals, PartHeader header) throws UserError {
        if (header.isSmall()) return header.size();
        PartFile resumed = resume(
                folder.toAbsolutePath().normalize(), journals.toAbsolutePath().normalize(), header, System::nanoTime);
        if (resumed == null) return header.size();
        try (resumed) {
            return header.size() - resumed.taken();
        }
    }

    private long taken() throws UserError {
        try {
            // The space of a large one was taken when it was begun.
            if (CLibrary.isWorthLoading(header.size())) return Math.min(channel.size(), header.size());
        } catch (IOException e) {
            throw FileErrors.reading(part, e);
        }
        synchronized (ranges) {
            return ranges.sum();
        }
    }

    private static PartFile begin(Path folder, Path journals, PartHeader header, LongSupplier nanoTime)
            throws UserError {
        String unique = String.format("%016x", ThreadLocalRandom.current().nextLong());
        Path part = folder.resolve(header.digest().hex() + "." + unique + SUFFIX);
        try {
            // Its mode is what the umask leaves, which is what a blob's mode shall be.
            FileChannel channel = openPart(part, StandardOpenOption.CREATE_NEW);
            PartFile begun = new PartFile(header, part, journals, channel, null, nanoTime);
            begun.allocate();
            return begun;
        } catch (IOException e) {
            throw FileErrors.writing(part, e);
        }
    }

    private void allocate() throws UserError {
        try {
            DiskSpace.take(part, header.size());
        } catch (UserError e) {
            discard();
            throw e;
        }
    }

    private static FileChannel openPart(Path part, StandardOpenOption how) throws IOException {
        return FileChannel.open(
                part, how, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    }

    /** Whatever is wrong with a journal, the answer is to begin anew. */
    private static @Nullable PartFile resume(Path folder, Path journals, PartHeader header, LongSupplier nanoTime) {
        List<Path> candidates = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(journals, header.digest().hex() + ".*" + ResumeJournal.SUFFIX)) {
            files.forEach(candidates::add);
        } catch (IOException e) {
            return null;
        }
        for (Path candidate : candidates) {
            try {
                PartFile resumed = resumeFrom(candidate, folder, journals, header, nanoTime);
                if (resumed != null) return resumed;
            } catch (IOException e) {
                log(() -> "cannot use " + candidate + ": " + e);
            }
        }
        return null;
    }

    private static @Nullable PartFile resumeFrom(
            Path candidate, Path folder, Path journals, PartHeader header, LongSupplier nanoTime) throws IOException {
        ResumeJournal journal = ResumeJournal.open(candidate);
        if (journal == null) return null;
        ResumeJournal unused = journal;
        try {
            ResumeJournal.Header found = journal.header();
            if (found != null && !found.folder().equals(folder)) return null;
            if (found == null || !NAME.matcher(found.name()).matches()) {
                journal.delete();
                return null;
            }
            Path part = folder.resolve(found.name());
            if (isSameContent(found.part(), header) && isPart(part, found, journal.pieces())) {
                FileChannel channel = openPart(part, StandardOpenOption.WRITE);
                unused = null;
                return new PartFile(header, part, journals, channel, journal, nanoTime);
            }
            journal.delete();
            Files.deleteIfExists(part);
            return null;
        } finally {
            if (unused != null) unused.close();
        }
    }

    private static boolean isSameContent(PartHeader a, PartHeader b) {
        return a.digest().equals(b.digest()) && a.size() == b.size() && a.pieceLength() == b.pieceLength();
    }

    /** Whether this is the very file the journal was written for, and holds what it claims. */
    private static boolean isPart(Path part, ResumeJournal.Header journal, BitSet claimed) {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(part, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isRegularFile()
                    && inode(part) == journal.inode()
                    && !hasOtherNames(part)
                    && (claimed.isEmpty() || found.size() >= journal.part().end(claimed.length() - 1));
        } catch (IOException e) {
            return false;
        }
    }

    /** Without the device: its number may be another after a restart, and the part's name is unique. */
    private static long inode(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) return 0;
        return (Long) Objects.requireNonNull(Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    }

    /** A crash may come between giving the file its name and taking the part's away; then writing would be too late. */
    private static boolean hasOtherNames(Path part) throws IOException {
        if (!part.getFileSystem().supportedFileAttributeViews().contains("unix")) return false;
        return !Integer.valueOf(1).equals(Files.getAttribute(part, "unix:nlink", LinkOption.NOFOLLOW_LINKS));
    }

    /** Whether some process is writing this part now, or can go on with it. */
    public static boolean isVouchedFor(Path part, Path journals) {
        return Files.exists(journalOf(part, journals), LinkOption.NOFOLLOW_LINKS);
    }

    /** How many journals of parts that are gone there are; they may be dropped right away. */
    public static int lostJournals(Path journals, boolean drop) throws IOException {
        int count = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(journals.toAbsolutePath().normalize(), "*" + ResumeJournal.SUFFIX)) {
            for (Path file : files) {
                ResumeJournal journal = ResumeJournal.open(file);
                if (journal == null) continue;
                ResumeJournal.Header header = journal.header();
                boolean lost = header == null
                        || Files.notExists(header.folder().resolve(header.name()), LinkOption.NOFOLLOW_LINKS);
                if (lost) count++;
                if (lost && drop) journal.delete();
                else journal.close();
            }
        }
        return count;
    }

    private static Path journalOf(Path part, Path journals) {
        String name = String.valueOf(part.getFileName());
        return journals.resolve(name.substring(0, name.length() - SUFFIX.length()) + ResumeJournal.SUFFIX);
    }

    public PartHeader header() {
        return header;
    }

    /** Claims nothing: {@link #written} does. */
    public void write(ByteBuffer data, long at) throws UserError {
        checkUsable();
        if (at < 0 || at + data.remaining() > header.size()) throw new IllegalArgumentException("outside the file");
        try {
            for (long next = at; data.hasRemaining(); ) next += channel.write(data, next);
        } catch (IOException e) {
            throw FileErrors.writing(part, e);
        }
    }

    /** Claims bytes that were handed to {@link #write}. Pieces that are whole now are forced to the disk in batches. */
    public void written(long from, long to, Source source) throws UserError {
        if (from < 0 || from >= to || to > header.size()) throw new IllegalArgumentException("outside the file");
        long now = nanoTime.getAsLong();
        boolean due;
        synchronized (ranges) {
            ranges.add(from, to);
            int last = (int) ((to - 1) / header.pieceLength());
            for (int piece = (int) (from / header.pieceLength()); piece <= last; piece++) {
                if (source == Source.PEER) fromPeers.set(piece);
                if (!whole.get(piece) && ranges.covers(header.begin(piece), header.end(piece))) {
                    whole.set(piece);
                    if (batch.isEmpty()) batchSince = now;
                    batch.set(piece);
                    batchBytes += header.end(piece) - header.begin(piece);
                }
            }
            due = batchBytes >= BATCH_BYTES || (!batch.isEmpty() && now - batchSince >= BATCH_NANOS);
        }
        // Others need not wait for the disk; their pieces join the next batch.
        if (due && flushing.tryLock()) {
            try {
                forceBatch();
            } finally {
                flushing.unlock();
            }
        }
    }

    public boolean has(int piece) {
        synchronized (ranges) {
            return whole.get(piece);
        }
    }

    /** A peer, if any byte of the piece came from one; null until the piece is whole. */
    public @Nullable Source source(int piece) {
        synchronized (ranges) {
            if (!whole.get(piece)) return null;
            return fromPeers.get(piece) ? Source.PEER : Source.HUB;
        }
    }

    /** How many bytes from the start on are written. */
    public long contiguous() {
        synchronized (ranges) {
            return ranges.contiguous();
        }
    }

    /** Reads back what was written. Returns how much, or -1 at the end. */
    public int read(ByteBuffer into, long at) throws UserError {
        try {
            return channel.read(into, at);
        } catch (IOException e) {
            throw FileErrors.reading(part, e);
        }
    }

    /** For who reads it while it is written; it lasts beyond the part's name. */
    public FileChannel openToRead() throws UserError {
        try {
            return FileChannel.open(part, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw FileErrors.reading(part, e);
        }
    }

    /** Forces what is whole to the disk and writes it down, so that a crash does not lose it. */
    public void flush() throws UserError {
        flushing.lock();
        try {
            forceBatch();
        } finally {
            flushing.unlock();
        }
    }

    private void forceBatch() throws UserError {
        BitSet forced;
        BitSet peers;
        if (header.isSmall()) return;
        synchronized (ranges) {
            if (batch.isEmpty()) return;
            forced = batch;
            peers = (BitSet) fromPeers.clone();
            batch = new BitSet();
            batchBytes = 0;
        }
        force(false);
        try {
            if (journal == null && !journalFailed) {
                journal = ResumeJournal.create(
                        journalOf(part, journals),
                        new ResumeJournal.Header(
                                header, folder(), part.getFileName().toString(), inode(part)));
            }
            if (journal != null) journal.append(forced, peers);
        } catch (IOException e) {
            giveUpJournal(e);
        }
    }

    /** The download goes on; only a crash would cost more. */
    private void giveUpJournal(IOException cause) {
        log(() -> "no journal for " + part + ": " + cause);
        journalFailed = true;
        dropJournal();
    }

    private void dropJournal() {
        try {
            if (journal != null) journal.delete();
        } catch (IOException e) {
            log(() -> "the journal of " + part + " stays behind: " + e);
        }
        journal = null;
    }

    private void force(boolean metadata) throws UserError {
        checkUsable();
        try {
            channel.force(metadata);
        } catch (IOException e) {
            broken = true;
            throw FileErrors.writing(part, e);
        }
    }

    private void checkUsable() throws UserError {
        if (!broken) return;
        throw new UserError(
                Kind.FAILED, "Writing " + part + " failed before.", "Check the disk and run the same command again.");
    }

    /** The piece was wrong, and is to be fetched again. */
    public void forget(int piece) throws UserError {
        flushing.lock();
        try {
            synchronized (ranges) {
                ranges.remove(header.begin(piece), header.end(piece));
                whole.clear(piece);
                fromPeers.clear(piece);
                if (batch.get(piece)) {
                    batch.clear(piece);
                    batchBytes -= header.end(piece) - header.begin(piece);
                }
            }
            if (journal == null || !journal.claims(piece)) return;
            BitSet kept = journal.pieces();
            kept.clear(piece);
            try {
                journal.retain(kept);
            } catch (IOException e) {
                giveUpJournal(e);
            }
        } finally {
            flushing.unlock();
        }
    }

    /**
     * Gives the file its name, once its content is known to be right.
     *
     * <p>For a file with a journal the name is forced too. For others, which are small or were quick, the caller forces
     * the folder, once for many.
     *
     * @param replace whether an existing file gives way; if not, this part is dropped, since the content is the same
     */
    public void publish(Path target, boolean replace) throws UserError {
        flushing.lock();
        try {
            force(true);
            if (replace || leadsNowhere(target)) Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            else publishOnce(target);
            published = true;
            Files.deleteIfExists(part);
            if (journal == null) return;
            Path folder = target.toAbsolutePath().getParent();
            DurableFile.forceFolder(folder);
            if (!folder().equals(folder)) DurableFile.forceFolder(folder());
        } catch (IOException e) {
            throw FileErrors.writing(target, e);
        } finally {
            flushing.unlock();
        }
    }

    private static boolean leadsNowhere(Path target) {
        return Files.isSymbolicLink(target) && !Files.exists(target);
    }

    /** A hard link refuses an existing name, which a rename does not. */
    private void publishOnce(Path target) throws IOException {
        try {
            Files.createLink(target, part);
        } catch (FileAlreadyExistsException e) {
            log(() -> target + " is there already");
        } catch (UnsupportedOperationException | IOException e) {
            // FAT and some network file systems have no hard links. Who renames over us brings the same content.
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private Path folder() {
        return Objects.requireNonNull(part.getParent());
    }

    /** Removes the part and its journal. */
    public void discard() throws UserError {
        flushing.lock();
        try {
            if (closed) return;
            closed = true;
            dropJournal();
            end();
        } finally {
            flushing.unlock();
        }
    }

    /** Keeps part and journal for a later {@link #open}, unless the file was published or nothing of it was whole. */
    @Override
    public void close() throws UserError {
        flushing.lock();
        try {
            if (closed) return;
            closed = true;
            try {
                if (!published && !broken) forceBatch();
            } finally {
                end();
            }
        } finally {
            flushing.unlock();
        }
    }

    private void end() throws UserError {
        try (channel) {
            if (published || (journal != null && journal.pieces().isEmpty())) dropJournal();
            if (journal != null) journal.close();
            else if (!published) Files.deleteIfExists(part);
        } catch (IOException e) {
            throw FileErrors.writing(part, e);
        }
    }

    private static void log(Supplier<String> message) {
        System.getLogger(PartFile.class.getName()).log(System.Logger.Level.DEBUG, message);
    }
}
