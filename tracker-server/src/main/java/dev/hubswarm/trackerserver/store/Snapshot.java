package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import java.time.Instant;

/**
 * The torrent of a whole repository at a commit, as llmpt shares them. Immutable.
 *
 * @param name what its publisher calls it
 * @param infoHash v2
 * @param active whether it may be listed and announced; otherwise it waits for the operator's approval
 * @param created to the millisecond
 */
public record Snapshot(
        RepoRef repo,
        String commit,
        String name,
        Hash infoHash,
        long totalSize,
        int fileCount,
        int pieceLength,
        boolean active,
        Instant created) {
    private static final int ID_DIGITS = 24;

    /** llmpt's ids have 24 hex digits; these cannot clash unless info hashes nearly do. */
    public String id() {
        return infoHash.hex().substring(0, ID_DIGITS);
    }

    public InfoHash torrent() {
        return new InfoHash(null, infoHash);
    }

    public Snapshot approved() {
        return new Snapshot(repo, commit, name, infoHash, totalSize, fileCount, pieceLength, true, created);
    }
}
