package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads from the environment what huggingface_hub and its HTTP libraries read there. Confined to its caller. */
public final class OriginEnvironment {
    private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");

    private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{([^}]*)})");

    private record Found(Redacted token, String from) {}

    private final Map<String, String> environment;
    private final Path home;

    private OriginEnvironment(Map<String, String> environment, Path home) {
        this.environment = environment;
        this.home = home;
    }

    /**
     * @param home the user's home directory
     * @param userAgent what to call ourselves
     */
    public static OriginConfig read(Map<String, String> environment, Path home, String userAgent) throws UserError {
        OriginEnvironment reader = new OriginEnvironment(environment, home);
        Found found = reader.token();
        return new OriginConfig(
                reader.endpoint(),
                found == null ? null : found.token,
                reader.proxies(),
                extraCa(environment, home),
                reader.isSet("HF_HUB_OFFLINE") || reader.isSet("TRANSFORMERS_OFFLINE"),
                userAgent,
                reader.seconds("HF_HUB_ETAG_TIMEOUT"),
                reader.seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
                OriginConfig.DEFAULT_RETRIES);
    }

    /** The variable or file that the token is from, if there is one. */
    public static @Nullable String tokenSource(Map<String, String> environment, Path home) throws UserError {
        Found found = new OriginEnvironment(environment, home).token();
        return found == null ? null : found.from;
    }

    /** A PEM file with more certificate authorities. */
    public static @Nullable Path extraCa(Map<String, String> environment, Path home) {
        OriginEnvironment reader = new OriginEnvironment(environment, home);
        String ca = reader.first("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE");
        return ca == null ? null : reader.path(ca);
    }

    /** Whether the variable says yes. */
    public static boolean isSet(Map<String, String> environment, Path home, String name) {
        return new OriginEnvironment(environment, home).isSet(name);
    }

    /** {@code $HF_HOME}, where the token and the cache are. */
    public static Path hfHome(Map<String, String> environment, Path home) {
        OriginEnvironment reader = new OriginEnvironment(environment, home);
        String hfHome = reader.first("HF_HOME");
        if (hfHome != null) return reader.path(hfHome);
        String cache = reader.first("XDG_CACHE_HOME");
        return (cache == null ? home.resolve(".cache") : reader.path(cache)).resolve("huggingface");
    }

    private URI endpoint() throws UserError {
        String text = first("HF_ENDPOINT");
        if (text == null) return OriginConfig.HUGGING_FACE;
        URI uri = OriginConfig.endpoint(text);
        // Without its text, which may hold a password.
        if (uri == null)
            throw bad("HF_ENDPOINT", "is not the address of a Hub", "an address like https://huggingface.co");
        return uri;
    }

    private @Nullable Found token() throws UserError {
        if (isSet("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return null;
        for (String name : List.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")) {
            Found found = token(first(name), name);
            if (found != null) return found;
        }
        String named = first("HF_TOKEN_PATH");
        Path file = named == null ? hfHome(environment, home).resolve("token") : path(named);
        try {
            return token(Files.readString(file), file.toString());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        } catch (MalformedInputException e) {
            throw badToken(file.toString());
        } catch (IOException e) {
            throw new UserError(
                    UserError.Kind.NOT_ALLOWED,
                    "Cannot read the Hub's token from " + file + ".",
                    "Make the file readable, or set HF_TOKEN.",
                    e);
        }
    }

    private static @Nullable Found token(@Nullable String text, String from) throws UserError {
        String token = text == null ? "" : text.replaceAll("[\r\n]", "").trim();
        // A header would not take it, and the complaint would quote it.
        if (token.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) throw badToken(from);
        return token.isEmpty() ? null : new Found(new Redacted(token), from);
    }

    private static UserError badToken(String from) {
        return bad(from, "holds something that is no token", "a token from https://huggingface.co/settings/tokens");
    }

    private ProxyRules proxies() throws UserError {
        String except = either("NO_PROXY");
        return new ProxyRules(
                proxy("HTTP_PROXY"),
                proxy("HTTPS_PROXY"),
                except == null
                        ? List.of()
                        : Arrays.stream(except.split(",", -1))
                                .map(String::trim)
                                .filter(rule -> !rule.isEmpty())
                                .toList());
    }

    private @Nullable UpstreamProxy proxy(String name) throws UserError {
        String text = either(name);
        if (text == null) text = either("ALL_PROXY");
        if (text == null) return null;
        URI uri;
        try {
            uri = new URI(text.contains("://") ? text : "http://" + text);
        } catch (URISyntaxException e) {
            throw badProxy(name);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        boolean socks = scheme.equals("socks5") || scheme.equals("socks5h");
        String user = uri.getRawUserInfo();
        boolean good = uri.getHost() != null && (socks ? user == null : scheme.equals("http"));
        if (!good) throw badProxy(name);
        int port = uri.getPort() >= 0 ? uri.getPort() : socks ? 1080 : 80;
        return new UpstreamProxy(
                socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP,
                InetSocketAddress.createUnresolved(uri.getHost(), port),
                user == null ? null : basic(user, name));
    }

    private static Redacted basic(String user, String name) throws UserError {
        try {
            String plain = URLDecoder.decode(user.replace("+", "%2B"), UTF_8);
            if (plain.indexOf(':') < 0) plain += ":";
            return new Redacted("Basic " + Base64.getEncoder().encodeToString(plain.getBytes(UTF_8)));
        } catch (IllegalArgumentException e) {
            throw badProxy(name);
        }
    }

    private static UserError badProxy(String name) {
        return bad(
                name + " (or ALL_PROXY)",
                "is not a proxy that can be used",
                "http://[USER:PASSWORD@]HOST:PORT or socks5://HOST:PORT");
    }

    private Duration seconds(String name) throws UserError {
        String text = first(name);
        if (text == null) return OriginConfig.DEFAULT_TIMEOUT;
        if (text.matches("[1-9][0-9]{0,5}")) return Duration.ofSeconds(Long.parseLong(text));
        throw bad(name, "is no number of seconds", "a whole number, at least 1");
    }

    private boolean isSet(String name) {
        String value = first(name);
        return value != null && YES.contains(value.toUpperCase(Locale.ROOT));
    }

    /** In lower case it wins, as in Python and curl. */
    private @Nullable String either(String name) {
        return first(name.toLowerCase(Locale.ROOT), name);
    }

    private @Nullable String first(String... names) {
        for (String name : names) {
            String value = environment.get(name);
            if (value != null && !value.isBlank()) return value.trim();
        }
        return null;
    }

    private Path path(String text) {
        return path(text, environment, home);
    }

    /**
     * A path from a variable, in which {@code ~} is the home directory and {@code $NAME} or {@code ${NAME}} another
     * variable, since a file of settings, unlike a shell, leaves them as they are. One that is not set stays as it is.
     */
    public static Path path(String text, Map<String, String> environment, Path home) {
        String expanded = VARIABLE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(environment.getOrDefault(
                        found.group(1) == null ? found.group(2) : found.group(1), found.group())));
        return path(expanded, home);
    }

    /** A path in which {@code ~} is the home directory. */
    public static Path path(String text, Path home) {
        if (text.equals("~")) return home;
        return text.startsWith("~/") ? home.resolve(text.substring(2)) : Path.of(text);
    }

    private static UserError bad(String name, String what, String wanted) {
        return new UserError(UserError.Kind.USAGE, name + " " + what + ".", "Set it to " + wanted + ", or unset it.");
    }
}
