package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.Backoff;
import dev.hubswarm.hub.origin.RangeException;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.RunsInOrder;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The Hub as a source of one file: it has everything. Confined to the transfer's loop, but for what a line does.
 *
 * <p>Each of its lines is a {@link Source} of its own, since one may be slow and the others not. Each has a slice of the
 * file, the first of them at the front, so that lines do not cut each other short; what is asked for is the slice, since
 * each range costs a pause. What is picked goes on through it, and the range ends early where somebody else was quicker.
 * When all is in some slice, the larger ones are shared. When nothing is left of them, a line does what the transfer
 * finds for it.
 */
final class HubSource implements HubLines.Reading {
    /** Called on the loop. */
    interface Listener {
        /** It is given up, and has left. */
        void gone(UserError why);

        /**
         * Waits while what came is too far ahead of what is done with it. Called on a line's thread.
         *
         * @return whether it waited
         */
        boolean keepPace() throws InterruptedException;

        /** Bytes. */
        long fromPeers();

        void broke(Throwable fault);
    }

    private static final long SMALLEST_SLICE = 4L << 20;
    private static final long LARGEST_SLICE = 64L << 20;
    /** Large at first, small at the end, so that all end at about the same time. */
    private static final int SLICES_PER_LINE = 2;
    /** What is taken over from another line must be worth a request. */
    private static final long LEAST_SHARED = 1 << 20;
    /** And what comes sooner than this is not: what is under way when a range ends early has left the Hub in vain. */
    private static final double SOON_SECONDS = 1;

    private static final int MUCH_SLOWER = 3;

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final Loop loop;
    private final Transfer transfer;
    private final PieceGeometry geometry;
    private final HubFileReader file;
    private final HubLines lines;
    private final int order;
    private final int retries;
    private final RandomGenerator random;
    private final Listener listener;

    private final List<Line> own = new ArrayList<>();
    /** Where a client waits. */
    private long front;
    /** In a row, without a byte from anybody in between. */
    private int failures;
    /** At the last of them. */
    private long lastFailure;

    private long fromPeers;

    private Loop.@Nullable Timer pause;
    private boolean mayRead;
    private HubLines.Urgency urgency;
    private boolean isClosed;

    /** @param retries after a first failure, before it is given up */
    HubSource(
            Loop loop,
            Transfer transfer,
            HubFileReader file,
            HubLines lines,
            int order,
            int retries,
            RandomGenerator random,
            boolean mayRead,
            HubLines.Urgency urgency,
            Listener listener) {
        this.loop = loop;
        this.transfer = transfer;
        this.geometry = transfer.geometry();
        this.file = file;
        this.lines = lines;
        this.order = order;
        this.retries = retries;
        this.random = random;
        this.mayRead = mayRead;
        this.urgency = urgency;
        this.listener = listener;
        lastFailure = loop.nowNanos();
        lines.join(this);
    }

    /** Whether it is the Hub's turn. If not, what is being read ends soon. */
    void mayRead(boolean may) {
        if (may == mayRead) return;
        mayRead = may;
        if (may) lines.look();
    }

    /** Somebody began or ceased to wait for it. */
    void urgency(HubLines.Urgency now) {
        if (now == urgency) return;
        urgency = now;
        lines.look();
    }

    /** A client waits for what is there; as far as it is kept for the Hub, that is read even if it is not its turn. */
    void front(long at) {
        front = at;
        if (!mayRead) lines.look();
    }

    double bytesPerSecond() {
        return own.stream().mapToDouble(Line::bytesPerSecond).sum();
    }

    boolean isClosed() {
        return isClosed;
    }

    void close() {
        if (isClosed) return;
        isClosed = true;
        if (pause != null) pause.cancel();
        lines.leave(this);
        own.forEach(Line::leave);
    }

    // What the lines call.

    @Override
    public HubLines.Urgency urgency() {
        boolean isWithout = own.stream().allMatch(line -> line.ahead == null);
        return urgency == HubLines.Urgency.READ && isWithout ? HubLines.Urgency.NOW : urgency;
    }

    @Override
    public int order() {
        return order;
    }

