package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Passes bytes of a file on from the storage behind the Hub. Where the connection breaks it goes on from the next byte.
 * Nobody's token goes there. Confined to the client's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class StorageStream implements UpstreamListener {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_TRIES = 4;
    private static final int MOST_REDIRECTS = 3;

    /** What the exchange does about it. */
    interface Owner {
        /** Bytes follow: the head of the answer is due, if it was not sent. */
        void streams();

        /** The link is not good any more; from this byte on it is for another one. */
        void refused(long at, int status);

        /** All was sent. */
        void streamed();

        /** There is no way on. */
        void lost(HttpOrigin origin, IOException why);
    }

    private final ClientConnection client;
    private final UpstreamPool upstream;
    private final String userAgent;
    private final long size;
    private final long to;
    private final Owner owner;
    private URI location;
    private long at;
    private int tries;
    private int redirects;
    private boolean isStopped;
    private boolean isGood;
    private @Nullable UpstreamCall call;

    StorageStream(
            ClientConnection client,
            UpstreamPool upstream,
            KnownFile known,
            URI location,
            String userAgent,
            RangePlan.Span span,
            Owner owner) {
        this.client = client;
        this.upstream = upstream;
        this.userAgent = userAgent;
        this.size = known.file().size();
        this.location = location;
        this.at = span.from();
        this.to = span.to();
        this.owner = owner;
    }

    void begin() {
        if (isStopped) return;
        HttpOrigin origin = HttpOrigin.of(location);
        if (origin == null) {
            owner.refused(at, 0);
            return;
        }
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        headers.set(HttpHeaderNames.ACCEPT, "*/*");
        if (!userAgent.isEmpty()) headers.set(HttpHeaderNames.USER_AGENT, userAgent);
        if (at > 0 || to < size) headers.set(HttpHeaderNames.RANGE, "bytes=" + at + "-" + (to - 1));
        String path = location.getRawPath().isEmpty() ? "/" : location.getRawPath();
        String target = location.getRawQuery() == null ? path : path + "?" + location.getRawQuery();
        isGood = false;
        call = upstream.send(new UpstreamRequest(origin, HttpMethod.GET, target, headers, false, null, PATIENCE), this);
    }

    @Override
    public void head(HttpResponse response) {
        int status = response.status().code();
        HttpHeaders headers = response.headers();
        if (status / 100 == 3 && redirects++ < MOST_REDIRECTS) {
            URI next = Locations.follow(location, headers.get(HttpHeaderNames.LOCATION));
            if (next == null) again(new IOException("storage leads nowhere"));
            else {
                discard();
                location = next;
                begin();
            }
        } else if (status >= 400 && status < 500 && status != 429 && status != 408) {
            discard();
            owner.refused(at, status);
        } else if (!isWhatWasAsked(status, headers)) {
            again(new IOException("storage answers " + status));
        } else {
            isGood = true;
            owner.streams();
        }
    }

    private boolean isWhatWasAsked(int status, HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.CONTENT_ENCODING)) return false;
        if (at == 0 && to == size && status == 200) {
            String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
            return length == null || length.equals(Long.toString(size));
        }
        // The start of a range that is not what was asked for is never noticed by clients.
        return status == 206
                && new RangePlan.Span(at, to).contentRange(size).equals(headers.get(HttpHeaderNames.CONTENT_RANGE));
    }

    @Override
    public void content(ByteBuf content) {
        if (!isGood || isStopped || content.readableBytes() > to - at) {
            content.release();
            if (isGood && !isStopped) again(new IOException("storage sends more than there is"));
            return;
        }
        at += content.readableBytes();
        tries = 0;
        client.content(content);
        if (call != null && !client.isWritable()) call.pause();
    }

    @Override
    public void end() {
        if (isStopped || !isGood) return;
        if (at == to) owner.streamed();
        else again(new IOException("storage ends too soon"));
    }

    @Override
    public void failed(IOException why) {
        if (!isStopped) again(why);
    }

    private void again(IOException why) {
        isGood = false;
        if (call != null) call.cancel();
        HttpOrigin origin = HttpOrigin.of(location);
        if (tries++ >= MOST_TRIES && origin != null) {
            isStopped = true;
            owner.lost(origin, why);
            return;
        }
        client.loop().schedule(this::begin, tries == 1 ? 0 : 500L << tries, TimeUnit.MILLISECONDS);
    }

    private void discard() {
        if (call != null) call.discard();
    }

    /** The client takes more. */
    void resume() {
        if (call != null) call.resume();
    }

    void stop() {
        isStopped = true;
        if (call != null) call.cancel();
    }
}
