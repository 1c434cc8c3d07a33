package dev.hubswarm.protocol.metainfo;

/** Which kinds of hashes a torrent carries. */
public enum TorrentVersion {
    V1,
    V2,
    HYBRID;

    public boolean hasV1() {
        return this != V2;
    }

    public boolean hasV2() {
        return this != V1;
    }
}
