package dev.hubswarm.seeder;

import static java.lang.System.Logger.Level.WARNING;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is shared and why, beyond a restart: a small file for each seed, its torrent, and the digests that the user took
 * down. Confined to the seeder's thread, but for {@link #torrent}.
 *
 * <p>Each file is whole or not there. Losing one costs reading what it was about again, so what cannot be read is left
 * out, and what cannot be written is a line in the log.
 */
final class SeedLibrary {
    private static final System.Logger LOG = System.getLogger(SeedLibrary.class.getName());
    private static final String SUFFIX = ".seed";

    private final Path seeds;
    private final Path torrents;
    private final Path downList;
    private final Map<String, Seed> byDigest = new TreeMap<>();
    private final Set<Hash> unwritten = new HashSet<>();
    private final Set<String> takenDown = new TreeSet<>();

    private SeedLibrary(Path home) {
        seeds = home.resolve("seeds");
        torrents = home.resolve("torrents");
        downList = home.resolve("taken-down");
    }

    /** @param home exists */
    static SeedLibrary open(Path home) throws UserError {
        SeedLibrary library = new SeedLibrary(home);
        try {
            Files.createDirectories(library.seeds);
            Files.createDirectories(library.torrents);
            library.load();
        } catch (IOException e) {
            throw StateFolder.unwritable(home, e);
        }
        return library;
    }

    private void load() throws IOException {
        try {
            takenDown.addAll(Files.readAllLines(downList, StandardCharsets.US_ASCII));
        } catch (NoSuchFileException e) {
            // Nothing was.
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(seeds)) {
            files = all.filter(file -> file.toString().endsWith(SUFFIX)).toList();
        }
        for (Path file : files) {
            try {
                Seed seed = SeedText.read(Files.readAllBytes(file));
                if (file.equals(seedFile(seed.digest())) && Files.exists(torrentFile(seed.digest())))
                    byDigest.put(seed.digest().hex(), seed);
            } catch (RuntimeException e) {
                LOG.log(WARNING, () -> file + " is damaged: what it is about is not shared until it is asked for.");
            }
        }
    }

    private Path seedFile(Hash digest) {
        return seeds.resolve(digest.hex() + SUFFIX);
    }

    private Path torrentFile(Hash digest) {
        return torrents.resolve(digest.hex() + ".torrent");
    }

    Collection<Seed> all() {
        return List.copyOf(byDigest.values());
    }

    @Nullable
    Seed get(Hash digest) {
        return byDigest.get(digest.hex());
    }

    /** One that is new, or has another torrent now. */
    void add(Seed seed, Metainfo torrent) {
        // The torrent first, since a seed without one is none.
        write(torrentFile(seed.digest()), torrent.bareBytes());
        put(seed);
    }

    /** One that is known, and is different now. */
    void put(Seed seed) {
        byDigest.put(seed.digest().hex(), seed);
        unwritten.remove(seed.digest());
        write(seedFile(seed.digest()), SeedText.write(seed));
    }

    /** As {@link #put}, but not worth writing it down at once. */
    void note(Seed seed) {
        byDigest.put(seed.digest().hex(), seed);
        unwritten.add(seed.digest());
    }

    void flush() {
        for (Hash digest : List.copyOf(unwritten)) {
            Seed seed = get(digest);
            if (seed != null) put(seed);
        }
        unwritten.clear();
    }

    void remove(Hash digest) {
        byDigest.remove(digest.hex());
        unwritten.remove(digest);
        try {
            Files.deleteIfExists(seedFile(digest));
            Files.deleteIfExists(torrentFile(digest));
        } catch (IOException e) {
            LOG.log(WARNING, () -> "Cannot forget the seed " + digest + ": " + e);
        }
    }

    boolean isTakenDown(Hash digest) {
        return takenDown.contains(digest.hex());
    }

    /** Not to be shared again unless the user asks for it. */
    void takeDown(Collection<Hash> digests) {
        boolean isNew = false;
        for (Hash digest : digests) isNew |= takenDown.add(digest.hex());
        if (isNew) writeDownList();
    }

    void bringBack(Hash digest) {
        if (takenDown.remove(digest.hex())) writeDownList();
    }

    private void writeDownList() {
        String lines = String.join("\n", takenDown);
        write(downList, (takenDown.isEmpty() ? "" : lines + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void write(Path file, byte[] content) {
        try {
            DurableFile.write(file, content, true);
        } catch (IOException e) {
            LOG.log(
                    WARNING,
                    () -> "Cannot write down what is shared: "
                            + FileErrors.writing(file, e).getMessage());
        }
    }

    /** Reads a seed's torrent. On any thread. */
    Metainfo torrent(Seed seed) throws UserError {
        Path file = torrentFile(seed.digest());
        try {
            Metainfo torrent = Metainfo.readStrictly(Files.readAllBytes(file));
            if (torrent.infoHash().equals(seed.infoHash())) return torrent;
        } catch (MetainfoException e) {
            // As if it were another's.
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
        throw new UserError(Kind.DAMAGED, file + " is not the torrent that was put there.", "Share its file again.");
    }
}
