package dev.hubswarm.trackerclient.announce;

/** How far a torrent is, in bytes. Immutable. */
public record Progress(long uploaded, long downloaded, long left) {}
