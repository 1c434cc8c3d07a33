package dev.hubswarm.agent.proxy;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.HubRequest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Files that need not be fetched. Thread-safe; it waits for the disk. */
final class CachedFiles {
    /** A file, open. Whoever gets it closes it. */
    record Found(KnownFile file, FileChannel bytes) {}

    private final HubCache cache;
    private final PublicNotes notes;

    CachedFiles(HubCache cache, PublicNotes notes) {
        this.cache = cache;
        this.notes = notes;
    }

    /** Null if it is not there. */
    @Nullable
    Found open(KnownFile known) {
        RemoteFile file = known.file();
        Path blob = cache.repo(file.repo()).findBlob(file.digest(), file.size());
        if (blob == null) return null;
        try {
            return new Found(known, FileChannel.open(blob, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
        } catch (IOException e) {
            System.getLogger(CachedFiles.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "cannot open a blob: " + e);
            return null;
        }
    }

    /** What the revision was when it was last looked at, and anybody might read; null if that is not there. */
    @Nullable
    Found openOffline(HubRequest.Resolve asked) {
        try {
            String commit = cache.repo(asked.repo()).readRef(asked.revision());
            RemoteFile file = commit == null ? null : notes.lately(asked.repo(), commit, asked.path());
            return file == null ? null : open(KnownFile.of(file));
        } catch (UserError e) {
            // A revision that no file can be named after.
            return null;
        }
    }
}
