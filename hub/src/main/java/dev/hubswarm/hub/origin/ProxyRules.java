package dev.hubswarm.hub.origin;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy leads where. Immutable.
 *
 * @param http for {@code http://} addresses
 * @param https for {@code https://} addresses
 * @param except as in NO_PROXY: hosts, which stand for all below them, too; with a port if only that is meant; IPv4
 *     networks; or a star for all
 */
public record ProxyRules(
        @Nullable UpstreamProxy http, @Nullable UpstreamProxy https, List<String> except) {
    public static final ProxyRules NONE = new ProxyRules(null, null, List.of());

    private static final Pattern IPV4 =
            Pattern.compile("([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})(?:/([0-9]|[12][0-9]|3[0-2]))?");

    public ProxyRules {
        except = List.copyOf(except);
    }

    /** The proxy for this address, or null for none. */
    public @Nullable UpstreamProxy proxyFor(URI uri) {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
        for (String rule : except) {
            if (matches(rule.toLowerCase(Locale.ROOT), host, port)) return null;
        }
        return secure ? https : http;
    }

    private static boolean matches(String rule, String host, int port) {
        if (rule.equals("*") || rule.equals(host)) return true;
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        if (rule.equals(bare)) return true;
        int slash = rule.indexOf('/');
        if (slash >= 0) return inNetwork(rule, host);
        String name = rule.endsWith(":" + port) ? rule.substring(0, rule.lastIndexOf(':')) : rule;
        if (name.startsWith("*")) name = name.substring(1);
        if (name.startsWith(".")) name = name.substring(1);
        return !name.isEmpty() && (host.equals(name) || host.endsWith("." + name));
    }

    private static boolean inNetwork(String rule, String host) {
        Matcher network = IPV4.matcher(rule);
        Matcher address = IPV4.matcher(host);
        if (!network.matches() || !address.matches()) return false;
        int ignored = 32 - Integer.parseInt(network.group(5));
        return bits(network) >>> ignored == bits(address) >>> ignored;
    }

    private static long bits(Matcher ipv4) {
        long bits = 0;
        for (int i = 1; i <= 4; i++) bits = bits << 8 | Integer.parseInt(ipv4.group(i));
        return bits;
    }
}
