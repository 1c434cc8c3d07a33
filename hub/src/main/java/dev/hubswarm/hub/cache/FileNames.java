package dev.hubswarm.hub.cache;

import dev.hubswarm.base.UserError;
import java.util.Collection;

/** Which paths of a repository may become files. Names are refused, never mended. Stateless. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class FileNames {
    private FileNames() {}

    /** Checks all paths that are to be written, each by itself and against the others. */
    public static void check(Collection<String> paths) throws UserError {
        if (paths.isEmpty()) return;
        throw new UnsupportedOperationException();
    }
}
