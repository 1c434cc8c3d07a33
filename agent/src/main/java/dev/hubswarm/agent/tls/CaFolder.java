package dev.hubswarm.agent.tls;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder {@code ca} in {@code HUBSWARM_HOME}: the authority, and the files that follow from it. Immutable; any
 * number of processes may use one folder, since each file is replaced whole and one process at a time writes.
 *
 * <p>The authority is one file. Whatever ends a process, the folder has the old one or the new one, and the next
 * {@link #prepare} makes all others fit.
 */
public final class CaFolder {
    /** So long before its end it is made anew by whoever needs it; and so long a user is warned where that cannot be. */
    public static final Duration RENEWAL = Duration.ofDays(30);

    /**
     * So long the one before speaks on when one is made anew by itself: programs that run know no other. Not after a
     * theft, which is what {@link #renew} is for.
     */
    private static final Duration OVERLAP = Duration.ofDays(1);

    private static final String FOLDER = "ca";
    private static final String AUTHORITY = "authority.pem";
    private static final String PREVIOUS = "previous.pem";
    private static final String LOCK = "lock";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long POLL_MILLIS = 10;
    private static final ReentrantLock IN_PROCESS = new ReentrantLock();

    private final Path folder;
    private final SecureRandom random = new SecureRandom();

    /** What programs need. Immutable. */
    public record Prepared(LocalAuthority authority, TrustFiles files) {}

    /** Something done while no other process writes. */
    @FunctionalInterface
    private interface Task<T> {
        T run() throws IOException, UserError;
    }

    private CaFolder(Path folder) {
        this.folder = folder;
    }

    /** @param home {@code HUBSWARM_HOME} */
    public static CaFolder in(Path home) {
        return new CaFolder(home.resolve(FOLDER));
    }

    public Path path() {
        return folder;
    }

    Path authorityFile() {
        return folder.resolve(AUTHORITY);
    }

    private Path previousFile() {
        return folder.resolve(PREVIOUS);
    }

    /** Null if there is none. */
    public @Nullable LocalAuthority read() throws UserError {
        return read(authorityFile());
    }

    /** The one before, while programs that know no other may still run; null if there is none. */
    @Nullable
    LocalAuthority previous(LocalAuthority current, Instant now) {
        try {
            LocalAuthority found = read(previousFile());
            return found != null && overlaps(found, current, now) ? found : null;
        } catch (UserError e) {
            return null;
        }
    }

    static boolean overlaps(LocalAuthority previous, LocalAuthority current, Instant now) {
        return previous.isValid(now) && now.isBefore(current.madeAt().plus(OVERLAP));
    }

    private static @Nullable LocalAuthority read(Path file) throws UserError {
        try {
            checkSecret(file);
            return LocalAuthority.parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        } catch (AccessDeniedException e) {
            throw FileErrors.reading(file, e);
        } catch (IOException e) {
            throw new UserError(
                    Kind.DAMAGED,
                    "The local certificate authority in " + file + " is damaged.",
                    "Make a new one with `hubswarm ca renew`.",
                    e);
        }
    }

    /**
     * Makes sure of an authority that may speak for the hosts, and of the files that make programs trust it. One that
     * is missing, damaged, over, or soon over is made anew. Blocks.
     */
    public Prepared prepare(Collection<String> hosts, PublicRoots roots, Instant now)
            throws UserError, InterruptedException {
        return alone(() -> {
            LocalAuthority known = readable();
            boolean fits = known != null
                    && hosts.stream().allMatch(known::maySpeakFor)
                    && known.isValid(now)
                    // Where people had it installed, another one would only seem to be trusted.
                    && (isInstalled() || known.isValid(now.plus(RENEWAL)));
            if (known != null && fits) return written(known, roots, now);
            if (known != null && known.isValid(now))
                DurableFile.replacePrivate(previousFile(), known.toPem().getBytes(StandardCharsets.US_ASCII));
            return written(replace(known, hosts, now), roots, now);
        });
    }

    /** Makes a new authority, whatever there is. Blocks. */
    public Prepared renew(Collection<String> hosts, PublicRoots roots, Instant now)
            throws UserError, InterruptedException {
        return alone(() -> {
            LocalAuthority known;
            try {
                known = readable();
            } catch (UserError e) {
                // Perhaps stolen: a reason to make another.
                known = null;
            }
            Files.deleteIfExists(previousFile());
            return written(replace(known, hosts, now), roots, now);
        });
    }

    private @Nullable LocalAuthority readable() throws UserError {
        try {
            return read();
        } catch (UserError e) {
            if (e.kind() != Kind.DAMAGED) throw e;
            return null;
        }
    }

    private LocalAuthority replace(@Nullable LocalAuthority known, Collection<String> hosts, Instant now)
            throws IOException {
        Set<String> all = new TreeSet<>(hosts);
        if (known != null) all.addAll(known.hosts());
        LocalAuthority next = LocalAuthority.make(all, now, random);
        TrustFiles.admit(folder, next);
        DurableFile.replacePrivate(authorityFile(), next.toPem().getBytes(StandardCharsets.US_ASCII));
        return next;
    }

    private Prepared written(LocalAuthority authority, PublicRoots roots, Instant now) throws IOException {
        TrustFiles files = TrustFiles.in(folder, roots);
        LocalAuthority previous = previous(authority, now);
        if (previous == null) Files.deleteIfExists(previousFile());
        files.write(authority, previous, roots);
        return new Prepared(authority, files);
    }

    private <T> T alone(Task<T> task) throws UserError, InterruptedException {
        StateFolder.open(folder);
        Path file = folder.resolve(LOCK);
        // A lock of the system's is a process's; its threads have to keep apart themselves.
        IN_PROCESS.lockInterruptibly();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            lock(channel, file);
            removeLeftovers();
            return task.run();
        } catch (IOException e) {
            throw StateFolder.unwritable(folder, e);
        } finally {
            IN_PROCESS.unlock();
        }
    }

    /** Until the channel is closed, or the process ends. */
    private static void lock(FileChannel channel, Path file) throws IOException, UserError, InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (channel.tryLock() == null) {
            if (System.nanoTime() - end > 0)
                throw new UserError(
                        Kind.FAILED,
                        "Another hubswarm process has held " + file + " for too long.",
                        "End that process, and try again.");
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** What a process that was killed left, keys among it. Nobody else writes now. */
    private void removeLeftovers() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList())
                if (DurableFile.isTemporaryName(file.getFileName().toString())) Files.deleteIfExists(file);
        }
    }

    /** Whether it is written down that the system was told to trust an authority of this folder. */
    public boolean isInstalled() {
        return Files.exists(installed());
    }

    Path installed() {
        return folder.resolve("installed");
    }

    private static void checkSecret(Path file) throws IOException, UserError {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) return;
        PosixFileAttributes found = Files.readAttributes(file, PosixFileAttributes.class);
        Path self = Path.of("/proc/self");
        if (Files.exists(self) && !found.owner().equals(Files.getOwner(self)))
            throw unsafe(file, "belongs to another user, who knows the key in it");
        if (!PosixFilePermissions.fromString("rw-------").containsAll(found.permissions()))
            throw unsafe(file, "is open to other users, who may have copied the key in it");
    }

    private static UserError unsafe(Path file, String why) {
        return new UserError(
                Kind.NOT_ALLOWED, file + " " + why + ".", "Make a new authority with `hubswarm ca renew`.");
    }
}
