package dev.hubswarm.hub.origin;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RangeException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads byte ranges over HTTP/1.1 connections that are kept for the next range. Thread-safe; each call blocks its thread.
 *
 * <p>It exists for speed: OkHttp costs 3 CPU seconds a GiB, this costs a fifth of that, since bytes go from the socket
 * into the caller's direct buffer and from there to the file. It knows only what ranges need: no redirects, no
 * encodings, no cookies. Everything else goes through {@link HubOrigin}.
 */
public final class RangeReader implements AutoCloseable {
    /** Takes bytes as they come. */
    @FunctionalInterface
    public interface Sink {
        /** Returns the offset up to which more is wanted; less than was asked for ends the reading early. */
        long take(ByteBuffer bytes, long at) throws UserError, InterruptedException;
    }

    /** What {@code Content-Range} says of a range (RFC 9110, section 14.4). */
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

    private static final int ROUND = 256 << 10;
    /** What peers are asked for. */
    private static final int BLOCK = 16 << 10;
    /** What came is handed over then: who has not heard of it for long asks others for it, and it has come in vain. */
    private static final long LONGEST_FILL_NANOS = 100_000_000;

    private static final int MAX_HOPS = 4;
    private static final int MAX_REDIRECT_BODY = 1 << 16;

    private record Target(String scheme, String host, int port) {
        static Target of(URI uri) {
            boolean tls = uri.getScheme().equals("https");
            int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
            return new Target(uri.getScheme(), uri.getHost(), port);
        }

        boolean tls() {
            return scheme.equals("https");
        }
    }

    private final OriginConfig config;
    private final TlsTrust tls;
    private final LongSupplier nanoTime;

    private final Map<Target, Deque<Wire>> idle = new HashMap<>();
    private final Set<Wire> open = new HashSet<>();
    private boolean closed;

    public RangeReader(OriginConfig config, TlsTrust tls) {
        this(config, tls, System::nanoTime);
    }

    RangeReader(OriginConfig config, TlsTrust tls, LongSupplier nanoTime) {
        this.config = config;
        this.tls = tls;
        this.nanoTime = nanoTime;
    }

    /**
     * Reads the bytes from {@code from} up to {@code to}, or as far as the sink wants them.
     *
     * @param size of the whole file, which the server must confirm
     * @param buffer direct, at least {@link ResponseHead#MAX_LENGTH} long; the sink gets views of it
     * @throws RangeException after the sink got everything that did come
     */
    public void read(URI uri, Map<String, String> headers, long from, long to, long size, ByteBuffer buffer, Sink sink)
            throws RangeException, UserError, InterruptedException {
        Target target = Target.of(uri);
        Wire wire = null;
        try {
            wire = asked(uri, target, request(uri, target, headers, "bytes=" + from + "-" + (to - 1)), buffer);
            if (new Body(wire, buffer, sink, from, to, size).read()) keep(target, wire);
            else drop(wire);
            wire = null;
        } catch (RangeException e) {
            throw e;
        } catch (IOException e) {
            throw new RangeException(Kind.AGAIN, target.host + ": " + reason(e), null, e);
        } finally {
            if (wire != null) drop(wire);
        }
    }

    /**
     * Reads a small file of the Hub's whole. Null if anything is not as usual: then {@link HubOrigin#fetch} finds out
     * what it is.
     *
     * @param headers for the Hub alone; where a redirect leads to another server, none are sent
     */
    public byte @Nullable [] readWhole(
            URI uri, Map<String, String> headers, int size, ByteBuffer buffer, RateBudget budget)
            throws UserError, InterruptedException {
        Target hub = Target.of(uri);
        URI at = uri;
        boolean left = false;
        for (int hops = 0; hops < MAX_HOPS; hops++) {
            Target target = Target.of(at);
            left |= !target.equals(hub);
            // Whoever sends us back to the Hub does not get it asked in our name.
            boolean own = !left;
            if (own) budget.acquire(RateBudget.Kind.RESOLVERS);
            Wire wire = null;
            try {
                wire = asked(at, target, request(at, target, own ? headers : Map.of(), null), buffer);
                ResponseHead head = head(wire, buffer);
                if (own) budget.answered(RateBudget.Kind.RESOLVERS, head.status(), head::field);
                byte[] body = body(wire, head, buffer, head.status() == 200 ? size : MAX_REDIRECT_BODY);
                if (body == null) return null;
                if (head.closes()) drop(wire);
                else keep(target, wire);
                wire = null;
                String location = head.field("location");
                if (head.status() == 200) return body.length == size ? body : null;
                if (head.status() / 100 != 3 || location == null) return null;
                at = at.resolve(location);
                boolean http = "http".equals(at.getScheme()) && !hub.tls();
                if (at.getHost() == null || !(http || "https".equals(at.getScheme()))) return null;
            } catch (IOException | IllegalArgumentException e) {
                return null;
            } finally {
                if (wire != null) drop(wire);
            }
        }
        return null;
    }

