package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test in which an error was logged, as when a task of a loop broke. JUnit finds it by itself in modules that say
 * so in their poms. Thread-safe.
 */
public final class LogGuard extends Handler implements BeforeEachCallback, AfterEachCallback {
    private final Logger root = Logger.getLogger("");
    private final List<String> errors = new ArrayList<>();

    @Override
    public void beforeEach(ExtensionContext context) {
        root.addHandler(this);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        root.removeHandler(this);
        synchronized (errors) {
            List<String> heard = List.copyOf(errors);
            errors.clear();
            assertEquals(List.of(), heard, "errors were logged");
        }
    }

    @Override
    public void publish(LogRecord entry) {
        if (entry.getLevel().intValue() < Level.SEVERE.intValue()) return;
        synchronized (errors) {
            errors.add(entry.getLoggerName() + ": " + entry.getMessage() + " " + entry.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
