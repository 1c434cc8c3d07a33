package dev.hubswarm.protocol.announce;

/** What a tracker answers. */
public sealed interface TrackerAnswer permits AnnounceResponse, ScrapeResponse, TrackerFailure {}
