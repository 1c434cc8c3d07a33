package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A folder that holds a repository's files under their own names ({@code --local-dir}). Thread-safe. */
public final class LocalDir {
    /** What was written down about a file. Immutable. */
    public record Metadata(String commit, String etag) {}

    private static final String SUFFIX = ".metadata";
    private static final int PIECE_OF_A_COPY = 1 << 20;

    private final CacheFolder folder;
    private final CacheFolder own;
    private final Path notes;
    private final Path journals;
    private final Clock clock;

    public LocalDir(Path root, Path journals) {
        this(root, journals, Clock.systemUTC());
    }

    LocalDir(Path root, Path journals, Clock clock) {
        this.folder = new CacheFolder(root);
        this.own = new CacheFolder(folder.root().resolve(".cache").resolve("huggingface"));
        this.notes = own.root().resolve("download");
        this.journals = journals;
        this.clock = clock;
    }

    /** Where the file is or would be. */
    public Path file(String path) throws UserError {
        FileNames.check(path);
        return folder.root().resolve(path);
    }

    private Path notesOf(String path) throws UserError {
        FileNames.check(path);
        return notes.resolve(path + SUFFIX);
    }

    /** Null if nothing is known of the file, it is gone, or it was changed since. */
    public @Nullable Metadata metadata(String path) throws UserError {
        Path file = file(path);
        try {
            List<String> lines = Files.readAllLines(notesOf(path));
            if (lines.size() != 3 || !Files.isRegularFile(file)) return null;
            Instant noted = instant(new BigDecimal(lines.get(2).strip()));
            Instant modified = Files.getLastModifiedTime(file).toInstant();
            // Some file systems round times up.
            if (modified.minusSeconds(1).isAfter(noted)) return null;
            return new Metadata(lines.get(0).strip(), lines.get(1).strip());
        } catch (IOException | ArithmeticException | NumberFormatException | DateTimeException e) {
            return null;
        }
    }

    /** The paths of all files about which something is written down; a few may be gone, or changed. */
    public List<String> noted() throws UserError {
        if (!Files.isDirectory(notes)) return List.of();
        List<String> paths = new ArrayList<>();
        try {
            for (Path note : CacheScanner.filesBelow(notes)) {
                String name = CacheScanner.slashed(notes.relativize(note));
                if (name.endsWith(SUFFIX)) paths.add(name.substring(0, name.length() - SUFFIX.length()));
            }
        } catch (IOException e) {
            throw FileErrors.reading(notes, e);
        }
        return paths;
    }

    private static Instant instant(BigDecimal seconds) {
        long whole = seconds.longValue();
        return Instant.ofEpochSecond(
                whole,
                seconds.subtract(BigDecimal.valueOf(whole)).movePointRight(9).longValue());
    }

    /** Not forced: if it is lost or torn, the file is hashed again. */
    public void writeMetadata(String path, Metadata metadata) throws UserError {
        Path note = notesOf(path);
        Instant now = clock.instant();
        String time = String.format(Locale.ROOT, "%d.%06d", now.getEpochSecond(), now.getNano() / 1000);
        try {
            prepare();
            own.make(CacheFolder.parent(note));
            Files.writeString(note, metadata.commit() + "\n" + metadata.etag() + "\n" + time + "\n");
        } catch (IOException e) {
            throw FileErrors.writing(note, e);
        }
    }

    private void prepare() throws IOException {
        folder.make(own.root());
        own.make(notes);
        own.tag();
        CacheFolder.write(own.root().resolve(".gitignore"), "*");
    }

    public PartFile begin(PartHeader header) throws UserError {
        try {
            prepare();
        } catch (IOException e) {
            throw FileErrors.writing(notes, e);
        }
        return PartFile.open(notes, journals, header);
    }

    /** Bytes of disk that {@link #begin} would still take. */
    public long missing(PartHeader header) throws UserError {
        return PartFile.missing(notes, journals, header);
    }

    public Path root() {
        return folder.root();
    }

    /** Gives a part whose digest matched its name, in place of what was there, and writes its metadata. */
    public void publish(PartFile part, String path, String commit) throws UserError {
        Path file = file(path);
        Path note = notesOf(path);
        try {
            Path parent = folder.make(CacheFolder.parent(file));
            // What is known of the old file must not be taken for knowledge of the new one.
            Files.deleteIfExists(note);
            part.publish(file, true);
            folder.changed(parent);
            folder.changed(notes);
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
        writeMetadata(path, new Metadata(commit, part.header().digest().hex()));
    }

    /**
     * Copies a file that the cache has, in place of what was there, and writes its metadata. False if its content is
     * not what the digest says, or it cannot be read: then nothing was changed.
     */
    public boolean copy(Path cached, String path, String commit, ContentDigest digest) throws UserError {
        long size;
        try {
            size = Files.size(cached);
        } catch (IOException e) {
            return false;
        }
        try (PartFile part = begin(new PartHeader(digest, size, PIECE_OF_A_COPY, path));
                InputStream in = Files.newInputStream(cached)) {
            if (!copy(in, part, digest)) {
                part.discard();
                return false;
            }
            publish(part, path, commit);
            return true;
        } catch (IOException e) {
            throw FileErrors.reading(cached, e);
        }
    }

    private static boolean copy(InputStream in, PartFile part, ContentDigest digest) throws IOException, UserError {
        MessageDigest running = digest.kind().begin(part.header().size());
        byte[] buffer = new byte[PIECE_OF_A_COPY];
        long at = 0;
        for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
            if (at + got > part.header().size()) return false;
            running.update(buffer, 0, got);
            part.write(ByteBuffer.wrap(buffer, 0, got), at);
            at += got;
        }
        return digest.matches(running.digest());
    }

    /** Forces the folders in which names were made since the last time. */
    public void sync() {
        folder.force();
        own.force();
    }

    /** Only for a full snapshot. */
    public void writeTree(String commit, List<HubFile> files) throws UserError {
        Path tree = tree(commit);
        try {
            prepare();
            own.changed(own.make(CacheFolder.parent(tree)));
            TreeFile.store(tree, files, notes);
        } catch (IOException e) {
            throw FileErrors.writing(tree, e);
        }
    }

    public @Nullable List<HubFile> readTree(String commit) {
        return TreeFile.read(tree(commit));
    }

    private Path tree(String commit) {
        if (!Revision.isCommit(commit)) throw new IllegalArgumentException("not a commit: " + commit);
        return own.root().resolve("trees").resolve(commit + ".json");
    }
}
