package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * Who this is, for whoever finds the port taken. All paths here are the Hub's, so it is asked of the server as such
 * (RFC 9110 section 9.3.7). Confined to the client's loop.
 *
 * @param isAsked whether the method was the one for it
 */
record Introduction(ClientConnection client, boolean isAsked) implements Exchange {
    @Override
    public void begin() {
        if (!isAsked) {
            client.refuse(Failure.BAD_REQUEST);
            return;
        }
        String json =
                "{\"service\":\"hubswarm\",\"pid\":" + ProcessHandle.current().pid() + "}";
        ByteBuf body = Unpooled.copiedBuffer(json, StandardCharsets.US_ASCII);
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        client.read();
        client.head(head);
        client.content(body);
        client.end();
    }

    @Override
    public void gone() {}
}