    @Override
    public HubLines.@Nullable Task next(boolean mayShare) {
        if (isQuiet()) return null;
        Line line = idle();
        if (line == null) {
            line = new Line();
            own.add(line);
        }
        return line.begins(mayShare) ? line : null;
    }

    @Override
    public void broke(Throwable fault) {
        listener.broke(fault);
    }

    private boolean isQuiet() {
        return isClosed || pause != null || lines.isTurnOfOthers(this);
    }

    private @Nullable Line idle() {
        for (Line line : own) if (line.ahead == null) return line;
        return null;
    }

    // Slices.

    private long endOf(int piece) {
        return geometry.offsetOf(piece) + geometry.lengthOf(piece);
    }

    /** Gives a line a slice that no other has: the next one to where a client waits. */
    private boolean cut(Line to) {
        int first = geometry.pieceAt(front);
        Gap gap = gap(first, endOfSlices());
        if (gap.from < 0 && first > 0) gap = gap(0, first);
        if (gap.from < 0) return false;
        long length = gap.left / ((long) SLICES_PER_LINE * lines.count());
        to.at = gap.from;
        to.end = Math.min(gap.to, gap.from + Math.max(SMALLEST_SLICE, Math.min(LARGEST_SLICE, length)));
        // Pieces are not shared.
        if (to.end < gap.to) to.end = Math.min(gap.to, endOf(geometry.pieceAt(to.end - 1)));
        return true;
    }

    /**
     * Behind it peers are quicker: each piece that they have in the middle of a slice would end a range early. Who reads
     * along waits for the next byte, whoever else has those behind it.
     */
    private int endOfSlices() {
        boolean isRead = urgency.compareTo(HubLines.Urgency.READ) <= 0;
        return isRead ? geometry.pieceCount() : transfer.endOfFront();
    }

    /** @param left bytes in this and all later gaps */
    private record Gap(long from, long to, long left) {}

    /** The first gap among these pieces that is in no slice; it begins before the file if there is none. */
    private Gap gap(int first, int end) {
        long left = 0;
        long from = -1;
        long to = -1;
        for (int piece = transfer.nextMissing(first, end); piece >= 0; piece = transfer.nextMissing(piece + 1, end)) {
            if (!mayRead(piece) || isInSlice(geometry.offsetOf(piece))) continue;
            left += geometry.lengthOf(piece);
            if (from < 0) from = geometry.offsetOf(piece);
            else if (to != geometry.offsetOf(piece)) continue;
            to = endOf(piece);
        }
        return new Gap(from, to, left);
    }

    private boolean mayRead(int piece) {
        return mayRead || transfer.isKeptForHub(piece);
    }

    private boolean isInSlice(long at) {
        for (Line line : own) if (line.at <= at && at < line.end) return true;
        return false;
    }

    /** Gives a line the rear half of another's slice. */
    private boolean share(Line to) {
        Line largest = to;
        for (Line line : own) if (line.end - line.at > largest.end - largest.at) largest = line;
        if (!isWorthSharing(largest)) return false;
        long middle = geometry.offsetOf(geometry.pieceAt(largest.at + (largest.end - largest.at) / 2));
        if (middle <= largest.at || largest.end - middle < LEAST_SHARED) return false;
        to.at = middle;
        to.end = largest.end;
        largest.end = middle;
        return true;
    }

    /** Not where all lines together are the limit, for then those that go on become faster; nor what has just begun. */
    private boolean isWorthSharing(Line line) {
        double rate = line.bytesPerSecond();
        if (rate == 0) return false;
        long left = own.stream().mapToLong(one -> one.end - one.at).sum();
        double together = left / bytesPerSecond();
        return (line.end - line.at) / rate > SOON_SECONDS + MUCH_SLOWER * together;
    }

    // Failures.

    private void failed(Exception failure, long begun) {
        if (isClosed) return;
        if (failure instanceof UserError error) {
            giveUp(error);
        } else if (failure instanceof RangeException broken) {
            if (broken.kind() == RangeException.Kind.LATER) lines.tooMany();
            boolean mayPass = broken.kind() == RangeException.Kind.AGAIN || broken.kind() == RangeException.Kind.LATER;
            // Lines that are cut off together have failed once.
            boolean isSame = mayPass && begun - lastFailure < 0;
            if (!isSame) count(broken);
            if (!mayPass || failures > retries) giveUp(unreachable(broken));
            else if (!isSame || broken.retryAfter() != null) pause(broken.retryAfter());
        }
    }

