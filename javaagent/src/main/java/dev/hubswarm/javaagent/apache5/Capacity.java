package dev.hubswarm.javaagent.apache5;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;

/** How many bytes the program will take. One monitor: the program says it on any thread. */
final class Capacity implements CapacityChannel {
    private static final long GLANCE_MILLIS = 250;

    private long left;

    @Override
    public synchronized void update(int more) {
        left = Math.min(Integer.MAX_VALUE, left + more);
        notifyAll();
    }

    /** Hands a part over when there is room. As in the client itself, the consumer is asked for more room when it has none. */
    void give(AsyncDataConsumer consumer, ByteBuffer part, BooleanSupplier cancelled) throws IOException {
        if (isFull()) {
            consumer.updateCapacity(this);
            await(cancelled);
        }
        take(part.remaining());
        consumer.consume(part);
    }

    private synchronized boolean isFull() {
        return left <= 0;
    }

    private synchronized void take(int bytes) {
        left -= bytes;
    }

    private synchronized void await(BooleanSupplier cancelled) throws IOException {
        try {
            while (left <= 0) {
                if (cancelled.getAsBoolean()) throw new InterruptedIOException("Canceled");
                wait(GLANCE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
