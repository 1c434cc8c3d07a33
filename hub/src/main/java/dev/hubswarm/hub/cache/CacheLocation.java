package dev.hubswarm.hub.cache;

import dev.hubswarm.hub.origin.OriginEnvironment;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where huggingface_hub keeps its cache, by the same variables. Stateless. */
public final class CacheLocation {
    private CacheLocation() {}

    public static Path find(Map<String, String> environment, Path home) {
        @Nullable String cache = environment.getOrDefault("HF_HUB_CACHE", environment.get("HUGGINGFACE_HUB_CACHE"));
        Path found = cache == null
                ? OriginEnvironment.hfHome(environment, home).resolve("hub")
                : OriginEnvironment.path(cache, environment, home);
        return found.toAbsolutePath();
    }
}
