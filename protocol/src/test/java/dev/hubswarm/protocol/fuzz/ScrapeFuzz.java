package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.ScrapeRequest;
import dev.hubswarm.protocol.announce.ScrapeResponse;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** S31, S34: as {@link AnnounceQueryFuzz} and {@link AnnounceAnswerFuzz}, of scrapes. */
public final class ScrapeFuzz {
    private ScrapeFuzz() {}

    /** The input as a query and as an answer; they begin differently, so neither is in the other's way. */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        String query = new String(data, StandardCharsets.ISO_8859_1);
        @Nullable ScrapeRequest[] request = new ScrapeRequest[1];
        @Nullable TrackerAnswer[] answer = new TrackerAnswer[1];
        Limits.check(data.length, () -> {
            try {
                request[0] = ScrapeRequest.parse(query, 0);
            } catch (AnnounceException e) {
                Limits.checkReason(e);
            }
        });
        Limits.check(data.length, () -> {
            try {
                answer[0] = ScrapeResponse.decode(data);
            } catch (AnnounceException e) {
                Limits.checkReason(e);
            }
        });
        if (request[0] != null && !request[0].equals(ScrapeRequest.parse(request[0].toQuery(), 0))) {
            throw new AssertionError("read back: " + request[0]);
        }
        if (answer[0] instanceof ScrapeResponse response) {
            ByteBuffer out = ByteBuffer.allocate(response.maxLength());
            response.encode(out);
            TrackerAnswer again = ScrapeResponse.decode(AnnounceAnswerFuzz.canonical(out));
            if (!response.equals(again)) throw new AssertionError("read back: " + response);
        }
    }
}
