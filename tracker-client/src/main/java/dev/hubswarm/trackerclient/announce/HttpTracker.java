package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.trackerclient.contact.Family;
import dev.hubswarm.trackerclient.contact.HttpQuestion;
import dev.hubswarm.trackerclient.contact.HttpReply;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import okhttp3.HttpUrl;

/** Announces by HTTP (BEP 3, BEP 7, BEP 23). Immutable. */
final class HttpTracker implements Carrier {
    /** Fits a long list of the form of BEP 3. */
    private static final int MAX_ANSWER_BYTES = 256 << 10;

    private final TrackerHttp http;

    HttpTracker(TrackerHttp http) {
        this.http = http;
    }

    @Override
    public CompletableFuture<Heard> announce(
            TrackerUrl tracker, Family family, AnnounceRequest request, long timeoutNanos) {
        String before = tracker.announce().encodedQuery();
        // As text, for a builder would escape what is escaped.
        HttpUrl url = tracker.announce()
                .newBuilder()
                .encodedQuery((before == null || before.isEmpty() ? "" : before + "&") + request.toQuery())
                .build();
        return http.send(HttpQuestion.get(url, family, MAX_ANSWER_BYTES, timeoutNanos))
                .thenApply(HttpTracker::read);
    }

    private static Heard read(HttpReply reply) {
        try {
            TrackerAnswer answer = answer(reply);
            if (answer instanceof AnnounceResponse response && reply.isGood())
                return new Heard(response, reply.overLoopback());
            if (answer instanceof TrackerFailure failure) throw new RefusedException(failure);
            throw new IOException("the tracker answered with status " + reply.status());
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static TrackerAnswer answer(HttpReply reply) throws IOException {
        try {
            return AnnounceResponse.decode(reply.body());
        } catch (AnnounceException e) {
            String what = reply.isGood() ? e.reason() : "the tracker answered with status " + reply.status();
            throw new IOException(what, e);
        }
    }
}
