package dev.hubswarm.trackerclient.announce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.testkit.LeakCheck;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class AnnounceLoopTest {
    @Test
    void timersRunInTheirOrderUnlessCancelled() throws Exception {
        List<String> ran = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> last = new CompletableFuture<>();
        try (AnnounceLoop loop = new AnnounceLoop()) {
            loop.execute(() -> {
                loop.cancel(null);
                long now = System.nanoTime();
                loop.at(now + TimeUnit.MILLISECONDS.toNanos(40), () -> last.complete(null));
                loop.at(now + TimeUnit.MILLISECONDS.toNanos(30), () -> ran.add("second"));
                loop.cancel(loop.at(now + TimeUnit.MILLISECONDS.toNanos(20), () -> ran.add("cancelled")));
                loop.at(now + TimeUnit.MILLISECONDS.toNanos(10), () -> {
                    ran.add("first");
                    throw new IllegalStateException("which ends nothing");
                });
            });
            last.get(60, TimeUnit.SECONDS);
        }
        assertEquals(List.of("first", "second"), ran);
    }
}
