package dev.hubswarm.agent.proxy;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sees whether a client takes our certificate. It does if it asks something; some look at the certificate only when all
 * else of TLS is done, as GnuTLS lets them. Confined to its connection's loop.
 */
final class TrustWatch extends ChannelDuplexHandler {
    private static final System.Logger LOG = System.getLogger(TrustWatch.class.getName());
    /** Alerts 42 to 46 and 48 (RFC 8446 section 6.2), as the JDK spells them. */
    private static final Pattern ABOUT_CERTIFICATES =
            Pattern.compile(".*fatal alert: (bad_certificate|unsupported_certificate|certificate_revoked"
                    + "|certificate_expired|certificate_unknown|unknown_ca)\\b.*");

    private final Distrust distrust;
    private final Distrust.Kind kind;
    private boolean isRefused;
    private boolean isOurDoing;

    TrustWatch(Distrust distrust, Distrust.Kind kind) {
        this.distrust = distrust;
        this.kind = kind;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        distrust.trusts(kind);
        context.pipeline().remove(this);
        context.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done) look(done.cause());
        context.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        look(cause);
        context.fireExceptionCaught(cause);
    }

    private void look(@Nullable Throwable cause) {
        if (cause instanceof SslHandshakeTimeoutException) isOurDoing = true;
        for (Throwable each = cause; each != null && !isRefused; each = each.getCause())
            isRefused = ABOUT_CERTIFICATES
                    .matcher(String.valueOf(each.getMessage()))
                    .matches();
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        isOurDoing = true;
        context.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        long now = System.nanoTime();
        boolean isNew = isRefused ? distrust.refuses(kind, now) : !isOurDoing && distrust.left(kind, now);
        if (isNew) tell(kind.name(), "refuses our certificate");
        context.fireChannelInactive();
    }

    static void tell(String name, String why) {
        LOG.log(
                System.Logger.Level.INFO,
                () -> name + " " + why + ", so what it asks the Hub by TLS passes untouched. See README, "
                        + "\"Lead programs through the agent\".");
    }
}
