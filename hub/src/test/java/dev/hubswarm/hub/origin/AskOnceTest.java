package dev.hubswarm.hub.origin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.base.UserError;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class AskOnceTest {
    private final VirtualClock clock = new VirtualClock();
    private final AskOnce<String, Integer> answers = new AskOnce<>(10, Duration::ofSeconds, clock);

    @Test
    void anAnswerLastsAsLongAsItSays() throws Exception {
        assertEquals(5, answers.get("k", () -> 5));
        clock.advance(Duration.ofSeconds(4));
        assertEquals(5, answers.get("k", () -> 6));
        clock.advance(Duration.ofSeconds(2));
        assertEquals(7, answers.get("k", () -> 7));
        answers.forget("k", 5);
        assertEquals(7, answers.get("k", () -> 8));
        answers.forget("k", 7);
        assertEquals(9, answers.get("k", () -> 9));
    }

    @Test
    void aFailureIsNotRemembered() throws Exception {
        UserError failure = new UserError(UserError.Kind.FAILED, "No.", "Ask again.");
        assertThrows(
                UserError.class,
                () -> answers.get("k", () -> {
                    throw failure;
                }));
        assertThrows(
                IllegalStateException.class,
                () -> answers.get("k", () -> {
                    throw new IllegalStateException("a bug");
                }));
        assertEquals(1, answers.get("k", () -> 1));
    }

    @Test
    void whoWaitsAsksHimselfIfTheAskerIsInterrupted() throws Exception {
        ExecutorService asker = Executors.newSingleThreadExecutor();
        CountDownLatch asking = new CountDownLatch(1);
        try {
            Future<Integer> interrupted = asker.submit(() -> answers.get("k", () -> {
                asking.countDown();
                new CountDownLatch(1).await();
                return 1;
            }));
            asking.await();
            AtomicReference<Object> heard = new AtomicReference<>("nothing");
            Thread waiting = new Thread(() -> {
                try {
                    heard.set(answers.get("k", () -> 2));
                } catch (UserError | InterruptedException e) {
                    heard.set(e);
                }
            });
            waiting.start();
            while (waiting.getState() != Thread.State.WAITING) Thread.onSpinWait();
            interrupted.cancel(true);
            waiting.join();
            assertEquals(2, heard.get());
        } finally {
            asker.shutdown();
        }
        assertFalse(Thread.interrupted());
    }
}
