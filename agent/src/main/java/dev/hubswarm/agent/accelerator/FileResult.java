package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import org.jspecify.annotations.Nullable;

/**
 * What became of one file. Immutable.
 *
 * @param verified whether its digest was checked, as that of a file that was there already is not
 * @param shareable null if it must be read again to be shared, as one that was there already
 * @param failure null if the file is there
 */
public record FileResult(
        HubFile file,
        long fromHub,
        long fromPeers,
        double seconds,
        boolean verified,
        @Nullable Shareable shareable,
        @Nullable UserError failure) {
    static FileResult wasThere(HubFile file) {
        return new FileResult(file, 0, 0, 0, false, null, null);
    }

    static FileResult ofHub(HubFile file, double seconds) {
        return new FileResult(file, file.size(), 0, seconds, true, null, null);
    }

    static FileResult failed(HubFile file, double seconds, UserError failure) {
        return new FileResult(file, 0, 0, seconds, false, null, failure);
    }

    public long fetched() {
        return fromHub + fromPeers;
    }
}
