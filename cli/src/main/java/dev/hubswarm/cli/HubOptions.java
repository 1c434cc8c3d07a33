package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.OriginEnvironment;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which Hub a command works with. Confined to one thread. */
final class HubOptions {
    @Option(
            names = "--upstream",
            paramLabel = "URL",
            description = "The Hub. Default: HF_ENDPOINT, else huggingface.co.")
    private @Nullable String upstream;

    private final Map<String, String> environment = OuterEnvironment.get();
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

    /** The variable or file that the token is from, if there is one. */
    @Nullable
    String tokenSource() throws UserError {
        return OriginEnvironment.tokenSource(environment, home);
    }
}
