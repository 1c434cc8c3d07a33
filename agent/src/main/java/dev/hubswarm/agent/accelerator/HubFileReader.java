package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.FileLocation;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeException;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.hub.origin.RemoteFile;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads one file, wherever the Hub sends us for it. Thread-safe; it blocks. */
final class HubFileReader {
    private final HubOrigin origin;
    private final RangeReader ranges;
    private final RemoteFile file;
    private @Nullable FileLocation location;

    HubFileReader(HubOrigin origin, RangeReader ranges, RemoteFile file) {
        this(origin, ranges, file, null);
    }

    /** @param location where it is, as far as is known */
    HubFileReader(HubOrigin origin, RangeReader ranges, RemoteFile file, @Nullable FileLocation location) {
        this.location = location;
        this.origin = origin;
        this.ranges = ranges;
        this.file = file;
    }

    RemoteFile file() {
        return file;
    }

    /**
     * As {@link RangeReader#read}. An address that has expired is looked up again; one that is refused as soon as the
     * Hub has given it stays refused.
     */
    void read(long from, long to, ByteBuffer buffer, RangeReader.Sink sink)
            throws RangeException, UserError, InterruptedException {
        FileLocation first = location(null);
        try {
            read(first, from, to, buffer, sink);
        } catch (RangeException e) {
            if (e.kind() != RangeException.Kind.STALE) throw e;
            read(location(first), from, to, buffer, sink);
        }
    }

    /** Finds out whether the Hub has it. */
    FileLocation locate() throws UserError, InterruptedException {
        return location(null);
    }

    private void read(FileLocation at, long from, long to, ByteBuffer buffer, RangeReader.Sink sink)
            throws RangeException, UserError, InterruptedException {
        ranges.read(at.uri(), origin.authorizationFor(at.uri()), from, to, file.size(), buffer, sink);
    }

    private synchronized FileLocation location(@Nullable FileLocation refused) throws UserError, InterruptedException {
        FileLocation known = location;
        if (known == null) known = origin.locate(file);
        else if (known.equals(refused)) known = origin.locateAgain(known);
        location = known;
        return known;
    }
}
