package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.control.HostNames;
import dev.hubswarm.hub.request.HubRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a request is about, and who deals with it. Immutable; one for all connections that came in by the same way.
 *
 * @param names by which clients may call us; null where none leads: a Unix socket, and inside TLS
 * @param base what the Hub is called by those who came in by TLS; null for all others, who say it in each request
 */
record Reception(
        ProxyDesk desk,
        UpstreamPool upstream,
        @Nullable HostNames names,
        @Nullable String base) {
    /** Some requests of the API, such as commits, take their time. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Set<String> HUB_NAMES = Set.of("huggingface.co", "www.huggingface.co", "hf.co");
    private static final String LFS_BATCH = "/info/lfs/objects/batch";

    /**
     * Whether a host, in lower case and with its port, is the Hub that we stand for. The public one is not where that is
     * another: a company's Hub must not see the tokens that are meant for huggingface.co.
     */
    static boolean isHub(HttpOrigin hub, String host, int port) {
        boolean isPublic = HUB_NAMES.contains(hub.host()) || hub.isLoopback();
        return (isPublic && HUB_NAMES.contains(host) && (port == 443 || port == 80))
                || (host.equals(hub.host()) && port == hub.port());
    }

    /** The same for what a client of an intercepted connection asks. */
    Reception inside(String host, int port) {
        return new Reception(desk, upstream, null, new HttpOrigin(true, host, port).url());
    }

    Exchange exchange(ClientConnection client, HttpRequest request) {
        if (request.method().equals(HttpMethod.CONNECT)) return new Tunnel(client, this, request);
        String target = request.uri();
        if (target.startsWith("/")) return atRoot(client, request, target);
        if (target.equals("*")) return new Introduction(client, request.method().equals(HttpMethod.OPTIONS));
        HttpOrigin origin = target.matches("(?i)https?://.*") ? HttpOrigin.of(upToPath(target)) : null;
        if (origin == null) return new Refused(client, Failure.BAD_REQUEST);
        String path = target.substring(upToPath(target).length());
        if (!path.startsWith("/")) path = "/" + path;
        // Who has us as his proxy as well may name us by it.
        boolean isToUs = names != null && !origin.isTls() && names.accept(origin.host() + ":" + origin.port());
        if (isToUs || isHub(desk.hub(), origin.host(), origin.port())) return hub(client, request, path, origin.url());
        boolean isAllowed = !origin.isTls() && desk.destinations().allow(origin.port());
        Exchange pass = isAllowed
                ? pass(client, request, origin, path, desk.destinations())
                : new Refused(client, Failure.FORBIDDEN_DESTINATION);
        return storage(client, request, origin, path, pass);
    }

    /** What names no host: inside TLS it is for that of the tunnel. */
    private Exchange atRoot(ClientConnection client, HttpRequest request, String target) {
        HttpOrigin inside = base == null ? null : HttpOrigin.of(base);
        if (inside == null || isHub(desk.hub(), inside.host(), inside.port()))
            return hub(client, request, target, base == null ? called(request) : base);
        return storage(client, request, inside, target, pass(client, request, inside, target, null));
    }

    private Exchange pass(
            ClientConnection client,
            HttpRequest request,
            HttpOrigin origin,
            String path,
            @Nullable Destinations destinations) {
        UpstreamRequest on = new UpstreamRequest(
                origin,
                request.method(),
                escaped(path),
                headers(request, origin, true),
                hasBody(request),
                destinations,
                PATIENCE);
        return new PassThrough(client, upstream, on, new Relay(client, null, false, headers -> {}));
    }

    /** A file to which the Hub leads, if it is one. */
    private Exchange storage(
            ClientConnection client, HttpRequest request, HttpOrigin origin, String path, Exchange otherwise) {
        boolean isRead =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        StorageLinks.Found found = isRead && !hasBody(request) ? desk.links().get(origin, escaped(path)) : null;
        if (found == null) return otherwise;
        HttpHeaders headers = headers(request, origin, false);
        // Whatever it is, it is for storage.
        headers.remove(HttpHeaderNames.AUTHORIZATION);
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        FileQuestion question = new FileQuestion(
                found.asked(),
                request.method(),
                found.target(),
                headers,
                new Rewriting(desk.hub(), desk.hub().url()));
        return new LinkExchange(client, desk, upstream, question, found, origin, escaped(path), otherwise);
    }

    private static String upToPath(String url) {
        int from = url.indexOf("://") + 3;
        for (int at = from; at < url.length(); at++) if ("/?".indexOf(url.charAt(at)) >= 0) return url.substring(0, at);
        return url;
    }

    private static String called(HttpRequest request) {
        return "http://" + request.headers().get(HttpHeaderNames.HOST, "localhost");
    }

    private Exchange hub(ClientConnection client, HttpRequest request, String target, String called) {
        HttpOrigin hub = desk.hub();
        Rewriting rewriting = new Rewriting(hub, called);
        HubRequest asked = desk.recognizer().recognize(request.method().name(), target, hub.authority());
        if (asked instanceof HubRequest.Resolve file && !hasBody(request)) {
            HttpHeaders headers = headers(request, hub, false);
            headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
            XetTraces.doNotAsk(headers);
            FileQuestion question = new FileQuestion(file, request.method(), escaped(target), headers, rewriting);
            return new FileExchange(client, desk, upstream, question);
        }
        if (desk.origin().config().offline()) return new Refused(client, Failure.OFFLINE);
        boolean isTls = base != null;
        HttpHeaders headers = headers(request, hub, isTls);
        boolean isBatch = target.replaceFirst("\\?.*", "").endsWith(LFS_BATCH);
        boolean isEdited = XetTraces.isListing(asked) || isBatch;
        if (isEdited || !(asked instanceof HubRequest.Other)) headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        UpstreamRequest on =
                new UpstreamRequest(hub, request.method(), escaped(target), headers, hasBody(request), null, PATIENCE);
        boolean isFile = asked instanceof HubRequest.ResolveCache || asked instanceof HubRequest.Raw;
        Relay relay = new Relay(client, rewriting, isEdited, kept -> {
            if (isFile) XetTraces.remove(kept);
        });
        return new PassThrough(client, upstream, on, relay);
    }

    private static HttpHeaders headers(HttpRequest request, HttpOrigin to, boolean isOwnName) {
        HttpHeaders headers = Headers.forward(request.headers(), to, HttpUtil.isTransferEncodingChunked(request));
        // Those of a page at our name, and none of the Hub's.
        if (!isOwnName) headers.remove(HttpHeaderNames.COOKIE);
        return headers;
    }

    static boolean hasBody(HttpRequest request) {
        return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
    }

    /** Some clients escape nothing; what came as a byte each goes on as a byte each. */
    static String escaped(String target) {
        StringBuilder out = new StringBuilder(target.length());
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c < 0x80) out.append(c);
            else out.append('%').append(String.format("%02X", (int) c));
        }
        return out.toString();
    }
}
