package dev.hubswarm.agent.accelerator;

import dev.hubswarm.hub.origin.RemoteFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is in the cache now, its digest right. Immutable.
 *
 * @param path its name in the snapshot
 * @param shareable null if it must be read again to be shared
 */
public record FetchedFile(
        RemoteFile file, Path path, @Nullable Shareable shareable) {}