    private static byte @Nullable [] body(Wire wire, ResponseHead head, ByteBuffer buffer, int most)
            throws IOException {
        long length = head.length("content-length");
        String encoding = head.field("content-encoding");
        if (length < 0 || length > most || head.field("transfer-encoding") != null) return null;
        if (encoding != null && !encoding.equals("identity")) return null;
        byte[] body = new byte[(int) length];
        for (int done = 0; done < body.length; ) {
            if (!buffer.hasRemaining()) {
                buffer.clear().limit(Math.min(buffer.capacity(), body.length - done));
                if (wire.read(buffer) < 0) return null;
                buffer.flip();
            }
            int step = Math.min(buffer.remaining(), body.length - done);
            buffer.get(body, done, step);
            done += step;
        }
        // More than was announced would be taken for the next answer.
        return buffer.hasRemaining() ? null : body;
    }

    /** Sends a request, over a kept connection if there is one, and reads the first bytes of the answer. */
    private Wire asked(URI uri, Target target, ByteBuffer request, ByteBuffer buffer) throws IOException {
        Wire kept = takeIdle(target);
        if (kept != null) {
            // A server may close a connection just when it is used again; that says nothing about this request.
            try {
                send(kept, request.duplicate(), buffer);
                return kept;
            } catch (IOException e) {
                drop(kept);
            }
        }
        Wire wire = connect(uri, target);
        try {
            send(wire, request, buffer);
            return wire;
        } catch (IOException e) {
            drop(wire);
            throw e;
        }
    }

    /** Ends all reading: whoever reads gets an exception. */
    @Override
    public void close() {
        Set<Wire> all;
        synchronized (this) {
            closed = true;
            all = Set.copyOf(open);
        }
        all.forEach(this::drop);
    }

