package dev.hubswarm.hub.cache;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where huggingface_hub keeps its cache, by the same variables. Stateless. */
public final class CacheLocation {
    private CacheLocation() {}

    public static Path find(Map<String, String> environment, Path home) {
        @Nullable String cache = environment.getOrDefault("HF_HUB_CACHE", environment.get("HUGGINGFACE_HUB_CACHE"));
        return cache == null ? hfHome(environment, home).resolve("hub") : expanded(cache, home);
    }

    /** {@code HF_HOME}, which also holds the token. */
    public static Path hfHome(Map<String, String> environment, Path home) {
        @Nullable String hfHome = environment.get("HF_HOME");
        if (hfHome != null) return expanded(hfHome, home);
        @Nullable String xdg = environment.get("XDG_CACHE_HOME");
        return (xdg == null ? home.resolve(".cache") : expanded(xdg, home)).resolve("huggingface");
    }

    private static Path expanded(String path, Path home) {
        if (path.equals("~")) return home;
        return path.startsWith("~/")
                ? home.resolve(path.substring(2))
                : Path.of(path).toAbsolutePath();
    }
}
