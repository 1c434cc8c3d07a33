package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sees whether a client takes our certificate. It does if it asks something; some look at the certificate only when all
 * else of TLS is done, as GnuTLS lets them. Confined to its connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class TrustWatch extends ChannelDuplexHandler {
    private static final System.Logger LOG = System.getLogger(TrustWatch.class.getName());
    /** That a certificate is not good (RFC 8446 section 6.2). */
    private static final Set<Byte> ALERTS = Set.of((byte) 42, (byte) 43, (byte) 44, (byte) 45, (byte) 46, (byte) 48);

    /** The same as the JDK spells them. */
    private static final Pattern ABOUT_CERTIFICATES =
            Pattern.compile(".*fatal alert: (bad_certificate|unsupported_certificate|certificate_revoked"
                    + "|certificate_expired|certificate_unknown|unknown_ca)\\b.*");

    private final Distrust distrust;
    private final Distrust.Kind kind;
    private final Records records = new Records();
    private boolean isRefused;
    private boolean hasFailed;
    private boolean isOurDoing;

    TrustWatch(Distrust distrust, Distrust.Kind kind) {
        this.distrust = distrust;
        this.kind = kind;
    }

    /** To be put before TLS. */
    ChannelHandler records() {
        return records;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        distrust.trusts(kind);
        context.pipeline().remove(records);
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
        hasFailed = true;
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
        // What cannot be read any more we leave because of the client.
        if (!hasFailed) isOurDoing = true;
        context.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        long now = System.nanoTime();
        boolean isNew = isRefused ? distrust.refuses(kind, now) : !isOurDoing && distrust.left(kind, now);
        if (isNew) tell(kind.name(), "refuses our certificate");
        context.fireChannelInactive();
    }

    /**
     * Alerts that are not encrypted. Of TLS 1.3 they should be, but OpenSSL sends them so as long as it has sent nothing
     * else, and the JDK cannot read them then.
     */
    private final class Records extends ChannelInboundHandlerAdapter {
        /** Type, version, length, level: all of a fatal alert but what it says. */
        private static final byte[] FATAL = {21, 3, 3, 0, 2, 2};

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof ByteBuf bytes) {
                int at = bytes.writerIndex() - FATAL.length - 1;
                boolean isAlert = at >= bytes.readerIndex();
                for (int i = 0; i < FATAL.length && isAlert; i++) isAlert = bytes.getByte(at + i) == FATAL[i];
                if (isAlert && ALERTS.contains(bytes.getByte(at + FATAL.length))) isRefused = true;
            }
            context.fireChannelRead(message);
        }
    }

    static void tell(String name, String why) {
        LOG.log(
                System.Logger.Level.INFO,
                () -> name + " " + why + ", so what it asks the Hub by TLS passes untouched. See README, "
                        + "\"Lead programs through the agent\".");
    }
}
