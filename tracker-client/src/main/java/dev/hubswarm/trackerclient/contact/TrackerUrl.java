package dev.hubswarm.trackerclient.contact;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Where a tracker is, as a user names it. Immutable. Printing it tells scheme, host and port alone: the path of a
 * tracker is often somebody's secret.
 *
 * <p>{@code http://host:8472} is enough for one of ours or llmpt's: announces go to {@code /announce} there, questions
 * about its catalogue below {@code /api}. {@code http://host:8472/t/TOKEN} is one that only lets in who has that read
 * token. Any other path is that of a BitTorrent tracker, and kept as it is with its query (BEP 3); but one that ends in
 * a slash is where a whole server begins, as llmpt's client has it.
 */
public final class TrackerUrl {
    private static final Pattern FORM =
            Pattern.compile("(https?|udp)://([^/?#]*)([^#]*)(?:#.*)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern WITH_TOKEN = Pattern.compile("/t/([^/]+)(?:/announce)?");
    private static final Pattern BEFORE_PATH = Pattern.compile("[/?#]");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.[0-9]{1,3}){3}");

    private final boolean udp;
    /** With {@code http} for a UDP tracker, which such a URL has no name for. */
    private final HttpUrl announce;

    private final @Nullable Redacted readToken;

    private TrackerUrl(boolean udp, HttpUrl announce, @Nullable Redacted readToken) {
        this.udp = udp;
        this.announce = announce;
        this.readToken = readToken;
    }

    public static TrackerUrl parse(String text) throws UserError {
        Matcher form = FORM.matcher(text.trim());
        if (!form.matches()) throw bad(text.contains("@") ? "" : BEFORE_PATH.split(text, 2)[0], "is no address of one");
        String scheme = form.group(1).toLowerCase(Locale.ROOT);
        String authority = form.group(2);
        if (authority.indexOf('@') >= 0) throw bad("", "has a user's name or a password in it");
        String shown = scheme + "://" + authority;
        boolean udp = scheme.equals("udp");
        HttpUrl url = HttpUrl.parse((udp ? "http" : scheme) + "://" + authority + form.group(3));
        if (url == null) throw bad(shown, "is no address of one");
        if (udp && !authority.matches(".*:[0-9]+")) throw bad(shown, "has no port");
        Matcher token = WITH_TOKEN.matcher(url.encodedPath());
        if (token.matches()) {
            HttpUrl announce = url.newBuilder()
                    .encodedPath("/t/" + token.group(1) + "/announce")
                    .build();
            return new TrackerUrl(udp, announce, new Redacted(url.pathSegments().get(1)));
        }
        return new TrackerUrl(udp, withAnnouncePath(url), null);
    }

    private static HttpUrl withAnnouncePath(HttpUrl url) {
        String path = url.encodedPath();
        if (!path.endsWith("/") || url.encodedQuery() != null) return url;
        return url.newBuilder().encodedPath(path + "announce").build();
    }

    private static UserError bad(String shown, String what) {
        return new UserError(
                UserError.Kind.USAGE,
                "The tracker " + (shown.isEmpty() ? "" : shown + " ") + what + ".",
                "Give it as http://HOST:PORT, https://HOST, udp://HOST:PORT, or the whole announce URL.");
    }

    public boolean isUdp() {
        return udp;
    }

    public String host() {
        return announce.host();
    }

    public int port() {
        return announce.port();
    }

    /** Where to announce by HTTP. */
    public HttpUrl announce() {
        if (udp) throw new IllegalStateException(this + " is no HTTP tracker");
        return announce;
    }

    /** Path and query, which a UDP tracker is told too (BEP 41); empty if they say nothing. */
    public String urlData() {
        String query = announce.encodedQuery();
        if (query != null) return announce.encodedPath() + "?" + query;
        return announce.encodedPath().equals("/announce") ? "" : announce.encodedPath();
    }

    /** An address on the same server, whatever path the tracker itself has: an API lives at the root. */
    HttpUrl api(String path) {
        return announce().newBuilder().query(null).encodedPath(path).build();
    }

    @Nullable
    Redacted readToken() {
        return readToken;
    }

    /** Whether a text repeats what in this address may be a secret. */
    public boolean isToldIn(String text) {
        String path = announce.encodedPath();
        String query = announce.encodedQuery();
        return (readToken != null && text.contains(readToken.reveal()))
                || (query != null && !query.isEmpty() && text.contains(query))
                || (!path.equals("/announce") && text.contains(path));
    }

    /** Whether nobody on the way can answer in its place. */
    public boolean isAuthentic() {
        return !udp && (announce.isHttps() || isLoopback());
    }

    private boolean isLoopback() {
        return host().equals("localhost")
                || host().equals("::1")
                || LOOPBACK_V4.matcher(host()).matches();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrackerUrl url && udp == url.udp && announce.equals(url.announce);
    }

    @Override
    public int hashCode() {
        return announce.hashCode();
    }

    @Override
    public String toString() {
        String host = host().indexOf(':') < 0 ? host() : "[" + host() + "]";
        return (udp ? "udp" : announce.scheme()) + "://" + host + ":" + port();
    }
}
