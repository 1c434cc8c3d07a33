package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.CacheLocation;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cache a command works with. Confined to one thread. */
final class CacheOptions {
    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            description = "The cache. Default: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.")
    private @Nullable Path cacheDir;

    private final Map<String, String> environment = System.getenv();
    private final Path home = Path.of(System.getProperty("user.home"));

    Path folder() {
        return cacheDir == null ? CacheLocation.find(environment, home) : cacheDir.toAbsolutePath();
    }

    /** To read from, and to remove from: it makes no folder. */
    HubCache cache() {
        return new HubCache(folder(), journals(), !isSet("HF_HUB_DISABLE_SYMLINKS"));
    }

    Path stateFolder() {
        return StateFolder.find(environment, home);
    }

    /** Where it is written down how far downloads have come; it need not exist. */
    Path journals() {
        return stateFolder().resolve("resume");
    }

    void makeJournals() throws UserError {
        StateFolder.open(stateFolder());
        try {
            Files.createDirectories(journals());
        } catch (IOException e) {
            throw FileErrors.writing(journals(), e);
        }
    }

    private boolean isSet(String variable) {
        String value = environment.getOrDefault(variable, "").toUpperCase(Locale.ROOT);
        return value.equals("1") || value.equals("ON") || value.equals("YES") || value.equals("TRUE");
    }
}
