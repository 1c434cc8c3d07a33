package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a class of tests by whose end one of Netty's buffers was lost. JUnit finds it by itself in modules that say so in
 * their poms. Thread-safe.
 */
public final class BufferGuard implements BeforeAllCallback, AfterAllCallback {
    private static final int ROUNDS = 4;
    private static final long PATIENCE_MILLIS = 60_000;
    private static final Queue<String> LOST = new ConcurrentLinkedQueue<>();
    private static volatile boolean isNettyUsed;

    /** Whatever is logged where, it hears of all that is lost. */
    private static final class Detector<T> extends ResourceLeakDetector<T> {
        Detector(Class<?> resource, int interval) {
            super(resource, interval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resource, String records) {
            LOST.add(resource + records);
        }

        @Override
        protected void reportUntracedLeak(String resource) {
            LOST.add(resource);
        }
    }

    static {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval, long active) {
                isNettyUsed = true;
                return new Detector<>(resource, interval);
            }
        });
    }

    /** Its class is loaded before Netty's buffers are, which ask for their detector once. */
    @Override
    public void beforeAll(ExtensionContext context) {}

    @Override
    public void afterAll(ExtensionContext context) {
        if (isNettyUsed) assertEquals(List.of(), lost(), "buffers were lost");
    }

    /** Of each where it was touched; nothing is said twice. */
    static List<String> lost() {
        // What was lost is heard of when the collector has found it and another buffer is made.
        for (int round = 0; round < ROUNDS; round++) {
            collect();
            ByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
        List<String> lost = List.copyOf(LOST);
        LOST.clear();
        return lost;
    }

    /** Returns when the collector has said what it found, which is the work of another thread. */
    private static void collect() {
        ReferenceQueue<Object> found = new ReferenceQueue<>();
        PhantomReference<Object> lost = new PhantomReference<>(new Object(), found);
        System.gc();
        try {
            assertEquals(lost, found.remove(PATIENCE_MILLIS), "nothing was collected");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
