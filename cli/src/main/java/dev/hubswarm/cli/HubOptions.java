package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.OriginEnvironment;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which Hub a command works with. Confined to one thread. */
final class HubOptions {
    @Option(
            names = "--upstream",
            paramLabel = "URL",
            description = "The Hub. Default: HF_ENDPOINT, else huggingface.co.")
    private @Nullable String upstream;

    private final Map<String, String> environment = System.getenv();
    private final Path home = UserFolders.home();

    OriginConfig origin() throws UserError {
        OriginConfig config = OriginEnvironment.read(environment, home, "hubswarm/" + Version.number());
        if (upstream == null) return config;
        URI endpoint = OriginConfig.endpoint(upstream);
        if (endpoint == null) {
            throw new UserError(
                    Kind.USAGE,
                    "--upstream is not the address of a Hub.",
                    "Use a full URL, such as https://huggingface.co.");
        }
        return config.at(endpoint);
    }

    /**
     * As {@link #origin}, for a proxy: the same variable that leads programs to it must not lead it to itself.
     *
     * @param proxy where it listens
     */
    OriginConfig originBehind(InetSocketAddress proxy) throws UserError {
        OriginConfig config = origin();
        URI endpoint = config.endpoint();
        boolean isLocal = Set.of("127.0.0.1", "localhost", "[::1]").contains(endpoint.getHost());
        boolean isProxy = isLocal && proxy.getPort() != 0 && endpoint.getPort() == proxy.getPort();
        return isProxy && upstream == null ? config.at(OriginConfig.HUGGING_FACE) : config;
    }

    /** The variable or file that the token is from, if there is one. */
    @Nullable
    String tokenSource() throws UserError {
        return OriginEnvironment.tokenSource(environment, home);
    }
}
