package dev.hubswarm.agent;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * That one agent, and no other, runs with a {@code HUBSWARM_HOME}. It ends with the process, whatever ends that.
 * Immutable.
 *
 * <p>A lock of Java's kind, for only we lock this file. A process that closes any channel on it loses the lock (fcntl),
 * so nothing else opens it.
 */
final class InstanceLock implements AutoCloseable {
    private final FileChannel channel;

    private InstanceLock(FileChannel channel) {
        this.channel = channel;
    }

    static InstanceLock take(Path home) throws UserError {
        Path file = home.resolve("agent.lock");
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean taken = false;
            try {
                taken = channel.tryLock() != null;
            } catch (OverlappingFileLockException e) {
                // This process has another agent.
            } finally {
                if (!taken) channel.close();
            }
            if (!taken) throw running(home);
            return new InstanceLock(channel);
        } catch (IOException e) {
            throw StateFolder.unwritable(file, e);
        }
    }

    private static UserError running(Path home) {
        ControlClient client = ControlClient.find(home);
        String process = client == null ? "" : ", process " + client.agent().pid();
        return new UserError(
                Kind.FAILED,
                "A hubswarm agent runs already for " + home + process + ".",
                "Stop it with `hubswarm down`, or set HUBSWARM_HOME to another folder for a second one.");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
