package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FileStamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a torrent in a folder, under their own names: at first to be written, then {@linkplain #moveTo settled}.
 * Thread-safe: one monitor guards the claims, and one lock keeps everybody out while files move.
 *
 * <p>A file that is another one now is never touched. One that is whole is read only as long as it was not changed, so
 * that bytes of an edit in place are not sent; while we write ourselves nobody can tell, unless it becomes shorter.
 *
 * <p>Where a piece is wanted for one file and holds bytes of another that is not, those go to a file of their own, at
 * the place that they have in the torrent; it takes no space but theirs. Padding is never stored (BEP 47).
 *
 * <p>Settled files belong to the user, and nothing is written to them.
 */
public final class TorrentFiles implements PieceFiles, AutoCloseable {
    private final PieceSpace space;
    private final PieceGeometry geometry;
    private final OpenFiles open;
    private final ReadWriteLock moving = new ReentrantReadWriteLock();
    private Path root;
    private final String name;
    private boolean isSettled;
    private final Path note;
    private final String torrent;
    /** By file of the space; padding has none. */
    private final List<@Nullable Place> places = new ArrayList<>();

    private final BitSet held;
    private final boolean trusted;
    private final BitSet claimed = new BitSet();
    /** Pieces that may be there, and that nobody has looked at yet. */
    private final BitSet unseen;

    private final Set<Path> created = new HashSet<>();
    /** Of each file, as it was found or made. */
    private final Map<Path, Object> keys = new ConcurrentHashMap<>();
    /** How long each is at least. */
    private final Map<Path, Long> lengths = new ConcurrentHashMap<>();
    /** Of files that are whole. */
    private final Map<Path, String> whole = new ConcurrentHashMap<>();
    /** By file of the space: how many of its pieces are not claimed. */
    private final int[] unclaimed;

    /** Somebody else wrote to a file: of what was claimed nobody knows whether it is there. */
    private volatile boolean isSpoilt;

    private final Set<Path> touched = ConcurrentHashMap.newKeySet();

    /** Where a file's bytes lie: from {@code offset} on. */
    private record Place(Path path, long offset) {}

    private TorrentFiles(
            Metainfo metainfo, Path where, Predicate<FileEntry> wanted, boolean isSettled, Path notes, OpenFiles open)
            throws UserError {
        this.space = PieceSpace.of(metainfo);
        this.geometry = space.geometry();
        this.open = open;
        Path named = where.toAbsolutePath().normalize();
        this.root = Objects.requireNonNull(named.getParent());
        this.name = named.getFileName().toString();
        this.isSettled = isSettled;
        this.torrent = metainfo.infoHash().toString();
        String noteName = Objects.requireNonNullElse(
                        metainfo.infoHash().v1(), metainfo.infoHash().v2()) + ".pieces";
        this.note = notes.toAbsolutePath().resolve(noteName);
        place(metainfo, wanted);
        if (!isSettled) makeFiles(metainfo, wanted);
        this.unclaimed = space.files().stream().mapToInt(this::pieceCount).toArray();
        BitSet noted = ResumeNote.take(note, facts());
        this.trusted = noted != null;
        this.held = noted != null ? noted : whatMayBeThere();
        this.unseen = trusted ? new BitSet() : held();
        for (Path path : paths().toList()) checkSame(path);
        if (noted != null) noted.stream().forEach(this::claim);
    }

    private void claim(int piece) {
        synchronized (claimed) {
            unseen.clear(piece);
            if (claimed.get(piece)) return;
            claimed.set(piece);
            for (int file : filesIn(piece)) {
                Place place = places.get(file);
                boolean isWhole = --unclaimed[file] == 0;
                if (isWhole && place != null && !place.path.equals(unwanted(root)))
                    whole.put(place.path, stamp(place.path));
            }
        }
    }

    private int pieceCount(FileEntry file) {
        return geometry.pieceAt(file.offset() + file.length() - 1) - geometry.pieceAt(file.offset()) + 1;
    }

    private int[] filesIn(int piece) {
        return space.filesIn(geometry.offsetOf(piece), geometry.lengthOf(piece)).toArray();
    }

    /**
     * @param where the file of a single-file torrent, the folder of another, by whatever name
     * @param notes where a note of what is there is kept while nobody downloads
     */
    public static TorrentFiles open(
            Metainfo torrent, Path where, Predicate<FileEntry> wanted, Path notes, OpenFiles open) throws UserError {
        return new TorrentFiles(torrent, where, wanted, false, notes, open);
    }

    /** As {@link #open}, of files that are there, and settled. */
    public static TorrentFiles openSettled(
            Metainfo torrent, Path where, Predicate<FileEntry> wanted, Path notes, OpenFiles open) throws UserError {
        return new TorrentFiles(torrent, where, wanted, true, notes, open);
    }

    private void place(Metainfo metainfo, Predicate<FileEntry> wanted) throws UserError {
        for (FileEntry file : space.files()) {
            if (file.padding()) places.add(null);
            else if (wanted.test(file)) places.add(new Place(path(metainfo, root.resolve(name), file), 0));
            else places.add(new Place(unwanted(root), file.offset()));
        }
    }

    /** Where pieces' bytes of files that are not wanted lie. */
    private Path unwanted(Path folder) {
        return folder.resolve("." + name + ".unwanted");
    }

    /**
     * Where the torrent's file, or its folder, stands by the name that the torrent gives it.
     *
     * @throws UserError if the name cannot be written here
     */
    public static Path named(Metainfo torrent, Path folder) throws UserError {
        return resolve(folder, torrent.name());
    }

    /**
     * Where a file of a torrent stands.
     *
     * @param where the file of a single-file torrent, the folder of another, by whatever name
     */
    public static Path path(Metainfo torrent, Path where, FileEntry file) throws UserError {
        Path path = where;
        if (!torrent.isSingleFile()) for (String element : file.path()) path = resolve(path, element);
        return path;
    }

    private static Path resolve(Path folder, String element) throws UserError {
        try {
            return folder.resolve(element);
        } catch (InvalidPathException e) {
            throw new UserError(Kind.FAILED, element + " cannot be named in this locale.", "Set LC_ALL to C.UTF-8.", e);
        }
    }

    /** Makes what is not there, once it is sure that nothing leads elsewhere or would be written over. */
    private void makeFiles(Metainfo metainfo, Predicate<FileEntry> wanted) throws UserError {
        Map<Path, Long> lengths = new LinkedHashMap<>();
        for (FileEntry file : metainfo.files()) {
            if (!file.padding() && wanted.test(file))
                lengths.put(path(metainfo, root.resolve(name), file), file.length());
        }
        try {
            Files.createDirectories(root);
            for (Map.Entry<Path, Long> file : lengths.entrySet()) check(file.getKey(), file.getValue());
            for (Map.Entry<Path, Long> file : lengths.entrySet()) {
                Files.createDirectories(Objects.requireNonNull(file.getKey().getParent()));
                if (Files.exists(file.getKey())) continue;
                Files.createFile(file.getKey());
                created.add(file.getKey());
                DiskSpace.take(file.getKey(), file.getValue());
            }
        } catch (IOException e) {
            throw FileErrors.writing(root.resolve(name), e);
        }
    }

    private void check(Path path, long length) throws IOException, UserError {
        Path existing = path;
        while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = Objects.requireNonNull(existing.getParent());
        }
        boolean leadsNowhere = !Files.exists(existing);
        if (leadsNowhere || !existing.toRealPath().startsWith(root.toRealPath())) {
            throw new UserError(
                    Kind.NOT_ALLOWED,
                    existing + " leads out of " + root + ".",
                    "Remove the link, or choose another folder.");
        }
        if (existing != path) return;
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (found.isRegularFile() && found.size() <= length) return;
        throw new UserError(
                Kind.FAILED,
                path + " is there already, and is not what the torrent has by this name.",
                "Move it away, or choose another folder.");
    }

    /** All that a claim rests on. */
    private String facts() {
        StringBuilder facts =
                new StringBuilder(torrent).append('\n').append(root).append('\n');
        paths().forEach(path ->
                facts.append(path).append(' ').append(stamp(path)).append('\n'));
        return facts.toString();
    }

    private Stream<Path> paths() {
        return places.stream().filter(Objects::nonNull).map(Place::path).distinct();
    }

    private static String stamp(Path path) {
        try {
            return FileStamp.of(path, LinkOption.NOFOLLOW_LINKS).toString();
        } catch (IOException e) {
            return "none";
        }
    }

    /** Pieces of which every byte lies within a file, as long as that is. */
    private BitSet whatMayBeThere() {
        BitSet there = new BitSet();
        there.set(0, geometry.pieceCount());
        for (int i = 0; i < places.size(); i++) {
            FileEntry file = space.files().get(i);
            Place place = places.get(i);
            if (place == null) continue;
            // A new one may be as long as it will be, and has nothing in it.
            long found = created.contains(place.path) ? 0 : place.path.toFile().length();
            long length = Math.max(0, found - place.offset);
            if (length >= file.length()) continue;
            there.clear(
                    geometry.pieceAt(file.offset() + length), geometry.pieceAt(file.offset() + file.length() - 1) + 1);
        }
        return there;
    }

    @Override
    public BitSet held() {
        return (BitSet) held.clone();
    }

    @Override
    public boolean isTrusted() {
        return trusted;
    }

    /** What is done while no file moves. */
    private interface Access {
        void run() throws UserError;
    }

    private void unmoved(Access access) throws UserError {
        moving.readLock().lock();
        try {
            access.run();
        } finally {
            moving.readLock().unlock();
        }
    }

    @Override
    public void write(ByteBuffer bytes, long at) throws UserError {
        unmoved(() -> {
            requireUnsettled();
            space.cut(at, bytes, (file, fileOffset, stretch) -> {
                Place place = places.get(file);
                if (place == null) return;
                touched.add(place.path);
                checkSame(place.path);
                long from = place.offset + fileOffset;
                long end = from + stretch.remaining();
                open.writeAll(place.path, from, stretch);
                lengths.merge(place.path, end, Math::max);
            });
        });
    }

    private void requireUnsettled() throws UserError {
        if (!isSettled) return;
        throw new UserError(
                Kind.DAMAGED,
                root.resolve(name) + " is there already, and is not what the torrent has by this name.",
                "Move it away, or choose another folder.");
    }

    @Override
    public void read(ByteBuffer into, long at) throws UserError {
        unmoved(() -> space.cut(at, into, (file, fileOffset, stretch) -> {
            Place place = places.get(file);
            if (place == null) {
                PieceSpace.clear(stretch);
                return;
            }
            open.readAll(place.path, place.offset + fileOffset, stretch);
            checkUnchanged(place.path);
        }));
    }

    /** As {@link #checkSame}; and of a file that is whole, that it is as it was, which one look tells as a rule. */
    private void checkUnchanged(Path path) throws UserError {
        boolean isWhole = whole.containsKey(path);
        if (isWhole && !isChanged(path)) return;
        checkSame(path);
        if (isWhole) throw changed(path);
    }

    /** That it is the file that was there at first, and nothing of it was cut off. */
    private void checkSame(Path path) throws UserError {
        // Asked first, since another thread may make it longer meanwhile.
        long least = lengths.getOrDefault(path, 0L);
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Object key = found.fileKey();
            boolean isSame =
                    key == null || keys.computeIfAbsent(path, first -> key).equals(key);
            if (!isSame || found.size() < least) throw changed(path);
            if (least == 0) lengths.putIfAbsent(path, found.size());
        } catch (IOException e) {
            if (!keys.containsKey(path)) return;
            throw new UserError(Kind.NOT_FOUND, path + " was removed while it was in use.", "Start again.", e);
        }
    }

    private boolean isAnyOther() {
        try {
            for (Path path : paths().toList()) checkSame(path);
            return false;
        } catch (UserError e) {
            return true;
        }
    }

    private boolean isChanged(Path path) {
        String known = whole.get(path);
        return known != null && !known.equals(stamp(path));
    }

    private UserError changed(Path path) {
        isSpoilt = true;
        return new UserError(Kind.DAMAGED, path + " was changed by another program.", "Start again.");
    }

    @Override
    public void claim(int piece, boolean fromHub) throws UserError {
        unmoved(() -> {
            for (int file : filesIn(piece)) {
                Place place = places.get(file);
                if (place != null) checkSame(place.path);
            }
            claim(piece);
        });
    }

    @Override
    public boolean isFromHub(int piece) {
        return false;
    }

    @Override
    public void forget(int piece) throws UserError {
        unmoved(() -> {
            requireUnsettled();
            unclaim(piece);
        });
    }

    private void unclaim(int piece) {
        synchronized (claimed) {
            unseen.clear(piece);
            if (!claimed.get(piece)) return;
            claimed.clear(piece);
            for (int file : filesIn(piece)) {
                unclaimed[file]++;
                Place place = places.get(file);
                if (place != null) whole.remove(place.path);
            }
        }
    }

    private void force() throws UserError {
        for (Path path : touched) open.force(path);
    }

    /**
     * All that is wanted is right: moves it into another folder of the same file system, where it settles. What is
     * there by the same name is an error, but a folder takes in the files of a folder.
     */
    public void moveTo(Path folder) throws UserError {
        // What has its name for good is whole after a loss of power, too.
        force();
        Path target = folder.toAbsolutePath().normalize();
        moving.writeLock().lock();
        try {
            for (Path path : whole.keySet()) if (isChanged(path)) throw changed(path);
            paths().forEach(open::close);
            Files.createDirectories(target);
            Path unwanted = unwanted(root);
            if (Files.exists(unwanted)) Files.move(unwanted, unwanted(target), StandardCopyOption.REPLACE_EXISTING);
            move(root.resolve(name), target.resolve(name));
            DurableFile.forceFolder(target);
            settle(target);
        } catch (IOException e) {
            throw FileErrors.writing(target.resolve(name), e);
        } finally {
            moving.writeLock().unlock();
        }
    }

    private static void move(Path from, Path to) throws IOException {
        boolean merge = Files.isDirectory(from) && Files.isDirectory(to);
        if (!merge) {
            Files.move(from, to);
            return;
        }
        List<Path> inside;
        try (Stream<Path> all = Files.list(from)) {
            inside = all.toList();
        }
        for (Path one : inside) move(one, to.resolve(one.getFileName()));
        Files.delete(from);
    }

    private void settle(Path target) {
        Path before = root;
        UnaryOperator<Path> moved = path -> target.resolve(before.relativize(path));
        places.replaceAll(place -> place == null ? null : new Place(moved.apply(place.path), place.offset));
        Map.copyOf(keys).forEach((path, key) -> {
            keys.remove(path);
            keys.put(moved.apply(path), key);
        });
        // A move changes what they are known by.
        for (Path path : Set.copyOf(whole.keySet())) {
            whole.remove(path);
            whole.put(moved.apply(path), stamp(moved.apply(path)));
        }
        touched.clear();
        lengths.clear();
        root = target;
        isSettled = true;
    }

    /**
     * Closes the files, and leaves a note if all that was claimed is safely on the disk, and only that. Who stops before
     * everything was looked at shall not lose the rest.
     */
    @Override
    public void close() throws UserError {
        try {
            force();
        } finally {
            paths().forEach(open::close);
        }
        if (isSpoilt || isAnyOther() || whole.keySet().stream().anyMatch(this::isChanged)) return;
        BitSet pieces;
        synchronized (claimed) {
            if (!unseen.isEmpty()) return;
            pieces = (BitSet) claimed.clone();
        }
        try {
            Files.createDirectories(Objects.requireNonNull(note.getParent()));
            ResumeNote.write(note, facts(), pieces);
        } catch (IOException e) {
            // Then everything is looked at the next time.
            System.getLogger(TorrentFiles.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "no note in " + note + ": " + e);
        }
    }
}
