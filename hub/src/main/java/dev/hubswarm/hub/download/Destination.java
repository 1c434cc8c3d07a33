package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Where the files of one plan go. Thread-safe. */
public interface Destination {
    /** Where the files will be found under their own names; it need not exist yet. */
    Path folder();

    /** Whether the file is there, if need be by giving content that is there its name. */
    boolean has(HubFile file) throws UserError;

    /** Bytes of disk that the files will still take. */
    long missing(Collection<HubFile> files) throws UserError;

    /** Keeps those programs that are polite from fetching the file as well; null where that is not worth it. */
    @Nullable
    FlockFile lock(HubFile file) throws InterruptedException;

    /** Goes on with what an earlier download left, or begins. */
    PartFile begin(HubFile file) throws UserError;

    /** The content is whole and its digest right: gives it its name. */
    void publish(PartFile part, HubFile file) throws UserError;

    /**
     * All files of a whole repo are there: writes down which those are, unless that is known, for one that is there may
     * know more.
     */
    void list() throws UserError;

    /** Makes the names last that were given. */
    void sync();

    /** All files are there: lets the revision lead to them. Last, since whoever finds it must find them. */
    void name() throws UserError;
}
