package dev.hubswarm.agent.accelerator;

import dev.hubswarm.hub.origin.RemoteFile;
import java.nio.file.Path;

/**
 * A file that is in the cache now, its digest right. Immutable.
 *
 * @param path its name in the snapshot
 */
public record FetchedFile(RemoteFile file, Path path) {}
