package dev.hubswarm.cli;

import dev.hubswarm.agent.AgentLog;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the agent's log. */
@Command(
        name = "logs",
        description = "Show the agent's log, also after it has ended.",
        mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  hubswarm logs", "  hubswarm logs -f"})
final class LogsCommand implements Callable<Integer> {
    private static final long POLL_MILLIS = 200;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what is written from now on, until Ctrl-C.")
    private boolean follow;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        Path home = StateFolder.find(OuterEnvironment.get(), UserFolders.home());
        Path file = AgentLog.file(home);
        try {
            do print(file);
            while (follow);
            return ExitCode.DONE;
        } catch (NoSuchFileException e) {
            throw new UserError(
                    Kind.NOT_FOUND,
                    "There is no log yet: no agent ran for " + home + ".",
                    "Start one with `hubswarm up --detach`.",
                    e);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Until its end, or, if that is waited for, until another file has taken its name. */
    private void print(Path file) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        @Nullable Object key = key(file);
        try (InputStream in = Files.newInputStream(file)) {
            boolean isOver = false;
            while (true) {
                byte[] bytes = in.readNBytes(64 << 10);
                out.print(new String(bytes, StandardCharsets.UTF_8));
                if (bytes.length > 0) continue;
                out.flush();
                // What came before it got another name is read first.
                if (!follow || isOver) return;
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
                isOver = !Objects.equals(key, key(file));
            }
        }
    }

    private static @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }
}
