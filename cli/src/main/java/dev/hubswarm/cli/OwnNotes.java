package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes the folders in which we write down how far downloads have come. Stateless. */
final class OwnNotes {
    private OwnNotes() {}

    /**
     * A download without notes is better than none, so a folder that cannot be made is worth no more than a word.
     *
     * @param loss what that costs
     * @throws UserError if others may write there
     */
    static void makeFolder(Path state, Path notes, String loss, PrintWriter err) throws UserError {
        try {
            StateFolder.open(state);
            Files.createDirectories(notes);
        } catch (IOException e) {
            warn(StateFolder.unwritable(notes, e), loss, err);
        } catch (UserError e) {
            if (e.getCause() == null) throw e;
            warn(e, loss, err);
        }
    }

    private static void warn(UserError error, String loss, PrintWriter err) {
        err.println("hubswarm: " + Printable.of(error.getMessage() + " " + loss));
    }
}
