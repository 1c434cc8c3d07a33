package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test in which a buffer was lost, or a task of the loop broke. Confined to one test at a time. */
final class LeakDetection extends Handler implements BeforeEachCallback, AfterEachCallback {
    private static final int ROUNDS = 4;
    private static final int BUFFERS = 200;

    private final Logger root = Logger.getLogger("");
    private final List<String> reports = new ArrayList<>();

    @Override
    public void beforeEach(ExtensionContext context) {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        root.addHandler(this);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        // What was lost is reported when the collector has found it and another buffer is made.
        for (int round = 0; round < ROUNDS; round++) {
            System.gc();
            for (int i = 0; i < BUFFERS; i++) {
                ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(16);
                buffer.release();
            }
        }
        root.removeHandler(this);
        synchronized (reports) {
            assertEquals(List.of(), reports);
        }
    }

    @Override
    public void publish(LogRecord entry) {
        boolean isSevere = entry.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue();
        if (!isSevere) return;
        synchronized (reports) {
            reports.add(entry.getLoggerName() + ": " + entry.getMessage() + " " + entry.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
