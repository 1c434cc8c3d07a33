package dev.hubswarm.trackerclient.contact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.testing.FakeTracker;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class TrackerApiTest {
    @Test
    void anAnswerThatTakesLongToReadIsLateToo() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        try (FakeTracker tracker = new FakeTracker().answer("GET /x", 200, "{}");
                TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime())) {
            TrackerApi api = new TrackerApi(http, TrackerUrl.parse(tracker.url()), null, false);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            CompletableFuture<Integer> asked = api.ask(api.url("/x").build(), null, 100, end, reply -> {
                try {
                    late.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return reply.status();
            });
            CompletionException failure = assertThrows(CompletionException.class, asked::join);
            assertInstanceOf(TimeoutException.class, failure.getCause());
            assertEquals(1, tracker.asked().size());
            late.countDown();
        }
    }
}
