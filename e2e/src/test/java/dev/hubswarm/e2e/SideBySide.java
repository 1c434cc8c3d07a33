package dev.hubswarm.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Runs tests at the same time that wait more than they work. Confined to one thread. */
final class SideBySide implements AutoCloseable {
    private final ExecutorService running;

    SideBySide(int atOnce) {
        running = Executors.newFixedThreadPool(atOnce);
    }

    /** One of them; what it returns means nothing. */
    record Part(String name, Callable<?> run) {}

    /** They run from now on; each test waits for its own. */
    Stream<DynamicTest> start(List<Part> parts) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Part part : parts) {
            Future<?> result = running.submit(part.run);
            tests.add(DynamicTest.dynamicTest(part.name, () -> await(result)));
        }
        return tests.stream();
    }

    private static void await(Future<?> result) throws Throwable {
        try {
            result.get(5, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause == null ? e : cause;
        }
    }

    /** Waits for those that were broken off, so that nothing of them is left. */
    @Override
    public void close() {
        running.shutdownNow();
        try {
            running.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
