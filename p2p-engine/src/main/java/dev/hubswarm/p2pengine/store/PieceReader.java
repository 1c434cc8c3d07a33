package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.store.PieceStore.Reader;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reads what peers ask for, a segment at a time, since who asks for one block asks for those behind it next. Confined
 * to the loop.
 *
 * <p>Segments are kept while there is memory, and until nobody asked for a second; the one read longest ago goes first.
 * One store may always have one.
 */
final class PieceReader {
    private static final long KEPT_NANOS = 1_000_000_000L;

    /** Hears of a piece that cannot be read. */
    interface Unreadable {
        void found(int piece, UserError failure);
    }

    private record Request(long at, int length, Reader reader) {}

    private static final class Segment {
        private final boolean promised;
        private final Queue<Request> waiting = new ArrayDeque<>(1);
        /** Null until it was read. */
        private @Nullable ByteBuffer bytes;

        private long lastUse;
        private boolean answering;

        private Segment(boolean promised) {
            this.promised = promised;
        }
    }

    private final Loop loop;
    private final PieceGeometry geometry;
    private final BitSet verified;
    private final PieceFiles files;
    private final DiskTasks tasks;
    private final SegmentPool pool;
    private final MemoryBudget.Share memory;
    private final Unreadable unreadable;
    /** By where they begin; the one used longest ago first. */
    private final LinkedHashMap<Long, Segment> segments = new LinkedHashMap<>(16, 0.75f, true);

    private final Queue<Request> waiting = new ArrayDeque<>();
    private Loop.@Nullable Timer sweep;
    private boolean closed;

    PieceReader(
            Loop loop,
            PieceGeometry geometry,
            BitSet verified,
            PieceFiles files,
            DiskTasks tasks,
            StoreResources resources,
            Unreadable unreadable) {
        this.loop = loop;
        this.geometry = geometry;
        this.verified = verified;
        this.files = files;
        this.tasks = tasks;
        this.pool = resources.segments();
        this.memory = resources.reading().join(SegmentPool.LENGTH, () -> loop.execute(this::serveWaiting));
        this.unreadable = unreadable;
    }

    void read(long at, int length, Reader reader) {
        Request request = new Request(at, length, reader);
        if (!waiting.isEmpty() || !serve(request)) waiting.add(request);
    }

    private void serveWaiting() {
        while (!closed && !waiting.isEmpty() && serve(waiting.element())) waiting.remove();
    }

    /** False if there is no memory for it. */
    private boolean serve(Request request) {
        int piece = geometry.pieceAt(request.at);
        if (!verified.get(piece)) {
            request.reader.failed(gone());
            return true;
        }
        long begin = geometry.offsetOf(piece);
        int inPiece = (int) (request.at - begin);
        if (request.length <= 0
                || request.length > SegmentPool.LENGTH
                || inPiece + request.length > geometry.lengthOf(piece)) {
            throw new IllegalArgumentException(request.length + " bytes at " + request.at);
        }
        int first = inPiece / SegmentPool.LENGTH * SegmentPool.LENGTH;
        // Nobody reads so but a peer whose requests do not begin where blocks of their size do.
        boolean isAcross = inPiece + request.length > first + SegmentPool.LENGTH;
        long from = isAcross ? request.at : begin + first;
        Segment segment = segments.get(from);
        if (segment == null) {
            segment = begin();
            if (segment == null) return false;
            segments.put(from, segment);
            load(segment, from, Math.min(SegmentPool.LENGTH, (int) (begin + geometry.lengthOf(piece) - from)));
        }
        segment.waiting.add(request);
        if (segment.bytes != null) answer(segment, from);
        return true;
    }

    private @Nullable Segment begin() {
        if (segments.isEmpty()) return new Segment(false);
        if (memory.promise(SegmentPool.LENGTH)) return new Segment(true);
        for (Iterator<Segment> oldest = segments.values().iterator(); oldest.hasNext(); ) {
            Segment segment = oldest.next();
            ByteBuffer bytes = segment.bytes;
            if (bytes == null || segment.answering) continue;
            oldest.remove();
            if (segment.promised && memory.hasTooMuch()) {
                drop(segment, gone());
            } else {
                pool.give(bytes);
                return new Segment(segment.promised);
            }
        }
        return segments.isEmpty() ? new Segment(false) : null;
    }

    private void load(Segment segment, long from, int length) {
        tasks.run(
                null,
                () -> {
                    ByteBuffer bytes = pool.take(length);
                    try {
                        files.read(bytes, from);
                    } catch (UserError e) {
                        pool.give(bytes);
                        throw e;
                    }
                    return bytes.flip();
                },
                bytes -> loaded(segment, from, bytes),
                failure -> failed(segment, from, failure));
    }

    private void loaded(Segment segment, long from, ByteBuffer bytes) {
        if (segments.get(from) != segment) {
            pool.give(bytes);
            return;
        }
        segment.bytes = bytes;
        answer(segment, from);
        if (sweep == null) sweep = loop.schedule(KEPT_NANOS, this::sweep);
        serveWaiting();
    }

    private void answer(Segment segment, long from) {
        ByteBuffer bytes = segment.bytes;
        if (bytes == null || segment.answering) return;
        segment.lastUse = loop.nowNanos();
        segment.answering = true;
        while (!closed && !segment.waiting.isEmpty()) {
            Request request = segment.waiting.remove();
            request.reader.read(bytes.slice((int) (request.at - from), request.length));
        }
        segment.answering = false;
        if (segments.get(from) != segment) pool.give(bytes);
        // Whoever asked for more while it was answered found this segment in use.
        if (!waiting.isEmpty()) loop.execute(this::serveWaiting);
    }

    private void failed(Segment segment, long from, UserError failure) {
        if (segments.get(from) != segment) return;
        segments.remove(from);
        drop(segment, failure);
        unreadable.found(geometry.pieceAt(from), failure);
        serveWaiting();
    }

    /** Of a segment that is not among the others any more. */
    private void drop(Segment segment, UserError why) {
        ByteBuffer bytes = segment.bytes;
        if (bytes != null && !segment.answering) pool.give(bytes);
        if (segment.promised && !closed) memory.release(SegmentPool.LENGTH);
        while (!closed && !segment.waiting.isEmpty())
            segment.waiting.remove().reader.failed(why);
    }

    /** What was read of the piece is not to be sent any more. */
    void forget(int piece) {
        List<Segment> dropped = new ArrayList<>();
        for (Iterator<Map.Entry<Long, Segment>> all = segments.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Long, Segment> next = all.next();
            if (geometry.pieceAt(next.getKey()) != piece) continue;
            all.remove();
            dropped.add(next.getValue());
        }
        for (Segment segment : dropped) drop(segment, gone());
    }

    private static UserError gone() {
        return new UserError(Kind.DAMAGED, "The piece is not there any more.", "Ask somebody else.");
    }

    private void sweep() {
        sweep = null;
        if (closed) return;
        long now = loop.nowNanos();
        for (Iterator<Segment> oldest = segments.values().iterator(); oldest.hasNext(); ) {
            Segment segment = oldest.next();
            ByteBuffer bytes = segment.bytes;
            if (bytes == null || now - segment.lastUse < KEPT_NANOS) continue;
            oldest.remove();
            drop(segment, gone());
        }
        if (!segments.isEmpty()) sweep = loop.schedule(KEPT_NANOS, this::sweep);
    }

    void close() {
        closed = true;
        if (sweep != null) sweep.cancel();
        List<Segment> dropped = List.copyOf(segments.values());
        segments.clear();
        waiting.clear();
        for (Segment segment : dropped) drop(segment, gone());
        memory.close();
    }
}
