package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A file that tells which process is the tracker at a port, for the next one that wants the port. Immutable. */
final class TrackerNote implements AutoCloseable {
    private final Path file;
    private final long process;

    private TrackerNote(Path file, long process) {
        this.file = file;
        this.process = process;
    }

    static TrackerNote write(Path stateFolder, int port) throws UserError {
        Path file = file(stateFolder, port);
        ProcessHandle self = ProcessHandle.current();
        try {
            Files.writeString(file, self.pid() + " " + started(self) + "\n");
        } catch (IOException e) {
            throw StateFolder.unwritable(file, e);
        }
        return new TrackerNote(file, self.pid());
    }

    /** The process that wrote the note for this port, if it is still there. */
    static @Nullable Long find(Path stateFolder, int port) {
        try {
            String[] words = Files.readString(file(stateFolder, port)).strip().split(" ", 2);
            long pid = Long.parseLong(words[0]);
            // Ids are used again; a time of start along with the id is not.
            return ProcessHandle.of(pid)
                    .filter(process -> started(process).equals(words[1]))
                    .map(ProcessHandle::pid)
                    .orElse(null);
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }

    /** Which one the note names. */
    long process() {
        return process;
    }

    private static Path file(Path stateFolder, int port) {
        return stateFolder.resolve("tracker-" + port + ".pid");
    }

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("?");
    }

    @Override
    public void close() throws UserError {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StateFolder.unwritable(file, e);
        }
    }
}