    private void count(RangeException failure) {
        lastFailure = loop.nowNanos();
        // As long as others bring it, there is time for the Hub to come back.
        if (listener.fromPeers() > fromPeers) failures = 0;
        fromPeers = listener.fromPeers();
        failures++;
        if (failure.getCause() instanceof SocketTimeoutException) lines.starved();
    }

    private void pause(@Nullable Duration asked) {
        if (pause != null) return;
        long nanos = asked == null
                ? Backoff.delayNanos(failures, random)
                : Math.min(asked.toNanos(), LONGEST_PAUSE.toNanos());
        pause = loop.schedule(nanos, () -> {
            pause = null;
            lines.look();
        });
    }

    private static UserError unreachable(RangeException failure) {
        return new UserError(
                Kind.FAILED,
                "The Hub did not send the file: " + failure.getMessage() + ".",
                "What came is kept; run the same command again to go on.",
                failure);
    }

    private void giveUp(UserError why) {
        close();
        listener.gone(why);
    }

    /**
     * What came and has not found its place yet. Of the loop's until it is placed, then of the line's thread, which does
     * what writes are left to it, and brings the rest, if there was no room.
     */
    private static final class Arrival implements PieceStore.Writer {
        private final ByteBuffer bytes;
        private long at;
        private final List<Runnable> writes = new ArrayList<>();
        /** Where the range shall end. */
        private final CompletableFuture<Long> end = new CompletableFuture<>();

        Arrival(ByteBuffer bytes, long at) {
            this.bytes = bytes;
            this.at = at;
        }

        @Override
        public void write(Runnable work) {
            writes.add(work);
        }
    }

    /** One connection, at one range after another. Confined to the loop, but for {@link #run} and {@link #take}. */
    private final class Line implements Source, HubLines.Task {
        private final RunsInOrder runs = new RunsInOrder(transfer, this, geometry, this::pick);
        /** What is left of its slice. */
        private long at;

        private long end;
        /** There are no slices left. */
        private boolean takesAny;
        /** The range that is read, or the first to be; null while it has nothing to do. */
        private @Nullable Run ahead;

        private long begun;
        private @Nullable Arrival arrival;

        Line() {
            BitSet all = new BitSet();
            all.set(0, geometry.pieceCount());
            transfer.joined(this, all);
        }

        private void leave() {
            runs.clear();
            transfer.left(this);
            place();
        }

        // What the transfer calls.

        @Override
        public boolean isHub() {
            return true;
        }

        @Override
        public boolean takesLongRuns() {
            return true;
        }

        @Override
        public double bytesPerSecond() {
            return runs.bytesPerSecond();
        }

        @Override
        public void wake() {
            place();
            if (ahead == null) lines.look();
        }

        @Override
        public void cancel(Run run) {
            runs.cancel(run);
        }

        @Override
        public void close(String why) {
            HubSource.this.close();
        }

        // What is to be read.

        private @Nullable Run pick(long most) {
            if (at < end && geometry.pieceAt(at) >= endOfSlices()) end = at;
            while (at < end) {
                int piece = geometry.pieceAt(at);
                Run run = mayRead(piece) ? transfer.pick(this, piece, Math.min(most, end - at)) : null;
                if (run != null) {
                    at = Math.max(at, run.to());
                    return run;
                }
                // There is no room now.
                if (mayRead(piece) && transfer.nextMissing(piece, piece + 1) == piece) return null;
                at = endOf(piece);
            }
            return takesAny ? transfer.pick(this, most) : null;
        }

        /** Where the next range begins and might end; null if there is nothing for it. */
        private @Nullable Run next(boolean mayShare) {
            if (isQuiet()) return null;
            long now = loop.nowNanos();
            RunsInOrder.Part first = runs.first(now);
            while (first == null && (at < end || cut(this) || (mayShare && share(this)))) {
                first = runs.pick(now);
                // There is no room now.
                if (first == null && at < end) return null;
            }
            if (first != null) return new Run(first.at(), Math.max(first.end(), end));
            if (!mayShare || !mayRead) return null;
            takesAny = true;
            first = runs.pick(now);
            takesAny = false;
            return first == null ? null : new Run(first.at(), first.end());
        }

