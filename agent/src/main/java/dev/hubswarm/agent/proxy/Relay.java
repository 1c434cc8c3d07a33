package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes an answer on to the client, with its headers as they have to be here. Confined to the client's loop.
 */
final class Relay {
    private final ClientConnection client;
    private final @Nullable Rewriting rewriting;
    private final Consumer<HttpHeaders> more;
    private final boolean isListing;
    private @Nullable JsonEdit edit;

    /**
     * @param rewriting null for what is not the Hub's
     * @param more to be done to the headers
     * @param isListing whether JSON in it has something to be changed
     */
    Relay(ClientConnection client, @Nullable Rewriting rewriting, boolean isListing, Consumer<HttpHeaders> more) {
        this.client = client;
        this.rewriting = rewriting;
        this.isListing = isListing;
        this.more = more;
    }

    void head(HttpResponse answer) {
        HttpHeaders headers = Headers.endToEnd(answer.headers());
        if (rewriting != null) rewriting.apply(headers);
        if (isListing && rewriting != null && isJson(headers) && !client.isHead()) {
            edit = new JsonEdit(client.channel().alloc(), rewriting::url);
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        more.accept(headers);
        client.head(new DefaultHttpResponse(HttpVersion.HTTP_1_1, answer.status(), headers));
    }

    private static boolean isJson(HttpHeaders headers) {
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "");
        return type.matches("(?i)application/([a-z0-9.-]+\\+)?json\\b.*")
                && !headers.contains(HttpHeaderNames.CONTENT_ENCODING);
    }

    /** Takes the buffer over. @throws IOException if it cannot be read */
    void content(ByteBuf bytes) throws IOException {
        client.content(edit == null ? bytes : edit.feed(bytes));
    }

    void end() throws IOException {
        if (edit != null) {
            ByteBuf rest = edit.end();
            release();
            client.content(rest);
        }
        client.end();
    }

    /** There will be no end. */
    void release() {
        if (edit != null) edit.release();
        edit = null;
    }
}
