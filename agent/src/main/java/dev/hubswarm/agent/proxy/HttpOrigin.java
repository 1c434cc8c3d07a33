package dev.hubswarm.agent.proxy;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whom HTTP is spoken with (RFC 6454). Immutable.
 *
 * @param host in lower case; an IPv6 address in brackets
 */
record HttpOrigin(boolean isTls, String host, int port) {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /** Null if it is no address of that kind, or holds a user's name. */
    static @Nullable HttpOrigin of(URI uri) {
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        if (!tls && !"http".equalsIgnoreCase(uri.getScheme())) return null;
        String host = uri.getHost();
        if (host == null || uri.getRawUserInfo() != null) return null;
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? HTTPS : HTTP;
        return new HttpOrigin(tls, host.toLowerCase(Locale.ROOT), port);
    }

    /** Null if it is none. */
    static @Nullable HttpOrigin of(String url) {
        try {
            return of(new URI(url));
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** As the Host header has it. */
    String authority() {
        return port == (isTls ? HTTPS : HTTP) ? host : host + ":" + port;
    }

    /** Without a slash at its end. */
    String url() {
        return (isTls ? "https://" : "http://") + authority();
    }

    /** As the system looks it up. */
    String name() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Whether it is this machine, by its name alone. */
    boolean isLoopback() {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
    }
}
