package dev.hubswarm.hub.origin;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Time as the origin sees it, so that tests can be it. Implementations are thread-safe. */
public interface OriginClock {
    OriginClock SYSTEM = new OriginClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Instant instant() {
            return Instant.now();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    };

    long nanoTime();

    Instant instant();

    void sleep(long nanos) throws InterruptedException;
}
