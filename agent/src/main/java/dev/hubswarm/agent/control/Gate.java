package dev.hubswarm.agent.control;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** Refuses requests by their heads, before anything of their bodies is kept. Confined to its connection's event loop. */
final class Gate extends ChannelInboundHandlerAdapter {
    private final Admission admission;
    private final @Nullable HostNames names;
    private boolean isShut;

    /** @param names null for a Unix socket */
    Gate(Admission admission, @Nullable HostNames names) {
        this.admission = admission;
        this.names = names;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ControlAnswer refused = message instanceof HttpRequest request && !isShut ? refusal(request) : null;
        if (refused != null) {
            isShut = true;
            boolean isHead = ((HttpRequest) message).method().name().equals("HEAD");
            ControlConnection.send(context, refused, isHead, false);
        }
        if (isShut) ReferenceCountUtil.release(message);
        else context.fireChannelRead(message);
    }

    private @Nullable ControlAnswer refusal(HttpRequest request) {
        if (!request.decoderResult().isSuccess())
            return ControlAnswer.error(400, "bad_request", "This is no HTTP that we read.");
        boolean hasBody = HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
        return admission.refusal(request.method().name(), request.headers(), hasBody, names);
    }
}
