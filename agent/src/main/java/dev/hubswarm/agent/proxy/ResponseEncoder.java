package dev.hubswarm.agent.proxy;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Writes answers; those to HEAD have a length and no body. Confined to its connection. */
final class ResponseEncoder extends HttpResponseEncoder {
    private boolean isHead;

    /** What the next answer is to. */
    void answers(HttpMethod method) {
        isHead = method.equals(HttpMethod.HEAD);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        return isHead || super.isContentAlwaysEmpty(response);
    }
}
