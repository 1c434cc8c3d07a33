package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A client follows the Hub's redirect to storage itself. A link is good for whoever holds it, and nobody else: storage is
 * asked for the first byte with the client's own link, unless the Hub gave out this very one a moment ago, and what it refuses
 * is refused. Then it is the file, wherever its bytes come from. Confined to the client's loop.
 */
final class LinkExchange implements Exchange, UpstreamListener {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ClientConnection client;
    private final ProxyDesk desk;
    private final UpstreamPool upstream;
    private final FileQuestion question;
    private final KnownFile file;
    private final HttpOrigin origin;
    /** Path and query of the link. */
    private final String target;
    /** Where we are of no use. */
    private final Exchange otherwise;

    private boolean isGone;
    private @Nullable UpstreamCall call;
    private @Nullable Exchange next;

    /** @param question about the file, with what the client says of ranges, and without a token */
    LinkExchange(
            ClientConnection client,
            ProxyDesk desk,
            UpstreamPool upstream,
            FileQuestion question,
            StorageLinks.Found found,
            HttpOrigin origin,
            String target,
            Exchange otherwise) {
        this.client = client;
        this.desk = desk;
        this.upstream = upstream;
        this.question = question;
        this.file = new KnownFile(found.file(), URI.create(origin.url() + target), new DefaultHttpHeaders());
        this.origin = origin;
        this.target = target;
        this.otherwise = otherwise;
    }

    private String link() {
        return origin.url() + target;
    }

    @Override
    public void begin() {
        if (desk.grants().get(null, link()) != null) {
            goOn(true);
            return;
        }
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        headers.set(HttpHeaderNames.RANGE, "bytes=0-0");
        call = upstream.send(new UpstreamRequest(origin, HttpMethod.GET, target, headers, false, null, PATIENCE), this);
    }

    @Override
    public void head(HttpResponse answer) {
        if (call != null) call.discard();
        call = null;
        boolean isRight = answer.status().code() == 206
                && new RangePlan.Span(0, 1)
                        .contentRange(file.file().size())
                        .equals(answer.headers().get(HttpHeaderNames.CONTENT_RANGE));
        if (isRight) desk.grants().put(null, link(), file);
        goOn(isRight);
    }

    private void goOn(boolean isRight) {
        if (isGone || next != null) return;
        next = isRight ? new FileExchange(client, desk, upstream, question, file) : otherwise;
        next.begin();
    }

    @Override
    public void content(ByteBuf content) {
        content.release();
    }

    @Override
    public void end() {}

    @Override
    public void failed(IOException why) {
        goOn(false);
    }

    @Override
    public void body(HttpContent content) {
        if (next == null) content.release();
        else next.body(content);
    }

    @Override
    public void writable() {
        if (next != null) next.writable();
    }

    @Override
    public void gone() {
        isGone = true;
        if (call != null) call.cancel();
        if (next != null) next.gone();
    }
}
