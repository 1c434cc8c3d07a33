package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.p2pengine.web.WebWire;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Looks up names of web servers, and calls those that may be called. Confined to the swarm's loop. */
final class WebDialler implements WebWire.Dialler {
    private final Swarm swarm;
    private final Throttle throttle;
    private final TlsTrust tls;
    private final Executor names;
    private @Nullable SslContext context;

    /** @param names may be kept waiting by a name service */
    WebDialler(Swarm swarm, Throttle throttle, TlsTrust tls, Executor names) {
        this.swarm = swarm;
        this.throttle = throttle;
        this.tls = tls;
        this.names = names;
    }

    @Override
    public WebWire dial(URI server, Scope nearest, WebWire.Ears ears) {
        boolean isSecure = server.getScheme().equals("https");
        int port = server.getPort() >= 0 ? server.getPort() : isSecure ? 443 : 80;
        WebChannel wire = new WebChannel(swarm, throttle, ears);
        names.execute(() -> {
            @Nullable InetAddress[] found = lookUp(server.getHost());
            swarm.loop().execute(() -> found(wire, server, port, nearest, found));
        });
        return wire;
    }

    private static @Nullable InetAddress[] lookUp(String host) {
        try {
            return InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            return new InetAddress[0];
        }
    }

    /** The first that may be called; an address that is too near makes the others suspect. */
    private void found(WebChannel wire, URI server, int port, Scope nearest, @Nullable InetAddress[] found) {
        Scope scope = Scope.GLOBAL;
        for (InetAddress address : found) {
            if (address == null) continue;
            Scope one = PeerAddress.of(address.getAddress(), port).scope();
            if (one.compareTo(scope) < 0) scope = one;
        }
        if (found.length == 0 || found[0] == null) {
            wire.fail("nobody knows its name");
        } else if (scope == Scope.NONE || scope.compareTo(nearest) < 0) {
            wire.tooNear();
        } else {
            SslContext secure = server.getScheme().equals("https") ? context() : null;
            wire.connect(new InetSocketAddress(found[0], port), server.getHost(), scope, secure);
        }
    }

    private SslContext context() {
        if (context == null) {
            try {
                context = SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .trustManager(tls.trustManagers())
                        .endpointIdentificationAlgorithm("HTTPS")
                        .build();
            } catch (SSLException e) {
                throw new IllegalStateException("this Java runtime has no TLS", e);
            }
        }
        return context;
    }
}
