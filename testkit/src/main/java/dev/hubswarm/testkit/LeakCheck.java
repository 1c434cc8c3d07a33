package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test after which one of our threads lives on. Register it with {@code @ExtendWith}. Stateless. */
public final class LeakCheck implements AfterEachCallback {
    private static final String OUR_THREADS = "hubswarm-";
    private static final long GRACE_MILLIS = 20_000;

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        List<String> alive = new ArrayList<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!thread.getName().startsWith(OUR_THREADS)) continue;
            // A pool counts as ended a moment before its last thread is gone.
            thread.join(GRACE_MILLIS);
            if (thread.isAlive()) alive.add(thread.getName());
        }
        assertEquals(List.of(), alive, "threads left behind");
    }
}
