package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.CacheLocation;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.OriginEnvironment;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which Hub and which cache a command works with. Confined to one thread. */
final class HubOptions {
    @Option(
            names = "--upstream",
            paramLabel = "URL",
            description = "The Hub. Default: HF_ENDPOINT, else https://huggingface.co.")
    private @Nullable URI upstream;

    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "The cache. Default: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.")
    private @Nullable Path cacheDir;

    private final Map<String, String> environment = System.getenv();
    private final Path home = Path.of(System.getProperty("user.home"));

    OriginConfig origin() throws UserError {
        OriginConfig config = OriginEnvironment.read(environment, home, "hubswarm/" + Version.number());
        if (upstream == null) return config;
        if (!OriginConfig.isEndpoint(upstream)) {
            throw new UserError(
                    Kind.USAGE, "--upstream is '" + upstream + "'.", "Use a full URL, such as https://huggingface.co.");
        }
        return config.at(upstream);
    }

    Path cacheDir() {
        return cacheDir == null ? CacheLocation.find(environment, home) : cacheDir.toAbsolutePath();
    }

    HubCache cache() throws UserError {
        return new HubCache(cacheDir(), journals(), !isSet("HF_HUB_DISABLE_SYMLINKS"));
    }

    /** Where it is written down how far downloads have come. */
    Path journals() throws UserError {
        Path journals = StateFolder.open(StateFolder.find(environment, home)).resolve("resume");
        try {
            return Files.createDirectories(journals);
        } catch (IOException e) {
            throw FileErrors.writing(journals, e);
        }
    }

    private boolean isSet(String variable) {
        String value = environment.getOrDefault(variable, "").toUpperCase(Locale.ROOT);
        return value.equals("1") || value.equals("ON") || value.equals("YES") || value.equals("TRUE");
    }
}
