package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.PartFile;

/** Where the files of one repo at one commit go. Thread-safe. */
public interface Destination {
    /** Whether the file is there, if need be by giving content that is there its name. */
    boolean has(HubFile file) throws UserError;

    /** Goes on with what an earlier download left, or begins. */
    PartFile begin(HubFile file) throws UserError;

    /** The content is whole and its digest right: gives it its name. */
    void publish(PartFile part, HubFile file) throws UserError;
}
