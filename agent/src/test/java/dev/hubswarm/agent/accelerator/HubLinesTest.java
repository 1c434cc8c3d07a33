package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ThreadLoop;
import dev.hubswarm.hub.download.SpeedLimit;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HubLinesTest {
    private static final int LINES = 4;
    private static final int TASKS = 12;

    private final ThreadLoop loop = new ThreadLoop("lines");
    private final AtomicInteger refused = new AtomicInteger();
    private int left = Integer.MAX_VALUE;

    @AfterEach
    void stop() {
        loop.close();
    }

    private <T> T inside(Supplier<T> task) throws Exception {
        return CompletableFuture.supplyAsync(task, loop::execute).get(60, TimeUnit.SECONDS);
    }

    private ByteBuffer memory() {
        if (left-- > 0) return ByteBuffer.allocate(16);
        refused.incrementAndGet();
        throw new OutOfMemoryError("a test");
    }

    /** Has so many things to read, and remembers who had which buffer. */
    private static class Tasks implements HubLines.Reading {
        final ConcurrentLinkedQueue<ByteBuffer> used = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Throwable> ended = new CompletableFuture<>();
        private int begun;

        @Override
        public HubLines.Urgency urgency() {
            return HubLines.Urgency.ORDERED;
        }

        @Override
        public int order() {
            return 0;
        }

        @Override
        public HubLines.@Nullable Task next(boolean mayShare) {
            if (begun == TASKS) return null;
            begun++;
            return buffer -> {
                used.add(buffer);
                if (used.size() == TASKS) ended.complete(null);
            };
        }

        @Override
        public void broke(Throwable fault) {
            ended.complete(fault);
        }
    }

    private Tasks joined(HubLines lines, Tasks tasks) throws Exception {
        inside(() -> {
            lines.join(tasks);
            return true;
        });
        return tasks;
    }

    @Test
    void withoutMemoryOneLineReadsAllOneAfterAnother() throws Exception {
        left = 1;
        HubLines lines = inside(() -> new HubLines(loop, LINES, new SpeedLimit(0, 0), this::memory));
        Tasks tasks = joined(lines, new Tasks());
        assertNull(tasks.ended.get(60, TimeUnit.SECONDS));
        Set<ByteBuffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
        buffers.addAll(tasks.used);
        assertEquals(1, buffers.size());
        assertTrue(refused.get() < TASKS / 2, "memory is not asked for again and again");
        // And who comes next is served, too.
        assertNull(joined(lines, new Tasks()).ended.get(60, TimeUnit.SECONDS));
        loop.execute(lines::close);
    }

    @Test
    void whoeverBreaksWhileHeIsAskedKeepsNobodyFromReading() throws Exception {
        HubLines lines = inside(() -> new HubLines(loop, LINES, new SpeedLimit(0, 0), this::memory));
        Tasks broken = new Tasks() {
            @Override
            public HubLines.@Nullable Task next(boolean mayShare) {
                throw new IllegalStateException("a test");
            }
        };
        assertInstanceOf(
                IllegalStateException.class, joined(lines, broken).ended.get(60, TimeUnit.SECONDS));
        assertNull(joined(lines, new Tasks()).ended.get(60, TimeUnit.SECONDS));
        loop.execute(lines::close);
    }
}
