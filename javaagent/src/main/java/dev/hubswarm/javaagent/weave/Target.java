package dev.hubswarm.javaagent.weave;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A method through which every request of a client comes. Immutable.
 *
 * @param client the name of its kind, as in the option of this name
 * @param kind of the hook it calls
 * @param type its class, with slashes
 * @param watched whether what it returns is looked at, too
 */
public record Target(String client, String kind, String type, String method, int arguments, boolean watched) {
    private static final List<Target> ALL = List.of(
            new Target("huc", "huc", "sun/net/www/protocol/http/HttpURLConnection", "getInputStream0", 0, true),
            new Target(
                    "huc", "huc-redirect", "sun/net/www/protocol/http/HttpURLConnection", "followRedirect0", 3, false),
            new Target("huc", "huc-leave", "sun/net/www/protocol/http/HttpURLConnection", "disconnect", 0, false),
            new Target("jdk", "jdk", "jdk/internal/net/http/HttpClientImpl", "sendAsync", 4, true),
            new Target("okhttp", "okhttp", "okhttp3/internal/http/BridgeInterceptor", "intercept", 1, true),
            new Target("apache4", "apache4", "org/apache/http/impl/execchain/MainClientExec", "execute", 4, true),
            new Target("apache5", "apache5", "org/apache/hc/client5/http/impl/classic/ConnectExec", "execute", 3, true),
            new Target(
                    "apache5",
                    "apache5-async",
                    "org/apache/hc/client5/http/impl/async/AsyncConnectExec",
                    "execute",
                    5,
                    false));

    public static List<Target> of(Set<String> clients) {
        List<Target> wanted = new ArrayList<>();
        for (Target target : ALL) if (clients.contains(target.client())) wanted.add(target);
        return wanted;
    }
}
