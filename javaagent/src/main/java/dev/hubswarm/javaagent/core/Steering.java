package dev.hubswarm.javaagent.core;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides which request goes to the agent. The Hub itself is always asked by the program, as without us; it says whether
 * the caller may have the file, which one it is and where its bytes are. Only the GET for these bytes is answered from
 * the agent, and only if that has the very file. Thread-safe.
 */
public final class Steering {
    private static final long HEAD_MILLIS = 10_000;
    private static final long HUNG_NANOS = 30_000_000_000L;
    /** So that a program with many requests does not look for an agent with each, and meets it soon after its start. */
    private static final long AWAY_NANOS = 1_000_000_000L;
    /** What these ask for depends on names that only the CDN gives, or is not a plain range. */
    private static final Set<String> OTHER_QUESTIONS =
            Set.of("If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since");
    /** The agent's ETag is the Hub's; the CDN has another, which the program may have met. */
    private static final Map<String, String> TOLD = Map.of(
            "content-type", "Content-Type",
            "content-length", "Content-Length",
            "content-range", "Content-Range",
            "accept-ranges", "Accept-Ranges",
            "content-disposition", "Content-Disposition",
            "date", "Date");

    private final Set<String> origins;
    private final Links links = new Links();
    private final Agent agent;
    private final Breaker breaker = new Breaker();
    private final Autostart autostart;
    private final Log log;

    Steering(String upstream, Agent agent, Autostart autostart, Log log) {
        // The short name is the same site.
        origins = upstream.equals(Options.HUB) ? Set.of(upstream, "https://hf.co") : Set.of(upstream);
        this.agent = agent;
        this.autostart = autostart;
        this.log = log;
    }

    public Log log() {
        return log;
    }

    /** Whether an address is of a file at the Hub, whose redirect is worth a look. */
    public boolean isHubFile(String scheme, String authority, String path) {
        if (path.indexOf("/resolve/") < 0) return false;
        return origins.contains(scheme + "://" + withoutUsualPort(scheme, authority.toLowerCase(Locale.ROOT)));
    }

    private static String withoutUsualPort(String scheme, String authority) {
        String port = scheme.equals("https") ? ":443" : ":80";
        return authority.endsWith(port) ? authority.substring(0, authority.length() - port.length()) : authority;
    }

    /** The cheapest of answers, for all who never meet the Hub. */
    public boolean hasLinks() {
        return !links.areNone();
    }

    /** It could not be reached a moment ago. */
    public boolean isAgentAway() {
        return breaker.isOpen(System.nanoTime());
    }

    /** Remembers where the Hub sent the program; {@code location} is absolute. */
    public void left(
            String path,
            @Nullable String authorization,
            int status,
            Function<String, @Nullable String> header,
            @Nullable Object version,
            String location) {
        Link link = Link.of(path, authorization, status, header, version);
        if (link != null) links.put(key(location), link, System.nanoTime());
    }

    public @Nullable Link find(String method, String address) {
        if (links.areNone() || !method.equals("GET")) return null;
        return links.find(key(address), System.nanoTime());
    }

    /** Some clients name the port that everybody means, or write a host as it was typed. */
    private static String key(String address) {
        int host = address.indexOf("://") + 3;
        int path = address.indexOf('/', host);
        if (host < 3 || path < 0) return address;
        String scheme = address.substring(0, host - 3);
        String authority =
                withoutUsualPort(scheme, address.substring(host, path).toLowerCase(Locale.ROOT));
        return scheme + "://" + authority + address.substring(path);
    }

