package dev.hubswarm.javaagent.jdk;

import dev.hubswarm.javaagent.core.Body;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Hands a body to a subscriber, as much as that asks for, on the thread that runs it. The subscription may be used by any
 * thread.
 */
final class BodyPump implements Flow.Subscription {
    private static final int PART = 64 << 10;
    /** Far more than anybody has in memory, and far from where a semaphore overflows. */
    private static final int ENOUGH = 1 << 28;

    private final Body body;
    private final BodySubscriber<?> subscriber;
    private final Semaphore wanted = new Semaphore(0);
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean wrong;

    BodyPump(Body body, BodySubscriber<?> subscriber) {
        this.body = body;
        this.subscriber = subscriber;
    }

    void run() {
        try (body) {
            subscriber.onSubscribe(this);
            byte[] part = new byte[PART];
            while (true) {
                // Whoever asks for all asks once.
                wanted.acquire();
                if (wrong) throw new IllegalArgumentException("request of nothing");
                if (ended.get()) return;
                int got = body.read(part, 0, part.length);
                if (got < 0) break;
                subscriber.onNext(List.of(ByteBuffer.wrap(part, 0, got).asReadOnlyBuffer()));
                part = new byte[PART];
                if (body.isAtEnd()) break;
            }
            if (ended.compareAndSet(false, true)) subscriber.onComplete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (ended.compareAndSet(false, true)) subscriber.onError(new IOException(e));
        } catch (Throwable e) {
            if (ended.compareAndSet(false, true)) subscriber.onError(e);
        }
    }

    @Override
    public void request(long count) {
        if (count <= 0) wrong = true;
        if (wanted.availablePermits() < ENOUGH) wanted.release((int) Math.max(1, Math.min(count, ENOUGH)));
    }

    @Override
    public void cancel() {
        ended.set(true);
        try {
            body.close();
        } catch (IOException e) {
            // Nothing can be lost.
        }
        wanted.release();
    }
}
