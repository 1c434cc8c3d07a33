package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.CacheLocation;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.OriginEnvironment;
import dev.hubswarm.storage.StateFolder;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cache a command works with. Confined to one thread. */
final class CacheOptions {
    @Option(
            names = "--cache-dir",
            paramLabel = "DIR",
            converter = UserFolders.class,
            description = "The cache. Default: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.")
    private @Nullable Path cacheDir;

    private final Map<String, String> environment = OuterEnvironment.get();
    private final Path home = UserFolders.home();

    Path folder() {
        return cacheDir == null ? CacheLocation.find(environment, home) : cacheDir;
    }

    /** To read from, and to remove from: it makes no folder. */
    HubCache cache() throws UserError {
        if (Files.exists(folder()) && !Files.isDirectory(folder())) throw notAFolder(folder());
        boolean symlinks = !OriginEnvironment.isSet(environment, home, "HF_HUB_DISABLE_SYMLINKS");
        return new HubCache(folder(), journals(), symlinks);
    }

    static UserError notAFolder(Path path) {
        return new UserError(
                Kind.FAILED,
                path + " is not a folder.",
                "Point HF_HUB_CACHE or --cache-dir at a folder this user can write to.");
    }

    Path stateFolder() {
        return StateFolder.find(environment, home);
    }

    /** Where it is written down how far downloads have come; it need not exist. */
    Path journals() {
        return stateFolder().resolve("resume");
    }

    void makeJournals(PrintWriter err) throws UserError {
        OwnNotes.makeFolder(stateFolder(), journals(), "Until then what breaks off begins anew.", err);
    }
}
