package dev.hubswarm.torrentcreator;

/** What kind of torrent to make. */
public enum TorrentKind {
    /** The canonical torrent of one file. */
    FILE,
    /** A Hub repo at one commit, as existing llmpt trackers know it: v2 only, its name the commit. */
    SNAPSHOT,
    /** Any file or folder, by its own name. */
    PLAIN
}
