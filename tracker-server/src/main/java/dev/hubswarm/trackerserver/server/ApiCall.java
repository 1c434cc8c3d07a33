package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.PeerAddress;
import io.netty.buffer.ByteBuf;

/** A request for the {@link Api} whose body is arriving. Confined to its connection's event loop. */
final class ApiCall {
    final ApiRequest request;
    final boolean isHead;
    final boolean keepAlive;
    final boolean http10;
    private int filled;

    ApiCall(RequestHead head, int bodyLength, boolean keepAlive, PeerAddress from) {
        this.isHead = head.methodIs("HEAD");
        this.keepAlive = keepAlive;
        this.http10 = head.isHttp10();
        // RFC 9110 section 9.3.2: HEAD is GET without the content.
        String method = isHead ? "GET" : head.method();
        byte[] body = new byte[bodyLength];
        this.request = new ApiRequest(method, head.path(), head.queryText(), head.fields(), body, from);
    }

    /** Takes what belongs to the body; returns whether all is there. */
    boolean fill(ByteBuf in) {
        int count = Math.min(in.readableBytes(), request.body().length - filled);
        in.readBytes(request.body(), filled, count);
        filled += count;
        return filled == request.body().length;
    }
}
