package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.accelerator.BrokenTrust;
import dev.hubswarm.agent.accelerator.Delivery;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer that is in a file: the whole, one range, or several as parts of one body (RFC 9110 section
 * 14.6); or a file that grows meanwhile. Confined to the client's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class FileBody {
    /** It holds nothing that a file would: each part says its length. */
    private static final String BOUNDARY = "hubswarm-81f0c2b6e5a94d37";

    private static final String END = "\r\n--" + BOUNDARY + "--\r\n";

    private final ClientConnection client;
    private final Runnable closing;
    private final BodyPump pump;
    private final RangePlan plan;
    private final long size;
    /** Up to where it may be sent. */
    private final LongFunction<CompletableFuture<Long>> released;

    private Runnable done = () -> {};
    private Runnable lost = () -> {};
    private Runnable torn = () -> {};
    private int part;
    private long at;
    private boolean isClosed;

    private FileBody(
            ClientConnection client,
            Executor disk,
            FileChannel file,
            RangePlan plan,
            long size,
            LongFunction<CompletableFuture<Long>> released,
            Runnable closing) {
        this.client = client;
        this.plan = plan;
        this.size = size;
        this.released = released;
        this.closing = closing;
        this.pump = new BodyPump(client, file, disk, this::tear);
    }

    /** Of a file that is whole, and is closed afterwards. */
    static FileBody of(ClientConnection client, Executor disk, FileChannel file, RangePlan plan, long size) {
        CompletableFuture<Long> all = CompletableFuture.completedFuture(size);
        return new FileBody(client, disk, file, plan, size, at -> all, () -> close(file));
    }

    /** Of a file that is on its way. */
    static FileBody of(ClientConnection client, Executor disk, Delivery delivery, RangePlan plan, long size) {
        return new FileBody(client, disk, delivery.bytes(), plan, size, delivery::released, delivery::close);
    }

    static void close(FileChannel file) {
        try {
            file.close();
        } catch (IOException e) {
            System.getLogger(FileBody.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "cannot close a file: " + e);
        }
    }

    /** Of several ranges. */
    String type() {
        return "multipart/byteranges; boundary=" + BOUNDARY;
    }

    /** Of several ranges, with what stands between them. */
    long length() {
        long length = END.length();
        for (RangePlan.Span span : plan.spans()) length += partHead(span).length() + span.length();
        return length;
    }

    private String partHead(RangePlan.Span span) {
        return "\r\n--" + BOUNDARY + "\r\nContent-Type: application/octet-stream\r\nContent-Range: "
                + span.contentRange(size) + "\r\n\r\n";
    }

    /**
     * @param whenSent called when all of it is with the client
     * @param whenLost called if the rest cannot be had; what was sent until then was right, and ends at {@link #at}
     * @param whenTorn called if nobody knows how much was sent, or that was wrong
     */
    void begin(Runnable whenSent, Runnable whenLost, Runnable whenTorn) {
        done = whenSent;
        lost = whenLost;
        torn = whenTorn;
        next();
    }

    /** The first byte that was not sent. */
    long at() {
        return at;
    }

    private void next() {
        if (isClosed) return;
        if (part == plan.spans().size()) {
            if (plan.isMultiple()) client.content(Unpooled.copiedBuffer(END, StandardCharsets.US_ASCII));
            done.run();
            return;
        }
        RangePlan.Span span = plan.spans().get(part);
        at = span.from();
        if (plan.isMultiple()) client.content(Unpooled.copiedBuffer(partHead(span), StandardCharsets.US_ASCII));
        go();
    }

    private void go() {
        if (isClosed) return;
        long to = plan.spans().get(part).to();
        if (at == to) {
            part++;
            next();
            return;
        }
        released.apply(at).whenComplete((until, failure) -> {
            if (client.loop().inEventLoop()) send(until, failure, to);
            else client.loop().execute(() -> send(until, failure, to));
        });
    }

    private void send(@Nullable Long until, @Nullable Throwable failure, long to) {
        if (isClosed) return;
        if (failure != null || until == null) {
            (failure instanceof BrokenTrust ? torn : lost).run();
            return;
        }
        long end = Math.min(until, to);
        pump.send(at, end, () -> {
            at = end;
            go();
        });
    }

    private void tear() {
        if (!isClosed) torn.run();
    }

    void writable() {
        pump.writable();
    }

    void close() {
        if (isClosed) return;
        isClosed = true;
        pump.stop();
        closing.run();
    }
}
