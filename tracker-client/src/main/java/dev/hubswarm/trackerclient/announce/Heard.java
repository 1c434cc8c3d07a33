package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceResponse;

/** What a tracker answered, and whether it is on this machine. As immutable as the response. */
record Heard(AnnounceResponse response, boolean overLoopback) {}
