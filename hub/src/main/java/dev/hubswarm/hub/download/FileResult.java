package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import org.jspecify.annotations.Nullable;

/**
 * What became of one file. Immutable.
 *
 * @param fetched bytes from the Hub; none for a file that was there already
 * @param failure null if the file is there, and its digest was checked unless it was there already
 */
public record FileResult(
        HubFile file,
        long fetched,
        double seconds,
        @Nullable UserError failure) {}
