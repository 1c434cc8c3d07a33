package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.protocol.announce.UdpRequest;
import dev.hubswarm.protocol.announce.UdpResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One announce by UDP (BEP 15): a connection id, unless there is one, then the announce, each sent again after 15 s,
 * then 30 s and so on, while there is time. Pure, but for its share of the ids; time is an argument. Confined to the
 * announcer's thread.
 */
final class UdpExchange implements UdpResponse.Handler<Boolean> {
    private static final long RESEND_NANOS = TimeUnit.SECONDS.toNanos(15);
    /** BEP 15 ends at 2^8. */
    private static final int MAX_DOUBLINGS = 8;

    private final InetSocketAddress tracker;
    private final AnnounceRequest request;
    private final String urlData;
    private final UdpConnections connections;
    private final RandomGenerator random;
    private final long endNanos;
    private final boolean v6;

    private int transactionId;
    /** The id that the announce was sent with; null while connecting. */
    private @Nullable Long shownId;

    private boolean sent;
    private int sentCount;
    private long resendNanos;
    private boolean reconnected;
    private @Nullable AnnounceResponse response;
    private @Nullable IOException failure;

    UdpExchange(
            InetSocketAddress tracker,
            boolean v6,
            AnnounceRequest request,
            String urlData,
            UdpConnections connections,
            RandomGenerator random,
            long endNanos) {
        this.tracker = tracker;
        this.v6 = v6;
        this.request = request;
        this.urlData = urlData;
        this.connections = connections;
        this.random = random;
        this.endNanos = endNanos;
        this.transactionId = random.nextInt();
    }

    InetSocketAddress tracker() {
        return tracker;
    }

    private boolean isOver() {
        return response != null || failure != null;
    }

    @Nullable
    AnnounceResponse response() {
        return response;
    }

    @Nullable
    IOException failure() {
        return failure;
    }

    /** Puts what is to be sent now into {@code out}, or nothing. */
    void poll(long nowNanos, ByteBuffer out) {
        if (isOver()) return;
        if (nowNanos - endNanos >= 0) {
            failure = new SocketTimeoutException("the tracker did not answer");
            return;
        }
        if (sent && nowNanos - resendNanos < 0) return;
        Long id = connections.find(tracker, nowNanos);
        // An answer to what was sent before is as good, unless that asked something else.
        if (sent && (id == null) != (shownId == null)) transactionId = random.nextInt();
        shownId = id;
        UdpRequest next = id == null
                ? new UdpRequest.Connect(transactionId)
                : new UdpRequest.Announce(transactionId, id, request, urlData);
        next.encode(out);
        sent = true;
        resendNanos = nowNanos + (RESEND_NANOS << Math.min(sentCount++, MAX_DOUBLINGS));
    }

    /** When to poll again, if nothing comes. */
    long wakeNanos() {
        return resendNanos - endNanos < 0 ? resendNanos : endNanos;
    }

    /**
     * Takes a datagram, after which to poll. Returns false, having done nothing, for one from elsewhere or in answer to
     * something else.
     */
    boolean receive(InetSocketAddress from, ByteBuffer datagram, long nowNanos) {
        if (isOver() || !from.equals(tracker) || !UdpResponse.answers(datagram, transactionId)) return false;
        UdpResponse answer;
        try {
            answer = UdpResponse.decode(datagram, v6);
        } catch (AnnounceException e) {
            return false;
        }
        if (!answer.accept(this)) return false;
        if (answer instanceof UdpResponse.Connected connected) {
            connections.put(tracker, connected.connectionId(), nowNanos);
        }
        return true;
    }

    /** Goes on at the next poll. */
    private void again() {
        sent = false;
        sentCount = 0;
        transactionId = random.nextInt();
    }

    @Override
    public Boolean connected(UdpResponse.Connected answer) {
        if (shownId != null) return false;
        again();
        return true;
    }

    @Override
    public Boolean announced(UdpResponse.Announced answer) {
        if (shownId == null) return false;
        response = answer.response();
        return true;
    }

    @Override
    public Boolean scraped(UdpResponse.Scraped answer) {
        return false;
    }

    @Override
    public Boolean failed(UdpResponse.Failed answer) {
        if (shownId != null && !reconnected) {
            // Perhaps it does not know the id any more, which it has no other way to say.
            reconnected = true;
            connections.forget(tracker);
            again();
        } else {
            failure = new RefusedException(new TrackerFailure(answer.reason()));
        }
        return true;
    }
}
