package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Where the files of one repo at one commit go. Thread-safe. */
public interface Destination {
    /** Whether the file is there, if need be by giving content that is there its name. */
    boolean has(HubFile file) throws UserError;

    /** Where the space for the files is taken; need not exist yet. */
    Path folder();

    /** Bytes of disk that the files will still take. */
    long missing(Collection<HubFile> files) throws UserError;

    /** Keeps those programs that are polite from fetching the file as well; null where that is not worth it. */
    @Nullable
    FlockFile lock(HubFile file) throws InterruptedException;

    /** Goes on with what an earlier download left, or begins. */
    PartFile begin(HubFile file) throws UserError;

    /** The content is whole and its digest right: gives it its name. */
    void publish(PartFile part, HubFile file) throws UserError;
}
