package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponse;
import java.io.IOException;

/** Hears what becomes of an {@link UpstreamCall}, on its loop: the head, content, and one of {@code end} and {@code failed}. */
interface UpstreamListener {
    /** The head of the request is on its way, and its body may follow. */
    default void ready() {}

    void head(HttpResponse response);

    /** Takes the buffer over. */
    void content(ByteBuf content);

    void end();

    /** Also in the middle of the answer: what is missing will not come. */
    void failed(IOException why);

    /** The other side takes more of the body. */
    default void writable() {}
}
