package dev.hubswarm.protocol.metainfo;

import org.jspecify.annotations.Nullable;

/**
 * The identity of a torrent: the SHA-1 of its info dictionary (v1, BEP 3), the SHA-256 of it (v2, BEP 52), or both
 * for a hybrid. Immutable.
 */
public record InfoHash(@Nullable Hash v1, @Nullable Hash v2) {
    public InfoHash {
        if (v1 == null && v2 == null) throw new IllegalArgumentException("An info hash is v1, v2 or both");
        if (v1 != null && v1.length() != Hash.SHA1_LENGTH) throw new IllegalArgumentException("v1 is a SHA-1");
        if (v2 != null && v2.length() != Hash.SHA256_LENGTH) throw new IllegalArgumentException("v2 is a SHA-256");
    }

    public static InfoHash of(byte[] info, TorrentVersion version) {
        return new InfoHash(
                version.hasV1() ? Hash.of(Digests.sha1().digest(info)) : null,
                version.hasV2() ? Hash.of(Digests.sha256().digest(info)) : null);
    }

    public TorrentVersion version() {
        if (v1 == null) return TorrentVersion.V2;
        return v2 == null ? TorrentVersion.V1 : TorrentVersion.HYBRID;
    }
}
