package dev.hubswarm.hubstub;

import java.time.Duration;
import java.util.Map;

/** Something that goes wrong with an answer. Several may hit the same one. Immutable. */
public sealed interface Fault {
    /** The connection is closed without any reply. */
    record Drop() implements Fault {}

    /** The body stops after so many bytes. */
    record Cut(long afterBytes, How how) implements Fault {
        /** What becomes of the connection then. */
        public enum How {
            FIN,
            /** The kernel may take back bytes that it had not delivered. */
            RST,
            /** Nothing, until {@link HubStub#releaseStalls}. */
            STALL
        }
    }

    /** Announces that much more, or less, than is sent, and closes the connection after the body. */
    record WrongLength(long delta) implements Fault {}

    /** One bit of the byte at this offset of the file is flipped, if the answer covers it. */
    record Corrupt(long offset) implements Fault {}

    /** A range is served from that much further on, and says so. */
    record WrongRangeStart(long delta) implements Fault {}

    /** A range request is answered with 200 and the whole. */
    record IgnoreRange() implements Fault {}

    /** An error instead of the answer. */
    record Status(int status, Map<String, String> headers) implements Fault {
        public Status(int status) {
            this(status, Map.of());
        }

        /** Too many requests. */
        public static Status retryAfter(Duration wait) {
            return new Status(429, Map.of("Retry-After", Long.toString(wait.toSeconds())));
        }
    }

    /** All links given out so far expire, the one of this request included. */
    record ExpireLinks() implements Fault {}

    /** The connection sends no faster than this. */
    record Rate(long bytesPerSecond) implements Fault {}

    /** The answer comes that much later. */
    record Latency(Duration delay) implements Fault {}

    /** The body is gzipped and chunked, whatever the client accepts. */
    record Gzip() implements Fault {}

    /** The answer leads elsewhere; an empty location means to the same place again. */
    record Redirect(String location) implements Fault {}
}
