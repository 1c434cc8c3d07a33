package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SeedLibraryTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path home;

    private record Sample(Seed seed, Metainfo torrent) {}

    private Sample sample(int number) throws Exception {
        Path file = SeededBytes.write(home.resolve("a b\nü%" + number), number, 70_000);
        Metainfo torrent = Torrents.of(file);
        Hash digest = Objects.requireNonNull(CanonicalTorrent.digestOf(torrent));
        FileStamp stamp = FileStamp.of(file);
        List<Origin> origins = List.of(
                origin(digest, RepoType.MODEL, "org/model", "dir/a b+%\n.bin", NOW),
                origin(digest, RepoType.DATASET, "old", "x", null));
        return new Sample(new Seed(digest, file, stamp, torrent.infoHash(), origins, NOW, 7), torrent);
    }

    private static Origin origin(Hash digest, RepoType type, String id, String path, @Nullable Instant confirmed) {
        RemoteFile file =
                new RemoteFile(new RepoRef(type, id), "c".repeat(40), path, ContentDigest.of(digest.hex()), 70_000);
        return new Origin(file, confirmed, NOW);
    }

    @Test
    void whatIsPutThereIsFoundAgain() throws Exception {
        Sample one = sample(1);
        SeedLibrary library = SeedLibrary.open(home);
        library.add(one.seed, one.torrent);
        library.note(one.seed.plusUploaded(5));
        SeedLibrary unflushed = SeedLibrary.open(home);
        assertEquals(List.of(one.seed), List.copyOf(unflushed.all()));
        library.flush();
        SeedLibrary again = SeedLibrary.open(home);
        assertEquals(one.seed.plusUploaded(5), again.get(one.seed.digest()));
        assertEquals(one.torrent.infoHash(), again.torrent(one.seed).infoHash());
        again.remove(one.seed.digest());
        assertEquals(List.of(), List.copyOf(SeedLibrary.open(home).all()));
    }

    @Test
    void whatWasTakenDownStaysSo() throws Exception {
        Sample one = sample(1);
        Sample two = sample(2);
        SeedLibrary library = SeedLibrary.open(home);
        library.takeDown(List.of(one.seed.digest(), two.seed.digest()));
        library.bringBack(two.seed.digest());
        SeedLibrary again = SeedLibrary.open(home);
        assertTrue(again.isTakenDown(one.seed.digest()));
        assertFalse(again.isTakenDown(two.seed.digest()));
        again.bringBack(one.seed.digest());
        assertFalse(SeedLibrary.open(home).isTakenDown(one.seed.digest()));
    }

    @Test
    void aDamagedNoteCostsItsSeedAndNoOther() throws Exception {
        Sample one = sample(1);
        Sample two = sample(2);
        SeedLibrary library = SeedLibrary.open(home);
        library.add(one.seed, one.torrent);
        library.add(two.seed, two.torrent);
        Path note = home.resolve("seeds").resolve(one.seed.digest() + ".seed");
        byte[] whole = Files.readAllBytes(note);
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            if (i % 2 == 1) damaged[random.nextInt(whole.length)] = (byte) random.nextInt(128);
            Files.write(note, damaged);
            SeedLibrary again = SeedLibrary.open(home);
            assertEquals(two.seed, again.get(two.seed.digest()), "round " + i);
            Seed left = again.get(one.seed.digest());
            // What is left of it may be a seed with another stamp or place, but not another content.
            if (left != null) assertEquals(one.seed.digest(), left.digest());
        }
    }

    @Test
    void withoutItsTorrentItIsNoSeedAndWithAnothersNeither() throws Exception {
        Sample one = sample(1);
        Sample two = sample(2);
        SeedLibrary library = SeedLibrary.open(home);
        library.add(one.seed, one.torrent);
        Path torrent = home.resolve("torrents").resolve(one.seed.digest() + ".torrent");
        Files.write(torrent, two.torrent.bareBytes());
        assertThrows(UserError.class, () -> library.torrent(one.seed));
        Files.write(torrent, new byte[] {'x'});
        assertThrows(UserError.class, () -> library.torrent(one.seed));
        Files.delete(torrent);
        assertThrows(UserError.class, () -> library.torrent(one.seed));
        assertNull(SeedLibrary.open(home).get(one.seed.digest()));
    }
}
