package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Sources;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.PeerMessage.Cancel;
import dev.hubswarm.protocol.peerwire.PeerMessage.Piece;
import dev.hubswarm.protocol.peerwire.PeerMessage.Reject;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.IntPredicate;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What we have asked a peer for. Confined to its session.
 *
 * <p>Each request stays here until it is answered, cancelled or given back, so none is without an owner. What comes
 * afterwards is taken nevertheless, but not more than that: nobody may send what was never asked for.
 */
final class Download {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    /** Of a peer that does not say how many requests it keeps. */
    private static final int UNSAID_QUEUE = 250;

    private static final int MOST_SUGGESTIONS = 16;

    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private static final class Asked {
        final long time;
        /** A bit for each block that was not cancelled. */
        long expected;

        Asked(long time, int blocks) {
            this.time = time;
            expected = all(blocks);
        }

        boolean expects(int block) {
            return (expected >> block & 1) != 0;
        }
    }

    private final PeerSession session;
    private final PeerWire wire;
    private final Sources sources;
    private final PieceGeometry geometry;
    private final RequestWindow window = new RequestWindow();
    /** In the order of time, which is the order in which they are answered. */
    private final Map<Request, Asked> asked = new LinkedHashMap<>();

    /** The newest last. */
    private final Queue<Integer> suggestions = new ArrayDeque<>();

    private final RateMeter rate;
    private int theirQueue = UNSAID_QUEUE;
    private int longest = BLOCK;
    private long heard;
    /** Bytes that may come though they are not waited for. */
    private long late;

    private boolean isAsking;
    /** It said no to something. It is not asked again at once, since it might say no for ever. */
    private boolean isRefused;

    private boolean isSilent;

    Download(PeerSession session, PeerWire wire, Sources sources, PieceGeometry geometry, long now) {
        this.session = session;
        this.wire = wire;
        this.sources = sources;
        this.geometry = geometry;
        heard = now;
        rate = new RateMeter(now);
    }

    /** What the peer said of itself. */
    void limits(int queue, int longestRequest) {
        if (queue > 0) theirQueue = queue;
        longest = Math.max(longestRequest / BLOCK * BLOCK, BLOCK);
    }

    void suggested(int piece) {
        suggestions.add(piece);
        if (suggestions.size() > MOST_SUGGESTIONS) suggestions.remove();
    }

    /** It could not send them when it would have liked to. */
    void forgetSuggestions() {
        suggestions.clear();
    }

    /** The oldest that may be. */
    int suggestion(IntPredicate mayBe) {
        while (!suggestions.isEmpty() && !mayBe.test(suggestions.element())) suggestions.remove();
        return suggestions.isEmpty() ? Source.NO_PIECE : suggestions.element();
    }

    double windowRate() {
        return window.bytesPerSecond();
    }

    RateMeter rate() {
        return rate;
    }

    private long silence(long now) {
        if (asked.isEmpty()) return 0;
        return now - Math.max(heard, asked.values().iterator().next().time);
    }

    /** Asks for as much as is good. */
    void ask(long now) {
        ask(most -> sources.pick(session, most), now);
    }

    /** As {@link #ask}, but of these pieces alone: those that are sent to us though we are choked (BEP 6). */
    void ask(Iterable<Integer> pieces, long now) {
        for (int piece : pieces) ask(most -> sources.pick(session, piece, most), now);
    }

    private void ask(LongFunction<@Nullable Run> pick, long now) {
        // Sources may be woken while one of them picks.
        if (isAsking || isRefused) return;
        isAsking = true;
        int length = Math.min(window.requestLength(longest), geometry.pieceLength());
        long worth = Math.max(Math.min(length, window.free() + window.underWay()) / 2, BLOCK);
        while (window.free() >= worth && asked.size() < theirQueue) {
            long room = (long) (theirQueue - asked.size()) * length;
            Run run = pick.apply(Math.min(window.free(), room));
            if (run == null) {
                window.starved();
                break;
            }
            for (long at = run.from(); at < run.to(); ) at = ask(at, run.to(), length, now);
        }
        isAsking = false;
    }

    private long ask(long at, long end, int length, long now) {
        int piece = geometry.pieceAt(at);
        long begin = geometry.offsetOf(piece);
        // Where the next of its length would begin, or a seed had to read it from two of its segments.
        long border = begin + ((at - begin) / length + 1) * length;
        // Blocks of another grid (v1) are not cut.
        if ((border - at) % BLOCK != 0) border = at + length;
        long to = Math.min(Math.min(border, end), begin + geometry.lengthOf(piece));
        Request request = new Request(piece, (int) (at - begin), (int) (to - at));
        asked.put(request, new Asked(now, blocks(request.length())));
        window.asked(request.length(), now);
        wire.send(request);
        return to;
    }

