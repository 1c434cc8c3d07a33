package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Sources;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.PeerMessage.Cancel;
import dev.hubswarm.protocol.peerwire.PeerMessage.Piece;
import dev.hubswarm.protocol.peerwire.PeerMessage.Reject;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        // Sources may be woken while one of them picks.
        if (isAsking || isRefused) return;
        isAsking = true;
        int length = Math.min(window.requestLength(longest), geometry.pieceLength());
        long worth = Math.max(Math.min(length, window.free() + window.underWay()) / 2, BLOCK);
        while (window.free() >= worth && asked.size() < theirQueue) {
            long room = (long) (theirQueue - asked.size()) * length;
            Run run = sources.pick(session, Math.min(window.free(), room));
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
        long to = Math.min(Math.min(at + length, end), begin + geometry.lengthOf(piece));
        Request request = new Request(piece, (int) (at - begin), (int) (to - at));
        asked.put(request, new Asked(now, blocks(request.length())));
        window.asked(request.length(), now);
        wire.send(request);
        return to;
    }

    /** @return whether it was wanted */
    boolean arrived(Piece message, long now) throws PeerProtocolException {
        Request request =
                new Request(message.piece(), message.begin(), message.block().remaining());
        Asked was = asked.remove(request);
        if (was == null) {
            late -= request.length();
            if (late < 0 || !isWhole(request)) throw new PeerProtocolException("a block that nobody asked for");
        } else {
            window.arrived(request.length(), now - was.time, now);
        }
        heard = now;
        isSilent = false;
        rate.add(request.length(), now);
        boolean isWanted = sources.arrived(session, at(request), message.block());
        // What was cancelled may have been asked for once more, in another request.
        if (was == null || was.expected != all(blocks(request.length()))) cancel(run(request));
        return isWanted;
    }

    private boolean isWhole(Request request) {
        if (request.piece() < 0 || request.piece() >= geometry.pieceCount()) return false;
        int end = geometry.lengthOf(request.piece());
        long to = (long) request.begin() + request.length();
        return request.begin() >= 0 && request.begin() % BLOCK == 0 && (to % BLOCK == 0 ? to <= end : to == end);
    }

    void rejected(Reject message) {
        Request request = new Request(message.piece(), message.begin(), message.length());
        Asked was = asked.remove(request);
        if (was == null) return;
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
        giveBackAll();
        window.silent();
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
            if (!isWhole(request)) throw new AssertionError("a request that is none: " + request);
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
