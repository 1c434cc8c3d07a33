package dev.hubswarm.agent.control;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names under which a port answers. Immutable.
 *
 * <p>A page whose own name was made to lead here (DNS rebinding, reliability.md T15) is given away by the name that its
 * browser sends, so anything but an exact match is refused.
 */
public final class HostNames {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+]");
    private static final int HTTP_PORT = 80;

    private final Set<String> accepted = new HashSet<>();

    /** @param listen with the port that it got */
    public HostNames(InetSocketAddress listen, List<String> more) {
        for (String name : List.of("127.0.0.1", "localhost", "[::1]")) add(name, listen.getPort());
        if (!listen.getAddress().isAnyLocalAddress()) {
            String address = listen.getAddress().getHostAddress();
            add(address.indexOf(':') < 0 ? address : "[" + address + "]", listen.getPort());
        }
        for (String name : more) add(name, listen.getPort());
    }

    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private void add(String name, int port) {
        String lower = name.toLowerCase(Locale.ROOT);
        accepted.add(lower + ":" + port);
        if (port == HTTP_PORT) accepted.add(lower);
    }

    /** @param host the header of that name; null if there is none, or more than one */
    public boolean accept(@Nullable String host) {
        return host != null && accepted.contains(host.toLowerCase(Locale.ROOT));
    }

    /** Whether a page of ours asked; browsers name where a page is from ({@code Origin}, RFC 6454 section 7). */
    public boolean isOwnPage(String origin) {
        return origin.startsWith("http://") && accept(origin.substring("http://".length()));
    }
}
