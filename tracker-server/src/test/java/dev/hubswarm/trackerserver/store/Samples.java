package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.testkit.SeededBytes;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Things to store, made of numbers. Stateless. */
public final class Samples {
    public static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/name");
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private Samples() {}

    public static Hash sha256(long seed) {
        return Hash.of(SeededBytes.of(seed, Hash.SHA256_LENGTH));
    }

    /** A torrent that differs for each pair of numbers. */
    public static Publication publication(int digest, int rival, Publisher publisher) {
        return publication(digest, rival, publisher, null);
    }

    public static Publication publication(int digest, int rival, Publisher publisher, @Nullable Place place) {
        long seed = digest * 1000L + rival;
        Hash v1 = Hash.of(SeededBytes.of(~seed, Hash.SHA1_LENGTH));
        return new Publication(
                sha256(digest),
                1_000_000L + digest,
                new InfoHash(v1, sha256(1L << 40 | seed)),
                1 << 18,
                SeededBytes.of(seed, 300 + digest % 5000),
                publisher,
                place);
    }

    public static Snapshot snapshot(String repo, String commit, int seed, boolean active) {
        RepoRef ref = new RepoRef(RepoType.MODEL, repo);
        return new Snapshot(
                ref, commit, "called " + repo, sha256(seed), 12, 2, 1 << 18, active, Instant.ofEpochMilli(seed));
    }

    public static List<SnapshotFile> files() {
        return List.of(new SnapshotFile("a/b.bin", 12, sha256(77)), new SnapshotFile("empty", 0, null));
    }
}