        @Override
        public void run(ByteBuffer buffer) throws InterruptedException {
            try {
                for (Run range = on(() -> ahead); range != null; range = on(this::goOn)) {
                    file.read(range.from(), range.to(), buffer, this::take);
                }
            } catch (RangeException | UserError e) {
                loop.execute(() -> {
                    // Before others hear that there is more to do.
                    failed(e, begun);
                    rest();
                });
            }
        }

        private @Nullable Run goOn() {
            if (!lines.isTooMany()) return begins(false) ? ahead : null;
            rest();
            return null;
        }

        private boolean begins(boolean mayShare) {
            Run next = next(mayShare);
            if (next == null) {
                rest();
            } else {
                ahead = next;
                begun = loop.nowNanos();
            }
            // Who rests may be called again at once, by another thread.
            return next != null;
        }

        /** What it did not fetch is for others. */
        private void rest() {
            ahead = null;
            end = at;
            runs.giveBack();
        }

        /** @return where the range shall end, if earlier than it was asked for; waits until there is room */
        private long take(ByteBuffer bytes, long from) throws InterruptedException {
            if (listener.keepPace()) loop.execute(lines::enough);
            int length = bytes.remaining();
            lines.pause(length);
            loop.execute(() -> {
                lines.came(length);
                failures = 0;
            });
            while (true) {
                Arrival here = new Arrival(bytes, from + length - bytes.remaining());
                long end = place(here);
                if (!bytes.hasRemaining() || end == here.at) return end;
            }
        }

        /** On the line's thread: it writes what it brought, since its core has it at hand. */
        private long place(Arrival here) throws InterruptedException {
            loop.execute(() -> {
                arrival = here;
                place();
            });
            try {
                return got(here.end);
            } finally {
                // Interrupted it is only when its source is closed, and then nothing is placed any more.
                if (here.end.isDone()) here.writes.forEach(Runnable::run);
            }
        }

        private void place() {
            Arrival here = arrival;
            if (here == null) return;
            // Placing it may lead here again.
            arrival = null;
            if (isClosed || isPlaced(here) || !here.writes.isEmpty())
                here.end.complete(goesOnFrom(here.at) ? Long.MAX_VALUE : here.at);
            else arrival = here;
        }

        private boolean isPlaced(Arrival here) {
            while (here.bytes.hasRemaining()) {
                RunsInOrder.Part part = pickAhead();
                if (!goesOnFrom(here.at)) return true;
                // There is no room now.
                if (part == null) return false;
                int length = (int) Math.min(part.end() - here.at, here.bytes.remaining());
                here.at += length;
                ByteBuffer wanted = here.bytes.slice(here.bytes.position(), length);
                here.bytes.position(here.bytes.position() + length);
                runs.arrived(wanted, loop.nowNanos(), here);
            }
            pickAhead();
            return true;
        }

        private RunsInOrder.@Nullable Part pickAhead() {
            while (runs.pick(loop.nowNanos()) != null) {}
            return runs.first(loop.nowNanos());
        }

        private boolean goesOnFrom(long next) {
            RunsInOrder.Part part = runs.first(loop.nowNanos());
            boolean isNext = part == null ? at == next && at < end : part.at() == next;
            return isNext && !isQuiet() && mayRead(geometry.pieceAt(next));
        }

        /** On the loop. */
        private <T> T on(Supplier<T> task) throws InterruptedException {
            CompletableFuture<T> result = new CompletableFuture<>();
            loop.execute(() -> {
                try {
                    result.complete(task.get());
                } catch (RuntimeException | Error e) {
                    result.completeExceptionally(e);
                    throw e;
                }
            });
            return got(result);
        }

        private static <T> T got(CompletableFuture<T> result) throws InterruptedException {
            try {
                return result.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("A line's task broke", e);
            }
        }
    }
}