    void arrived(Piece message, long now) throws PeerProtocolException {
        Request request =
                new Request(message.piece(), message.begin(), message.block().remaining());
        Asked was = asked.remove(request);
        if (was == null) {
            late -= request.length();
            if (late < 0 || !isThere(request)) throw new PeerProtocolException("a block that nobody asked for");
            // Where the transfer has other blocks than the torrent, those that come late may be none.
            if (!isWhole(request)) return;
        } else {
            window.arrived(request.length(), now - was.time, now);
        }
        heard = now;
        isSilent = false;
        rate.add(request.length(), now);
        sources.arrived(session, at(request), message.block());
        // What was cancelled may have been asked for once more, in another request.
        if (was == null || was.expected != all(blocks(request.length()))) cancel(run(request));
    }

    private boolean isThere(Request request) {
        return geometry.hasBytes(request.piece(), request.begin(), request.length());
    }

    private boolean isWhole(Request request) {
        int end = geometry.lengthOf(request.piece());
        long to = (long) request.begin() + request.length();
        return request.begin() % BLOCK == 0 && (to % BLOCK == 0 ? to <= end : to == end);
    }

    void rejected(Reject message) {
        Request request = new Request(message.piece(), message.begin(), message.length());
        Asked was = asked.remove(request);
        if (was == null) {
            // The answer to a cancel, after which nothing comes (BEP 6).
            if (isThere(request)) late = Math.max(0, late - request.length());
            return;
        }
        window.gaveBack(request.length());
        isRefused = true;
        // What was cancelled may have been asked for again, in another request.
        for (int block = 0; block < blocks(request.length()); block++) {
            if (was.expects(block)) sources.gaveBack(session, run(request, block));
        }
    }

    /** Nothing more will come of what was asked for; it may all the same be on its way. */
    void giveBackAll() {
        List<Request> all = new ArrayList<>(asked.keySet());
        asked.clear();
        for (Request request : all) forget(request);
        for (Request request : all) sources.gaveBack(session, run(request));
    }

    /** If it was silent for too long, what it owes can be asked of others, and of it as much as shows whether it still is. */
    void tick(long now) {
        isRefused = false;
        if (silence(now) < PATIENCE_NANOS) return;
        isSilent = true;
        for (Request request : asked.keySet()) wire.send(cancel(request));
        // First, since whoever has nothing to do is woken by what it gives back.
        window.silent();
        giveBackAll();
    }

    boolean isSilent() {
        return isSilent;
    }

    void cancel(Run run) {
        List<Request> none = new ArrayList<>();
        asked.forEach((request, one) -> {
            long at = at(request);
            int from = blocks(Math.max(at, run.from()) - at);
            int to = blocks(Math.min(at + request.length(), run.to()) - at);
            if (from >= to) return;
            // Bits, and no count: a block may be cancelled, asked for alone, and cancelled again.
            one.expected &= ~((1L << to) - (1L << from));
            if (one.expected == 0) none.add(request);
        });
        for (Request request : none) {
            asked.remove(request);
            forget(request);
            wire.send(cancel(request));
        }
    }

    /** We did not run: nobody was silent. */
    void slept(long nanos) {
        heard += nanos;
    }

    private void forget(Request request) {
        window.gaveBack(request.length());
        late += request.length();
    }

    private static long all(int blocks) {
        return (1L << blocks) - 1;
    }

    private static Cancel cancel(Request request) {
        return new Cancel(request.piece(), request.begin(), request.length());
    }

    private static int blocks(long length) {
        return (int) ((length + BLOCK - 1) / BLOCK);
    }

    private long at(Request request) {
        return geometry.offsetOf(request.piece()) + request.begin();
    }

    private Run run(Request request) {
        long at = at(request);
        return new Run(at, at + request.length());
    }

    private Run run(Request request, int block) {
        long from = at(request) + (long) block * BLOCK;
        return new Run(from, Math.min(from + BLOCK, at(request) + request.length()));
    }

    /** @param expected how much the picker waits for */
    void checkInvariants(long expected) {
        long sum = 0;
        long waitedFor = 0;
        for (Map.Entry<Request, Asked> one : asked.entrySet()) {
            Request request = one.getKey();
            if (!isThere(request)) throw new AssertionError("a request that is none: " + request);
            sum += request.length();
            for (int block = 0; block < blocks(request.length()); block++) {
                if (one.getValue().expects(block))
                    waitedFor += run(request, block).length();
            }
        }
        if (expected != waitedFor) throw new AssertionError(expected + " expected, and " + waitedFor + " waited for");
        if (sum != window.underWay()) throw new AssertionError(window.underWay() + " under way instead of " + sum);
    }
}
