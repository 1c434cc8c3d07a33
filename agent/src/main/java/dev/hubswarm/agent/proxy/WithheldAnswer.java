package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponse;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * An error of the Hub's that waits until it is known whether there is something better to say. It has what came before
 * the call was paused, which is little. Confined to the client's loop.
 */
final class WithheldAnswer {
    private final HttpResponse head;
    private final Deque<ByteBuf> text = new ArrayDeque<>();
    private boolean isWhole;
    private @Nullable IOException failure;

    WithheldAnswer(HttpResponse head) {
        this.head = head;
    }

    HttpResponse head() {
        return head;
    }

    /** Takes the buffer over. */
    void content(ByteBuf content) {
        text.add(content);
    }

    void end() {
        isWhole = true;
    }

    void fail(IOException why) {
        failure = why;
    }

    void handOn(UpstreamListener to) {
        while (!text.isEmpty()) to.content(text.poll());
        if (failure != null) to.failed(failure);
        else if (isWhole) to.end();
    }

    void release() {
        while (!text.isEmpty()) text.poll().release();
    }
}
