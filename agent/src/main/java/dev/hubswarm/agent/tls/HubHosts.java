package dev.hubswarm.agent.tls;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hosts whose TLS the proxy takes part in: the Hub, and where it sends clients for the bytes of files. Immutable.
 *
 * <p>Of Xet's hosts only the bridge is among them, which serves files; the others serve what only Xet clients read.
 */
public final class HubHosts {
    /** What our authority may speak for whatever the Hub is; all of the hosts below are there. */
    private static final Set<String> DOMAINS = Set.of("huggingface.co", "hf.co");

    private static final Set<String> NAMES =
            Set.of("huggingface.co", "www.huggingface.co", "hf.co", "cas-bridge.xethub.hf.co");
    private static final Pattern STORAGE =
            Pattern.compile("(?:[a-z0-9-]+\\.)*cdn\\.hf\\.co|cdn-lfs[a-z0-9-]*\\.(?:hf|huggingface)\\.co");
    /** Of two labels at least, the last no number: neither localhost nor an address. */
    private static final Pattern NAME = Pattern.compile(
            "(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
            Pattern.CASE_INSENSITIVE);

    private static final int LONGEST_NAME = 253;

    private final @Nullable String upstream;

    /** @param upstream the Hub, which may be another than the public one */
    public HubHosts(URI upstream) {
        boolean tls = "https".equalsIgnoreCase(upstream.getScheme());
        this.upstream = tls ? normal(String.valueOf(upstream.getHost())) : null;
    }

    /** @param host as a client names it, without a port */
    public boolean contains(String host) {
        String name = normal(host);
        return name != null
                && (NAMES.contains(name)
                        || name.equals(upstream)
                        || STORAGE.matcher(name).matches());
    }

    /** What our authority has to be allowed to speak for. */
    public Set<String> domains() {
        Set<String> all = new TreeSet<>(DOMAINS);
        if (upstream != null && all.stream().noneMatch(domain -> isBelow(upstream, domain))) all.add(upstream);
        return all;
    }

    static boolean isBelow(String host, String domain) {
        return host.equals(domain) || host.endsWith("." + domain);
    }

    /** In lower case, without the dot that ends a full name. Null for all that no certificate is made out to. */
    static @Nullable String normal(String host) {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        // Matched before: outside ASCII there are letters whose lower case is in it.
        if (name.length() > LONGEST_NAME || !NAME.matcher(name).matches()) return null;
        return name.toLowerCase(Locale.ROOT);
    }
}
