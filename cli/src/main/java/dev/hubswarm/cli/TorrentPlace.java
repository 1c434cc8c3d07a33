package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.TorrentFiles;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a torrent's files are. Until all that is wanted is right they are in a folder whose name ends in {@code .part},
 * which is locked, so that nobody takes a part for the whole, and no two processes write it. Confined to one thread.
 */
final class TorrentPlace implements AutoCloseable {
    private static final String PART = ".part";
    private static final String LOCK = ".lock";
    /** Most file systems take names of 255 bytes. */
    private static final int LONGEST = 240;

    private final Path named;
    private final Path part;
    private final boolean isThere;
    private @Nullable FileChannel lock;

    private TorrentPlace(Path named, Path part, boolean isThere) {
        this.named = named;
        this.part = part;
        this.isThere = isThere;
    }

    /** @param named where the file of a single-file torrent stands or will stand, the folder of another */
    static TorrentPlace find(Metainfo torrent, Path named, Predicate<FileEntry> wanted) throws UserError {
        List<FileEntry> files =
                TorrentText.payload(torrent).stream().filter(wanted).toList();
        int there = 0;
        int whole = 0;
        for (FileEntry file : files) {
            Path path = TorrentFiles.path(torrent, named, file);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) there++;
            if (Files.isRegularFile(path) && path.toFile().length() == file.length()) whole++;
        }
        boolean isOther = torrent.isSingleFile()
                ? Files.isDirectory(named)
                : Files.exists(named, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(named);
        if (isOther) {
            throw new UserError(
                    Kind.FAILED,
                    named + " is there already, and is " + (torrent.isSingleFile() ? "a" : "no") + " folder.",
                    "Move it away, or choose another place with --dir or -o.");
        }
        TorrentPlace place = new TorrentPlace(named, part(torrent, named), whole == files.size());
        if (!place.isThere && there > 0) throw place.taken(null);
        return place;
    }

    private static Path part(Metainfo torrent, Path named) {
        String name = named.getFileName().toString();
        boolean isShort = name.getBytes(StandardCharsets.UTF_8).length <= LONGEST;
        InfoHash hash = torrent.infoHash();
        return named.resolveSibling((isShort ? name : Objects.requireNonNullElse(hash.v1(), hash.v2())) + PART);
    }

    /** What is there by this name has to be moved by whoever it belongs to. */
    UserError taken(@Nullable UserError cause) {
        return new UserError(
                cause == null ? Kind.FAILED : cause.kind(),
                named + " is there already, and is not what the torrent has by this name.",
                "Move it into " + part + " to keep what is right of it and fetch the rest, or choose another place with"
                        + " --dir or -o.",
                cause);
    }

    /** The file, or the folder of files, once all is there. */
    Path named() {
        return named;
    }

    /** Whether all files are there by their own names, which does not say that they are right. */
    boolean isThere() {
        return isThere;
    }

    /** @param size of all that is wanted */
    TorrentFiles open(Metainfo torrent, Predicate<FileEntry> wanted, long size, Path notes, OpenFiles open)
            throws UserError {
        if (isThere) return TorrentFiles.openSettled(torrent, named, wanted, notes, open);
        // Of what is there nobody knows yet how much is right, and so will stay.
        if (Files.notExists(part))
            DiskSpace.withSmallReserve().promise(part, size).close();
        lock();
        return TorrentFiles.open(torrent, part.resolve(named.getFileName()), wanted, notes, open);
    }

    private void lock() throws UserError {
        try {
            Files.createDirectories(part);
            FileChannel channel =
                    FileChannel.open(part.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = channel;
            if (tryLock(channel) == null) {
                channel.close();
                throw new UserError(
                        Kind.FAILED,
                        "Another hubswarm is downloading into " + part + ".",
                        "Wait for it, or choose another place with --dir or -o.");
            }
        } catch (IOException e) {
            throw FileErrors.writing(part, e);
        }
    }

    /** Null if another process, or another thread of this one, has it. */
    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Gives what is right its name. */
    void land(TorrentFiles files) throws UserError {
        files.moveTo(Objects.requireNonNull(named.getParent()));
        try {
            close();
            Files.deleteIfExists(part.resolve(LOCK));
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // There is something else in it.
            System.getLogger(TorrentPlace.class.getName()).log(System.Logger.Level.DEBUG, () -> "left: " + e);
        }
    }

    @Override
    public void close() throws UserError {
        FileChannel open = lock;
        lock = null;
        try {
            if (open != null) open.close();
        } catch (IOException e) {
            throw FileErrors.writing(part, e);
        }
    }
}
