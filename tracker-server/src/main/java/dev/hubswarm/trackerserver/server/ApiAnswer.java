package dev.hubswarm.trackerserver.server;

import java.util.Map;

/** What to answer. Immutable but for the body, which nobody writes. */
@SuppressWarnings("ArrayRecordComponent")
public record ApiAnswer(int status, String contentType, byte[] body, Map<String, String> headers) {}
