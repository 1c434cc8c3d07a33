package dev.hubswarm.agent.proxy;

import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;

/** What becomes of one request of a client. Confined to the client's loop. */
interface Exchange {
    void begin();

    /** Takes over a part of the request's body. */
    default void body(HttpContent content) {
        ReferenceCountUtil.release(content);
    }

    /** The client takes more of the answer. */
    default void writable() {}

    /** The client has left; nothing is to be written any more. */
    void gone();
}
