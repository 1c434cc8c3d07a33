package dev.hubswarm.agent;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The log of an agent: a few files that take turns, so that they never fill a disk (reliability.md T32). Thread-safe. */
public final class AgentLog implements AutoCloseable {
    private static final int MOST_BYTES = 10 << 20;
    private static final int FILES = 5;

    /** One line each, and the stack of what is thrown. */
    private static final class Lines extends Formatter {
        private final SimpleFormatter exceptions = new SimpleFormatter();

        @Override
        public String format(LogRecord record) {
            if (record.getThrown() != null) return exceptions.format(record);
            return String.format(
                    "%1$tF %1$tT %2$s %3$s%n",
                    record.getMillis(), record.getLevel().getName(), formatMessage(record));
        }
    }

    /** Held, or it would be collected, and forget its handler. */
    private final Logger root = Logger.getLogger("");

    private final FileHandler handler;

    private AgentLog(FileHandler handler) {
        this.handler = handler;
        root.addHandler(handler);
    }

    /** Where it is written; earlier parts have 1 to 4 in place of 0. */
    public static Path file(Path home) {
        return home.resolve("logs").resolve("agent.0.log");
    }

    static AgentLog open(Path home) throws UserError {
        Path file = file(home);
        try {
            Files.createDirectories(file.getParent());
            // As a pattern, in which % means something.
            String pattern = file.toString().replace("%", "%%").replaceAll("0(\\.log)$", "%g$1");
            FileHandler handler = new FileHandler(pattern, MOST_BYTES, FILES, true);
            handler.setEncoding(StandardCharsets.UTF_8.name());
            handler.setFormatter(new Lines());
            return new AgentLog(handler);
        } catch (IOException e) {
            throw StateFolder.unwritable(file, e);
        }
    }

    @Override
    public void close() {
        root.removeHandler(handler);
        handler.close();
    }
}
