package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was picked for one connection that sends bytes in the order in which they are asked for, as HTTP does. Confined to
 * the transfer's loop; time is an argument.
 *
 * <p>A run is worth some seconds, for each costs a request; the next is picked before the one before has come, so that
 * there is no pause. What others take over at its end shortens a run. What they take in its middle comes all the same:
 * a range has no holes.
 */
public final class RunsInOrder {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final double SECONDS = 2;
    private static final int FIRST = 512 << 10;
    private static final int LEAST = 64 << 10;
    /** So that it leaves room for others in what a transfer may have under way. */
    static final int MOST = 16 << 20;

    private static final double PERIOD_NANOS = 0.25e9;
    private static final double SHORTEST_NANOS = 0.01e9;
    private static final int STAGE = 128 << 10;

    /** Chooses what comes next. */
    public interface Choice {
        /** Null if there is nothing now. */
        @Nullable
        Run pick(long maxBytes);
    }

    private final Sources sources;
    private final Source source;
    private final PieceGeometry geometry;
    private final Choice choice;
    private final Deque<Part> parts = new ArrayDeque<>();
    /** Bytes of the first part that make no whole block yet, or were not handed on; some sources never send such. */
    private ByteBuffer stage = ByteBuffer.allocate(0);

    private boolean isPicking;
    private double rate;
    private long periodBegan;
    private long periodBytes;

    /** A run, of which some has come, and the end may have been taken away. Confined to its owner. */
    public static final class Part {
        private final List<Run> cancelled = new ArrayList<>();
        private long at;
        private long end;

        private Part(Run run) {
            at = run.from();
            end = run.to();
        }

        /** The next byte to come. */
        public long at() {
            return at;
        }

        /** Nothing is wanted from here on. */
        public long end() {
            return end;
        }

        private boolean isOver() {
            return at >= end;
        }

        private void cancel(Run run) {
            int last = cancelled.size() - 1;
            boolean goesOn = last >= 0 && cancelled.get(last).to() == run.from();
            cancelled.add(goesOn ? new Run(cancelled.remove(last).from(), run.to()) : run);
            for (int i = 0; i < cancelled.size() && !isOver(); i++) {
                Run one = cancelled.get(i);
                if (one.from() >= end || one.to() < end) continue;
                end = Math.max(one.from(), at);
                i = -1;
            }
        }
    }

    public RunsInOrder(Sources sources, Source source, PieceGeometry geometry) {
        this(sources, source, geometry, most -> sources.pick(source, most));
    }

    /** Of a source with several connections, which do not ask for the same. */
    public RunsInOrder(Sources sources, Source source, PieceGeometry geometry, Choice choice) {
        this.choice = choice;
        this.sources = sources;
        this.source = source;
        this.geometry = geometry;
    }

    /** Measured while something was under way; 0 before anything came. */
    public double bytesPerSecond() {
        return rate;
    }

    /** Null if enough is under way, or there is nothing for it. */
    public @Nullable Part pick(long now) {
        long worth = rate == 0 ? FIRST : (long) Math.max(LEAST, Math.min(rate * SECONDS, MOST));
        trim(now);
        // Sources may be woken while they pick.
        if (isPicking || left() > worth / 2) return null;
        isPicking = true;
        Run run = choice.pick(worth);
        isPicking = false;
        if (run == null) return null;
        if (parts.isEmpty()) beginPeriod(now);
        Part part = new Part(run);
        parts.add(part);
        return part;
    }

    private long left() {
        long left = 0;
        for (Part part : parts) left += part.end - part.at;
        return left;
    }

    private void trim(long now) {
        while (!parts.isEmpty() && parts.element().isOver()) end(now);
    }

    /** Of which the next bytes must be; null if nothing is under way. */
    public @Nullable Part first(long now) {
        trim(now);
        return parts.peek();
    }

    /** Bytes of the first part of which anything is wanted, at most as many as are. */
    public void arrived(ByteBuffer bytes, long now) {
        arrived(bytes, now, sources::arrived);
    }

    /**
     * As {@link #arrived(ByteBuffer, long)}.
     *
     * @param writer see {@link Sources#arrived(Source, long, ByteBuffer, PieceStore.Writer)}
     */
    public void arrived(ByteBuffer bytes, long now, PieceStore.Writer writer) {
        arrived(bytes, now, (from, at, blocks) -> sources.arrived(from, at, blocks, writer));
    }

    /** How whole blocks are handed on. */
    private interface Way {
        void arrived(Source from, long at, ByteBuffer blocks);
    }

    private void arrived(ByteBuffer bytes, long now, Way way) {
        trim(now);
        Part part = parts.element();
        periodBytes += bytes.remaining();
        // Handing on may shorten it.
        while (bytes.hasRemaining() && !part.isOver()) {
            long border = Math.min(endOfPiece(part.at), part.end);
            int length = (int) Math.min(border - part.at, bytes.remaining());
            int whole = part.at + length == border ? length : length / BLOCK * BLOCK;
            if (stage.position() > 0 || whole == 0) {
                if (stage.capacity() == 0) stage = ByteBuffer.allocateDirect(STAGE);
                length = Math.min(length, stage.remaining());
                stage.put(bytes.slice(bytes.position(), length));
                part.at += length;
                bytes.position(bytes.position() + length);
                handOn(part.at - stage.position(), part.at == border);
            } else {
                ByteBuffer blocks = bytes.slice(bytes.position(), whole);
                part.at += whole;
                bytes.position(bytes.position() + whole);
                way.arrived(source, part.at - whole, blocks);
            }
        }
        if (part.isOver()) end(now);
        else if (now - periodBegan >= PERIOD_NANOS) endPeriod(now);
    }

    private long endOfPiece(long at) {
        int piece = geometry.pieceAt(at);
        return geometry.offsetOf(piece) + geometry.lengthOf(piece);
    }

    /** Whole blocks; the last one before a border may be shorter. */
    private void handOn(long from, boolean isBorder) {
        int all = stage.position();
        int whole = isBorder ? all : all / BLOCK * BLOCK;
        if (whole == 0) return;
        sources.arrived(source, from, stage.flip().limit(whole));
        stage.limit(all).position(whole);
        stage.compact();
    }

    private void end(long now) {
        parts.remove();
        stage.clear();
        if (!parts.isEmpty()) return;
        if (rate == 0 || now - periodBegan >= PERIOD_NANOS / 2) endPeriod(now);
    }

    /** @see Source#cancel */
    public void cancel(Run run) {
        for (Part part : parts) {
            if (run.from() < part.end && run.to() > part.at) part.cancel(run);
        }
    }

    /** The connection is gone: what did not come is for others. */
    public void giveBack() {
        long staged = stage.position();
        List<Part> all = List.copyOf(parts);
        clear();
        for (Part part : all) {
            if (!part.isOver()) sources.gaveBack(source, new Run(part.at - staged, part.end));
            staged = 0;
        }
    }

    /** The source has left. */
    public void clear() {
        parts.clear();
        stage.clear();
    }

    private void endPeriod(long now) {
        if (now - periodBegan < SHORTEST_NANOS) return;
        double measured = periodBytes * 1e9 / (now - periodBegan);
        rate = rate == 0 ? measured : (rate + measured) / 2;
        beginPeriod(now);
    }

    private void beginPeriod(long now) {
        periodBegan = now;
        periodBytes = 0;
    }
}
