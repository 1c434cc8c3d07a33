package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test after which one of our threads is still alive. Register it with {@code @ExtendWith}. Stateless. */
public final class LeakCheck implements AfterEachCallback {
    private static final String OUR_THREADS = "hubswarm-";

    @Override
    public void afterEach(ExtensionContext context) {
        List<String> alive = Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith(OUR_THREADS))
                .sorted()
                .toList();
        assertEquals(List.of(), alive, "threads left behind");
    }
}