    private ByteBuffer request(URI uri, Target target, Map<String, String> headers, @Nullable String range) {
        StringBuilder text = new StringBuilder("GET ");
        UpstreamProxy proxy = config.proxies().proxyFor(uri);
        boolean absolute = proxy != null && proxy.type() == Proxy.Type.HTTP && !target.tls();
        if (absolute) text.append("http://").append(uri.getRawAuthority());
        text.append(uri.getRawPath());
        if (uri.getRawQuery() != null) text.append('?').append(uri.getRawQuery());
        text.append(" HTTP/1.1\r\nHost: ").append(uri.getRawAuthority());
        text.append("\r\nUser-Agent: ").append(config.userAgent());
        text.append("\r\nAccept-Encoding: identity");
        if (range != null) text.append("\r\nRange: ").append(range);
        if (absolute) authorize(text, proxy);
        headers.forEach(
                (name, value) -> text.append("\r\n").append(name).append(": ").append(value));
        return ByteBuffer.wrap(text.append("\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns with the first bytes of the answer in the buffer, ready to be read from it. */
    private static void send(Wire wire, ByteBuffer request, ByteBuffer buffer) throws IOException {
        wire.writeAll(request);
        buffer.clear();
        if (wire.read(buffer) < 0) throw new HttpException("it closed the connection without an answer");
        buffer.flip();
    }

    private static ResponseHead head(Wire wire, ByteBuffer buffer) throws IOException {
        while (true) {
            ResponseHead head = ResponseHead.take(buffer);
            if (head == null) {
                buffer.compact();
                if (wire.read(buffer) < 0) throw new HttpException("it closed the connection within the header");
                buffer.flip();
            } else if (head.status() >= 200) {
                return head;
            }
        }
    }

    /** The body of one answer. */
    private final class Body {
        private final Wire wire;
        private final ByteBuffer buffer;
        private final Sink sink;
        private final long to;
        private final long size;
        private long at;
        private boolean reusable;

        Body(Wire wire, ByteBuffer buffer, Sink sink, long from, long to, long size) {
            this.wire = wire;
            this.buffer = buffer;
            this.sink = sink;
            this.at = from;
            this.to = to;
            this.size = size;
        }

        /** Returns whether the connection can be used again. */
        boolean read() throws IOException, UserError, InterruptedException {
            ResponseHead head = head(wire, buffer);
            reusable = !head.closes();
            long end = end(head);
            long wanted = end;
            try {
                // What came with the head may be little: filled up first, since small writes to a file are dear.
                while (at < end && at < wanted) wanted = Math.min(wanted, deliver(fill(next(end))));
            } catch (IOException e) {
                if (buffer.hasRemaining()) deliver(buffer.remaining());
                throw e;
            }
            if (buffer.hasRemaining()) reusable = false;
            if (end < to && at == end && wanted == end) {
                throw new RangeException(Kind.AGAIN, "the server sent less than was asked for", null, null);
            }
            return at == end && reusable;
        }

        /** How much fits, up to a round offset: whoever stores it has borders there, too. */
        private int next(long end) {
            int room = buffer.capacity() - buffer.position();
            long border = (at + room) / ROUND * ROUND;
            return (int) Math.min(border > at ? border - at : room, end - at);
        }

        /**
         * Makes the buffer hold so many bytes or more, or as many whole blocks as come in time; on a failure, those that
         * came.
         *
         * @return how many are to be handed over
         */
        private int fill(int most) throws IOException {
            int start = buffer.position();
            int limit = buffer.limit();
            long began = nanoTime.getAsLong();
            try {
                while (limit - start < most) {
                    long whole = (at + limit - start) / BLOCK * BLOCK - at;
                    if (whole > 0 && nanoTime.getAsLong() - began > LONGEST_FILL_NANOS) return (int) whole;
                    buffer.limit(start + most).position(limit);
                    int read = wire.read(buffer);
                    if (read < 0) throw new HttpException("it closed the connection too early");
                    limit += read;
                }
                return most;
            } finally {
                buffer.limit(limit).position(start);
            }
        }

        private long deliver(int length) throws UserError, InterruptedException {
            long wanted = sink.take(buffer.slice(buffer.position(), length), at);
            at += length;
            buffer.position(buffer.position() + length).compact().flip();
            return wanted;
        }

        /** Checks the answer and returns where its bytes end. */
        private long end(ResponseHead head) throws IOException {
            long length = head.length("content-length");
            String encoding = head.field("content-encoding");
            if (head.status() != 200 && head.status() != 206) throw refused(head);
            if (head.field("transfer-encoding") != null || (encoding != null && !encoding.equals("identity"))) {
                throw new HttpException("it encoded the bytes although asked not to");
            }
            if (length < 0) throw new HttpException("it did not say how many bytes it sends");
            if (head.status() == 206) {
                Matcher range = CONTENT_RANGE.matcher(String.valueOf(head.field("content-range")));
                if (!range.matches()
                        || Long.parseLong(range.group(1)) != at
                        || Long.parseLong(range.group(2)) != at + length - 1
                        || at + length > to
                        || (!range.group(3).equals("*") && Long.parseLong(range.group(3)) != size)) {
                    throw new HttpException("it sent another range than was asked for");
                }
                return at + length;
            }
            // The server knows no ranges: what lies before is thrown away.
            if (length != size) throw new HttpException("it has " + length + " bytes and not " + size);
            for (long skip = at; skip > 0; ) {
                if (!buffer.hasRemaining()) {
                    buffer.clear();
                    if (wire.read(buffer) < 0) throw new HttpException("it closed the connection too early");
                    buffer.flip();
                }
                int step = (int) Math.min(skip, buffer.remaining());
                buffer.position(buffer.position() + step);
                skip -= step;
            }
            if (to < size) reusable = false;
            return to;
        }

        private static RangeException refused(ResponseHead head) {
            int status = head.status();
            Kind kind = Kind.NEVER;
            if (status == 429 || status == 503) kind = Kind.LATER;
            else if (status >= 500 || status == 408) kind = Kind.AGAIN;
            else if (status >= 300) kind = Kind.STALE;
            Duration later = Backoff.retryAfter(head.field("retry-after"), Instant.now());
            return new RangeException(kind, "the server answered " + status, later, null);
        }
    }

    private static void authorize(StringBuilder request, @Nullable UpstreamProxy proxy) {
        if (proxy == null || proxy.authorization() == null) return;
        request.append("\r\nProxy-Authorization: ").append(proxy.authorization().reveal());
    }

    private Wire connect(URI uri, Target target) throws IOException {
        UpstreamProxy proxy = config.proxies().proxyFor(uri);
        if (proxy != null && proxy.type() == Proxy.Type.SOCKS) {
            Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, resolved(proxy)));
            // The proxy looks the name up.
            return opened(
                    secured(connected(socket, InetSocketAddress.createUnresolved(target.host, target.port)), target));
        }
        String host = proxy == null ? target.host : proxy.address().getHostString();
        int port = proxy == null ? target.port : proxy.address().getPort();
        IOException failure = new UnknownHostException(host);
        for (InetAddress address : InetAddress.getAllByName(host)) {
            try {
                if (!target.tls()) return opened(PlainWire.connect(address, port, config.downloadTimeout()));
                Socket socket = connected(new Socket(), new InetSocketAddress(address, port));
                if (proxy != null) tunnel(socket, target, proxy);
                return opened(secured(socket, target));
            } catch (IOException e) {
                failure.addSuppressed(e);
                if (failure instanceof UnknownHostException) failure = e;
            }
        }
        throw failure;
    }

    private static InetSocketAddress resolved(UpstreamProxy proxy) {
        return new InetSocketAddress(
                proxy.address().getHostString(), proxy.address().getPort());
    }

    private Socket connected(Socket socket, InetSocketAddress to) throws IOException {
        int millis = Math.toIntExact(config.downloadTimeout().toMillis());
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(millis);
            socket.connect(to, millis);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private Wire secured(Socket socket, Target target) throws IOException {
        return target.tls() ? SocketWire.tls(socket, target.host, target.port, tls.sockets()) : new SocketWire(socket);
    }

    /** Asks the proxy for a tunnel (RFC 9110, section 9.3.6). */
    private static void tunnel(Socket socket, Target target, UpstreamProxy proxy) throws IOException {
        String name = target.host + ":" + target.port;
        StringBuilder request = new StringBuilder("CONNECT " + name + " HTTP/1.1\r\nHost: " + name);
        authorize(request, proxy);
        try {
            socket.getOutputStream().write(request.append("\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            ByteBuffer answer = ByteBuffer.allocate(ResponseHead.MAX_LENGTH);
            ResponseHead head = null;
            while (head == null) {
                int next = socket.getInputStream().read();
                if (next < 0 || !answer.hasRemaining()) throw new HttpException("the proxy gave no answer");
                // Byte by byte: what follows the head belongs to TLS.
                answer.put((byte) next);
                if (next == '\n') head = ResponseHead.take(answer.duplicate().flip());
            }
            if (head.status() / 100 != 2) throw new HttpException("the proxy answered " + head.status());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private synchronized @Nullable Wire takeIdle(Target target) {
        Deque<Wire> wires = idle.get(target);
        return wires == null ? null : wires.pollLast();
    }

    private Wire opened(Wire wire) throws IOException {
        synchronized (this) {
            if (!closed) {
                open.add(wire);
                return wire;
            }
        }
        wire.close();
        throw new IOException("reading was stopped");
    }

    private synchronized void keep(Target target, Wire wire) {
        idle.computeIfAbsent(target, any -> new ArrayDeque<>()).addLast(wire);
    }

    private void drop(Wire wire) {
        synchronized (this) {
            open.remove(wire);
        }
        try {
            wire.close();
        } catch (IOException e) {
            System.getLogger(RangeReader.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "a connection did not close: " + e);
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