    /**
     * Asks the agent; null if the program's own request is to go its way.
     *
     * @param header of the program's request
     * @param givenUp whether the program wants the answer no longer
     */
    public @Nullable Answer ask(
            Link link, Function<String, @Nullable String> header, Rest rest, BooleanSupplier givenUp) {
        long now = System.nanoTime();
        if (breaker.isOpen(now)) return null;
        for (String name : OTHER_QUESTIONS) if (header.apply(name) != null) return null;
        String range = header.apply("Range");
        if (range != null && !Patterns.RANGE.matcher(range).matches()) return null;
        AgentSocket socket;
        try {
            socket = agent.connect();
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            log.debug(() -> "no agent: " + e);
            breaker.open(now + AWAY_NANOS);
            autostart.begin();
            return null;
        }
        Answer answer = null;
        try {
            answer = ask(socket, link, range, rest, givenUp);
            breaker.close();
        } catch (SocketTimeoutException e) {
            breaker.open(now + HUNG_NANOS);
            log.trouble("The agent does not answer; it is left alone for half a minute");
        } catch (InterruptedIOException e) {
            // The program's own request will notice the same.
            log.debug(() -> "given up: " + link);
        } catch (IOException | RuntimeException e) {
            log.debug(() -> "the agent has failed: " + e);
        } finally {
            if (answer == null) socket.close();
        }
        return answer;
    }

    private @Nullable Answer ask(
            AgentSocket socket, Link link, @Nullable String range, Rest rest, BooleanSupplier givenUp)
            throws IOException {
        StringBuilder request =
                new StringBuilder("GET ").append(link.target()).append(" HTTP/1.1\r\nHost: localhost\r\n");
        request.append("User-Agent: hubswarm-javaagent\r\nConnection: close\r\n");
        String authorization = link.authorization();
        if (authorization != null)
            request.append("Authorization: ").append(authorization).append("\r\n");
        if (range != null) request.append("Range: ").append(range).append("\r\n");
        socket.send(request.append("\r\n").toString());

        String[] lines = socket.head(HEAD_MILLIS, givenUp).split("\r\n", -1);
        Matcher statusLine = Patterns.STATUS.matcher(lines[0]);
        if (!statusLine.matches()) throw new IOException("no HTTP: " + lines[0]);
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0)
                headers.put(
                        lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).trim());
        }
        int status = Integer.parseInt(statusLine.group(1));
        Answer answer = accept(socket, link, range, status, headers, rest, givenUp);
        log.debug(() ->
                link + (answer == null ? " is not to be had from the agent: " + status : " comes from the agent"));
        return answer;
    }

    /** Only success is passed on; every refusal is the Hub's to say. */
    private @Nullable Answer accept(
            AgentSocket socket,
            Link link,
            @Nullable String range,
            int status,
            Map<String, String> headers,
            Rest rest,
            BooleanSupplier givenUp) {
        boolean sameFile = link.isNamedBy(headers.get("x-linked-etag")) || link.isNamedBy(headers.get("etag"));
        String length = headers.getOrDefault("content-length", "");
        if (status != (range == null ? 200 : 206)
                || !sameFile
                || headers.containsKey("content-encoding")
                || headers.containsKey("transfer-encoding")
                || !length.matches("\\d{1,18}")) return null;
        long first = 0;
        long count = Long.parseLong(length);
        if (range == null) {
            if (count != link.size()) return null;
        } else {
            Matcher part = Patterns.CONTENT_RANGE.matcher(headers.getOrDefault("content-range", ""));
            if (!part.matches() || Long.parseLong(part.group(3)) != link.size()) return null;
            first = Long.parseLong(part.group(1));
            if (count == 0 || Long.parseLong(part.group(2)) - first + 1 != count || !isWhatWasAsked(range, first))
                return null;
        }
        Map<String, String> told = new HashMap<>();
        TOLD.forEach((key, name) -> {
            String value = headers.get(key);
            if (value != null) told.put(name, value);
        });
        String etag = link.etag();
        if (etag != null) told.put("ETag", etag);
        return new Answer(status, told, new Body(socket, rest, givenUp, log, first, count, link.size()));
    }

    private static boolean isWhatWasAsked(String range, long first) {
        String from = range.substring("bytes=".length(), range.indexOf('-'));
        return from.isEmpty() || (from.length() < 19 && Long.parseLong(from) == first);
    }

    /** Apart, since a program that downloads nothing needs none of them. */
    private static final class Patterns {
        static final Pattern RANGE = Pattern.compile("bytes=(?:\\d+-\\d*|-\\d+)");
        static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
        static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})(?: .*)?");

        private Patterns() {}
    }
}
