package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import org.jspecify.annotations.Nullable;

/**
 * What became of one file. Immutable.
 *
 * @param fetched bytes from the Hub
 * @param verified whether its digest was checked, as that of a file that was there already is not
 * @param failure null if the file is there
 */
public record FileResult(
        HubFile file,
        long fetched,
        double seconds,
        boolean verified,
        @Nullable UserError failure) {
    public static FileResult wasThere(HubFile file) {
        return new FileResult(file, 0, 0, false, null);
    }

    public static FileResult published(HubFile file, long fetched, double seconds) {
        return new FileResult(file, fetched, seconds, true, null);
    }

    public static FileResult failed(HubFile file, long fetched, double seconds, UserError failure) {
        return new FileResult(file, fetched, seconds, false, failure);
    }
}
