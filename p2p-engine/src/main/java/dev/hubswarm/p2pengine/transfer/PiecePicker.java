package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is asked of whom. Confined to its transfer's loop; time and randomness are arguments.
 *
 * <p>In this order, a source is given
 * <ol>
 *   <li>what somebody waits for: the pieces in {@linkplain #window windows}, in order;
 *   <li>more of the piece it works on, then other begun pieces: a source that is quick keeps a piece for itself, those
 *       that would take {@value #ALONE_SECONDS} s or longer share theirs;
 *   <li>what somebody holds who is {@value #MUCH_SLOWER} times slower;
 *   <li>a new piece: the first ones at random, then the rarest; or, as long runs, the foremost ones;
 *   <li>any begun piece;
 *   <li>what somebody holds who is {@value #SLOWER} times slower;
 *   <li>at the very end, when every block was asked for, one of them a second time.
 * </ol>
 *
 * <p>A piece of which nothing can be told is still asked for as long as it takes: nothing here gives up. Work is
 * constant per block. What is done per piece goes over the sources once (as telling them that it is here does), and
 * over as many candidates as a constant allows; only to find a piece for a source that has very few, the bits of all
 * pieces are looked through.
 *
 * <p>Sources are woken last, when everything here is in order, and never while another one picks; so they may pick at
 * once. They are told to cancel in the midst of things.
 */
public final class PiecePicker {
    /** Where memory for pieces comes from. Confined to the picker's loop. */
    public interface Room {
        /** Promises memory for a piece; after a no, {@link #roomAgain} says when to try again. */
        boolean open(int piece);

        /** Takes the promise back, with what came of the piece. */
        void abandon(int piece);
    }

    /** A piece is in exactly one. */
    public enum State {
        NOT_WANTED,
        MISSING,
        /** Asked for, or some of it here. */
        OPEN,
        /** All of it here, but not checked. */
        COMPLETE,
        VERIFIED
    }

    /** Pieces that somebody waits for. Confined to the picker's loop. */
    public final class Window {
        private int from;
        private int to;
        /** The first piece that is not complete, or one before it. */
        private int head;

        private Window(int from, int to) {
            move(from, to);
        }

        public void move(int newFrom, int newTo) {
            from = head = newFrom;
            to = Math.min(newTo, count);
        }

        public void close() {
            windows.remove(this);
        }
    }

    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final State[] STATES = State.values();

    static final int ALONE_SECONDS = 20;
    static final int MUCH_SLOWER = 10;
    static final int SLOWER = 3;
    /** What comes sooner than this is not worth taking from anybody. */
    static final double SOON_SECONDS = 0.2;
    /** Complete pieces to trade are wanted soon, and the rarest would come slowly. */
    static final int RANDOM_FIRST = 4;

    private static final int PROBES = 512;
    private static final int SAMPLES = 16;
    private static final int BACK_LOOKS = 64;
    private static final long LOOK_AGAIN_NANOS = 100_000_000;
    private static final long STALE_NANOS = 10_000_000_000L;

    private final PieceGeometry geometry;
    private final int count;
    private final int blocksPerPiece;
    private final Room room;
    private final RandomGenerator random;

    private final byte[] states;
    private final int[] inState = new int[STATES.length];
    private final PieceSet missing;
    /** Open, with free blocks. */
    private final PieceSet partial;

    private final PieceSet unwanted;
    private final PieceSet suspects;
    private final Rarity rarity;
    private final @Nullable OpenPiece[] opened;
    private final List<OpenPiece> open = new ArrayList<>();
    private final List<OpenPiece> partials = new ArrayList<>();

    private final IdentityHashMap<Source, Member> bySource = new IdentityHashMap<>();
    /** In an order that does not depend on addresses in memory, so that a run can be repeated. */
    private final List<Member> members = new ArrayList<>();

    private final List<Member> idle = new ArrayList<>();
    private final List<Window> windows = new ArrayList<>();
    private final Queue<Member> woken = new ArrayDeque<>();
    private int seeds;
    private int longRunners;
    private int nextWindow;
    /** No piece before it is missing or partial, and none from {@code back} on is missing. */
    private int front;

    private int back;
    /** The room said no. */
    private boolean isFull;

    /** @param verified what is here already */
    public PiecePicker(PieceGeometry geometry, BitSet verified, Room room, RandomGenerator random) {
        this.geometry = geometry;
        this.room = room;
        this.random = random;
        count = geometry.pieceCount();
        blocksPerPiece = count == 0 ? 0 : geometry.blockCount(0);
        states = new byte[count];
        missing = new PieceSet(count);
        partial = new PieceSet(count);
        unwanted = new PieceSet(count);
        suspects = new PieceSet(count);
        rarity = new Rarity(count);
        opened = new OpenPiece[count];
        inState[code(State.NOT_WANTED)] = count;
        for (int piece = 0; piece < count; piece++) become(piece, verified.get(piece) ? State.VERIFIED : State.MISSING);
    }

    public void joined(Source source, BitSet pieces, long now) {
        boolean isSeed = pieces.cardinality() == count;
        Member member = new Member(source, isSeed ? null : PieceSet.of(pieces, count), now);
        if (bySource.putIfAbsent(source, member) != null) throw new IllegalStateException("joined twice: " + source);
        members.add(member);
        if (source.takesLongRuns()) longRunners++;
        if (isSeed) {
            seeds++;
            member.missing = inState(State.MISSING);
            member.useful = member.missing + open.size();
            return;
        }
        for (int piece = pieces.nextSetBit(0); piece >= 0; piece = pieces.nextSetBit(piece + 1)) {
            rarity.more(piece);
            member.missing += isMissing(state(piece));
            member.useful += isUseful(state(piece));
        }
    }

    public void has(Source source, int piece) {
        Member member = member(source);
        if (member.pieces == null || member.pieces.has(piece)) return;
        member.pieces.add(piece);
        rarity.more(piece);
        member.missing += isMissing(state(piece));
        member.useful += isUseful(state(piece));
        if (member.isIdle && isUseful(state(piece)) > 0) {
            idle.remove(member);
            wakeLater(member);
        }
        wake();
    }

    public void lost(Source source, int piece) {
        Member member = member(source);
        if (!member.has(piece)) return;
        if (member.pieces == null) {
            seeds--;
            member.pieces = new PieceSet(count);
            for (int other = 0; other < count; other++) {
                member.pieces.add(other);
                rarity.more(other);
            }
        }
        member.pieces.remove(piece);
        rarity.fewer(piece);
        member.missing -= isMissing(state(piece));
        member.useful -= isUseful(state(piece));
        OpenPiece lost = opened[piece];
        if (lost != null) takeBack(member, firstBlock(piece), firstBlock(piece) + lost.blocks, true);
        wake();
    }

    public void left(Source source) {
        Member member = member(source);
        bySource.remove(source);
        members.remove(member);
        idle.remove(member);
        member.isGone = true;
        if (source.takesLongRuns()) longRunners--;
        if (member.pieces == null) {
            seeds--;
        } else {
            for (int piece = member.pieces.next(null, 0, count);
                    piece >= 0;
                    piece = member.pieces.next(null, piece + 1, count)) {
                rarity.fewer(piece);
            }
        }
        while (member.oldest != null) takeBack(member, member.oldest.from, member.oldest.to, false);
        for (OpenPiece piece : open) {
            if (piece.holder == member) piece.holder = null;
        }
        wake();
    }

    /** From now on these are fetched, or not; what was begun is finished. */
    public void select(int from, int to, boolean isWanted) {
        for (int piece = from; piece < to; piece++) {
            if (isWanted) unwanted.remove(piece);
            else unwanted.add(piece);
            if (isMissing(state(piece)) > 0 || state(piece) == State.NOT_WANTED) comeBack(piece);
        }
        wake();
    }

    /** Pieces that come before all others, in order. Several windows are served in turns. */
    public Window window(int from, int to) {
        Window window = new Window(from, to);
        windows.add(window);
        return window;
    }

    public boolean isWorthAsking(Source source) {
        return member(source).useful > 0;
    }

    /** @see Sources#pick */
    public @Nullable Run pick(Source source, long maxBytes, long now) {
        Member member = member(source);
        Run run = choose(member, Math.max(maxBytes, 1), now);
        if (run == null) rest(member);
        return run;
    }

    /**
     * A block came.
     *
     * @return whether it was still wanted
     */
    public boolean arrived(Source source, long at, long now) {
        Member member = member(source);
        member.heard = now;
        int piece = geometry.pieceAt(at);
        int block = (int) (at - geometry.offsetOf(piece)) / BLOCK;
        OpenPiece in = opened[piece];
        if (in == null || in.isHere(block)) return false;
        long number = firstBlock(piece) + block;
        Ask first = in.first(block);
        Ask second = in.second(block);
        in.arrive(block);
        in.touched = now;
        unlistIfFull(in);
        if (first != null) settle(first, number, first.of != member);
        if (second != null) settle(second, number, second.of != member);
        if (in.here == in.blocks) {
            close(in);
            become(piece, State.COMPLETE);
        }
        return true;
    }

    public void gaveBack(Source source, Run run) {
        takeBack(member(source), blockAt(run.from()), blockAt(run.to() - 1) + 1, false);
        wake();
    }

    public void verified(int piece) {
        suspects.remove(piece);
        discard(piece);
        become(piece, State.VERIFIED);
    }

    /** Its bytes are of no use, and were thrown away. */
    public void wrong(int piece) {
        suspects.add(piece);
        discard(piece);
        comeBack(piece);
        wake();
    }

    public void roomAgain() {
        isFull = false;
        wakeIdle(-1);
        wake();
    }

    /**
     * To be called about every second, since some things change by time alone: who is too slow; and which piece nobody
     * here can finish, though it fills the room.
     */
    public void tick(long now) {
        if (isFull) abandonStale(now);
        wakeIdle(-1);
        wake();
    }

    /** Those who owe something and have sent nothing for so long. */
    public List<Source> late(long silenceNanos, long now) {
        List<Source> late = new ArrayList<>();
        for (Member member : members) {
            if (member.silence(now) * 1e9 >= silenceNanos && member.oldest != null) late.add(member.source);
        }
        return late;
    }

    /** Pieces that are wanted, or begun, and not verified. */
    public int left() {
        return inState(State.MISSING) + inState(State.OPEN) + inState(State.COMPLETE);
    }

    public State state(int piece) {
        return STATES[states[piece]];
    }

    // What to give to whom.

    private @Nullable Run choose(Member to, long max, long now) {
        if (to.useful == 0) return null;
        Run run = inWindows(to, max, now);
        boolean isLong = to.source.takesLongRuns();
        if (run == null && !isLong) run = begun(to, max, now, false);
        if (run != null) return run;
        Held held = to.oldest == null || now >= to.nextLook ? slowest(to, now) : null;
        if (held != null) run = takeOver(held, to, max, now, MUCH_SLOWER);
        if (run == null) run = isLong ? foremost(to, 0, count, max, now, false) : fresh(to, max, now);
        if (run == null) run = begun(to, max, now, true);
        if (run == null && held != null) run = takeOver(held, to, max, now, SLOWER);
        if (run == null && held != null) run = again(held, to, max, now);
        return run;
    }

    private @Nullable Run inWindows(Member to, long max, long now) {
        for (int i = 0; i < windows.size(); i++) {
            Window window = windows.get((nextWindow + i) % windows.size());
            Run run = overdue(window, to, max, now);
            if (run == null) run = foremost(to, window.from, window.to, max, now, true);
            if (run == null) continue;
            nextWindow = (nextWindow + i + 1) % windows.size();
            return run;
        }
        return null;
    }

    /** The very next block of a window, if it would come much sooner from here. */
    private @Nullable Run overdue(Window window, Member to, long max, long now) {
        while (window.head < window.to && !isAwaited(state(window.head))) window.head++;
        OpenPiece piece = window.head < window.to ? opened[window.head] : null;
        if (piece == null || !to.has(piece.piece)) return null;
        int block = piece.firstAbsent();
        Ask ask = piece.first(block);
        if (ask == null || ask.of == to || piece.second(block) != null) return null;
        long from = firstBlock(piece.piece) + block;
        long end = from + 1;
        while (end < ask.to && end - from < blocksIn(max) && isHeldFor(to, ask, end)) end++;
        // Whoever answers in order sends this one next, however much else it owes.
        boolean isNext = ask == ask.of.oldest && from == ask.from;
        double due = isNext ? ask.of.silence(now) : ask.of.due(now);
        if (due <= Math.max(SOON_SECONDS, SLOWER * to.due((end - from) * BLOCK, now))) return null;
        return move(ask, from, end, to, now);
    }

    /** The foremost piece, and for those who take long runs its neighbours. */
    private @Nullable Run foremost(Member to, int from, int end, long max, long now, boolean anyBegun) {
        front = PieceSet.next(missing, partial, null, front, count);
        if (front < 0) front = count;
        int piece = Math.max(from, front);
        while (!isFull || !partials.isEmpty()) {
            piece = PieceSet.next(isFull ? partial : missing, partial, to.pieces, piece, end);
            if (piece < 0) return null;
            OpenPiece begun = opened[piece];
            if (begun == null) {
                begun = open(piece, now);
                if (begun != null) return from(begun, to, max, now);
            } else {
                if (anyBegun || mayJoin(begun, to)) return from(begun, to, max, now);
                piece++;
            }
        }
        return null;
    }

    private @Nullable Run begun(Member to, long max, long now, boolean any) {
        OpenPiece current = to.current;
        if (current != null && current.isOpen() && current.free > 0 && to.has(current.piece)) {
            if (any || mayJoin(current, to)) return from(current, to, max, now);
        }
        for (OpenPiece piece : partials) {
            if (to.has(piece.piece) && (any || mayJoin(piece, to))) return from(piece, to, max, now);
        }
        return null;
    }

    private boolean mayJoin(OpenPiece piece, Member to) {
        Member holder = piece.holder;
        return holder == null || holder == to || (!piece.isSuspect && !isQuick(holder, piece));
    }

    private static boolean isQuick(Member member, OpenPiece piece) {
        return (long) piece.free * BLOCK < ALONE_SECONDS * member.source.bytesPerSecond();
    }

    private @Nullable Run fresh(Member to, long max, long now) {
        if (isFull || to.missing == 0) return null;
        int piece = longRunners > 0
                ? fromTheEnd(to)
                : inState(State.VERIFIED) < RANDOM_FIRST ? rarestOf(1, to, 0, count) : rarest(to);
        OpenPiece opening = open(piece, now);
        return opening == null ? null : from(opening, to, max, now);
    }

    private int rarest(Member to) {
        int probes = PROBES;
        for (int bucket = to.pieces == null ? 0 : 1; bucket <= rarity.most(); bucket++) {
            int start = rarity.start(bucket);
            int size = rarity.start(bucket + 1) - start;
            int shift = size == 0 ? 0 : random.nextInt(size);
            for (int i = 0; i < size; i++) {
                int piece = rarity.at(start + (shift + i) % size);
                if (to.has(piece)) return piece;
                if (--probes == 0) return rarestOf(SAMPLES, to, 0, count);
            }
        }
        throw new IllegalStateException("nothing is missing that it has");
    }

    /** Somewhere in the last quarter of what is missing; all at the very end would leave swarms nothing to trade. */
    private int fromTheEnd(Member to) {
        back = missing.previous(null, back) + 1;
        int first = missing.next(to.pieces, front, back);
        int last = missing.previous(to.pieces, back);
        return rarestOf(SAMPLES, to, last - (last - first) / 4, last + 1);
    }

    private int rarestOf(int samples, Member to, int from, int end) {
        int best = -1;
        for (int i = 0; i < samples; i++) {
            int piece = missing.next(to.pieces, from + random.nextInt(end - from), end);
            if (piece < 0) piece = missing.next(to.pieces, from, end);
            if (best < 0 || rarity.of(piece) < rarity.of(best)) best = piece;
        }
        return best;
    }

    /** Blocks that somebody else was asked for, up to this one. */
    private record Held(Ask ask, long last, double due) {}

    private @Nullable Held slowest(Member to, long now) {
        to.nextLook = now + LOOK_AGAIN_NANOS;
        Held slowest = null;
        for (Member member : members) {
            if (member == to || member.newest == null) continue;
            double due = member.due(now);
            if (due <= (slowest == null ? SOON_SECONDS : slowest.due)) continue;
            Held held = lastHeld(member, to, due);
            if (held != null) slowest = held;
        }
        return slowest;
    }

    private @Nullable Held lastHeld(Member by, Member to, double due) {
        int looks = BACK_LOOKS;
        for (Ask ask = by.newest; ask != null; ask = ask.before) {
            for (long block = ask.to - 1; block >= ask.from; block--) {
                if (isHeldFor(to, ask, block)) return new Held(ask, block, due);
                if (--looks == 0) return null;
            }
        }
        return null;
    }

    /** Whether the block is asked of nobody else, and may be asked of this one. */
    private boolean isHeldFor(Member to, Ask ask, long block) {
        OpenPiece piece = opened[pieceOf(block)];
        int in = inPiece(block);
        return piece != null && piece.first(in) == ask && piece.second(in) == null && to.has(piece.piece);
    }

    private @Nullable Run takeOver(Held held, Member to, long max, long now, int factor) {
        // Both shall be done at the same time.
        double ours = to.rate();
        double theirs = held.ask.of.underWay / held.due;
        long share = Math.min(blocksIn(max), (long) Math.ceil(held.ask.left * ours / (ours + theirs)));
        long from = backFrom(held, to, share);
        if (held.due <= factor * to.due((held.last + 1 - from) * BLOCK, now)) return null;
        to.nextLook = now;
        return move(held.ask, from, held.last + 1, to, now);
    }

    /** How far back so many blocks go, which end at a border of pieces for those who take long runs. */
    private long backFrom(Held held, Member to, long blocks) {
        boolean isLong = to.source.takesLongRuns();
        long from = held.last;
        while (held.last + 1 - from < blocks
                && from > held.ask.from
                && isHeldFor(to, held.ask, from - 1)
                && (isLong || inPiece(from) > 0)) {
            from--;
        }
        long border = (from + blocksPerPiece - 1) / blocksPerPiece * blocksPerPiece;
        return isLong && border <= held.last ? border : from;
    }

    private Run move(Ask ask, long from, long end, Member to, long now) {
        Ask by = new Ask(to, now, from, end);
        for (long block = from; block < end; block++) {
            OpenPiece piece = openPiece(block);
            piece.take(inPiece(block), by);
            piece.touched = now;
            if (piece.holder == ask.of) piece.holder = to;
            to.current = piece;
            settle(ask, block, false);
        }
        Run run = add(by);
        cancel(ask.of, run);
        return run;
    }

    private @Nullable Run again(Held held, Member to, long max, long now) {
        if (to.oldest != null || !isEnd() || held.due <= to.due(BLOCK, now)) return null;
        long from = to.source.takesLongRuns() ? backFrom(held, to, blocksIn(max)) : held.last;
        return ask(to, from, held.last + 1, now);
    }

    /** Whether everything that anybody here has was asked for. */
    private boolean isEnd() {
        int reachable = seeds > 0 ? inState(State.MISSING) : rarity.start(rarity.most() + 1) - rarity.start(1);
        return reachable == 0 && partials.isEmpty();
    }

    private Run from(OpenPiece piece, Member to, long max, long now) {
        if (piece.holder == null || (piece.holder != to && !isQuick(piece.holder, piece))) {
            piece.holder = piece.isSuspect || isQuick(to, piece) ? to : null;
        }
        to.current = piece;
        long from = firstBlock(piece.piece) + piece.firstFree();
        long border = firstBlock(piece.piece) + piece.blocks;
        long end = from + 1;
        while (end < border && end - from < blocksIn(max) && piece.isFree(inPiece(end))) end++;
        if (to.source.takesLongRuns()) {
            for (int next = piece.piece + 1; end == border && next < count; next++) {
                long length = endOf(end - 1) - startOf(from) + geometry.lengthOf(next);
                if (isMissing(state(next)) == 0 || !to.has(next) || length > max) break;
                OpenPiece neighbour = open(next, now);
                if (neighbour == null) break;
                border = end += neighbour.blocks;
            }
        }
        return ask(to, from, end, now);
    }

    private Run ask(Member of, long from, long end, long now) {
        Ask ask = new Ask(of, now, from, end);
        for (long block = from; block < end; block++) {
            OpenPiece piece = openPiece(block);
            piece.ask(inPiece(block), ask);
            piece.touched = now;
            unlistIfFull(piece);
        }
        return add(ask);
    }

    private Run add(Ask ask) {
        Run run = new Run(startOf(ask.from), endOf(ask.to - 1));
        ask.of.underWay += run.length();
        ask.of.add(ask);
        return run;
    }

    // What becomes of it.

    /** This block does not come from there any more, or has come. */
    private void settle(Ask ask, long block, boolean isCancelled) {
        ask.of.underWay -= endOf(block) - startOf(block);
        if (--ask.left == 0) {
            ask.of.remove(ask);
        } else {
            while (!isAsked(ask, ask.from)) ask.from++;
            while (!isAsked(ask, ask.to - 1)) ask.to--;
        }
        if (isCancelled) cancel(ask.of, new Run(startOf(block), endOf(block)));
    }

    private boolean isAsked(Ask ask, long block) {
        OpenPiece piece = opened[pieceOf(block)];
        return piece != null && piece.isAskedAs(ask, inPiece(block));
    }

    private void takeBack(Member from, long first, long end, boolean isCancelled) {
        for (long block = first; block < end; block++) {
            OpenPiece piece = opened[pieceOf(block)];
            if (piece == null) continue;
            if (piece.holder == from) piece.holder = null;
            Ask ask = piece.askOf(from, inPiece(block));
            if (ask == null) continue;
            piece.release(inPiece(block), ask);
            if (piece.free > 0 && piece.partialPlace < 0) {
                list(piece);
                wakeIdle(piece.piece);
            }
            settle(ask, block, isCancelled);
        }
    }

    private void discard(int number) {
        OpenPiece piece = opened[number];
        if (piece == null) return;
        for (int block = 0; block < piece.blocks; block++) {
            for (Ask ask = piece.first(block); ask != null; ask = piece.first(block)) {
                piece.release(block, ask);
                settle(ask, firstBlock(number) + block, true);
            }
        }
        close(piece);
    }

    private void abandonStale(long now) {
        OpenPiece stale = null;
        for (OpenPiece piece : open) {
            if (piece.asked() > 0 || now - piece.touched < STALE_NANOS) continue;
            if (stale == null || piece.here < stale.here) stale = piece;
        }
        if (stale == null) return;
        isFull = false;
        discard(stale.piece);
        comeBack(stale.piece);
        room.abandon(stale.piece);
    }

    private @Nullable OpenPiece open(int number, long now) {
        if (isFull || !room.open(number)) {
            isFull = true;
            return null;
        }
        OpenPiece piece = new OpenPiece(number, geometry.blockCount(number), suspects.has(number), now);
        become(number, State.OPEN);
        opened[number] = piece;
        piece.openPlace = open.size();
        open.add(piece);
        list(piece);
        return piece;
    }

    private void close(OpenPiece piece) {
        if (piece.partialPlace >= 0) unlist(piece);
        OpenPiece last = open.remove(open.size() - 1);
        if (last != piece) open.set(piece.openPlace, last);
        last.openPlace = piece.openPlace;
        piece.openPlace = -1;
        opened[piece.piece] = null;
    }

    private void list(OpenPiece piece) {
        piece.partialPlace = partials.size();
        partials.add(piece);
        partial.add(piece.piece);
        front = Math.min(front, piece.piece);
    }

    private void unlistIfFull(OpenPiece piece) {
        if (piece.free == 0 && piece.partialPlace >= 0) unlist(piece);
    }

    private void unlist(OpenPiece piece) {
        OpenPiece last = partials.remove(partials.size() - 1);
        if (last != piece) partials.set(piece.partialPlace, last);
        last.partialPlace = piece.partialPlace;
        piece.partialPlace = -1;
        partial.remove(piece.piece);
    }

    private void comeBack(int piece) {
        become(piece, unwanted.has(piece) ? State.NOT_WANTED : State.MISSING);
        if (isMissing(state(piece)) > 0) wakeIdle(piece);
    }

    private void become(int piece, State next) {
        State before = state(piece);
        if (next == before) return;
        states[piece] = code(next);
        inState[code(before)]--;
        inState[code(next)]++;
        int more = isMissing(next) - isMissing(before);
        if (more < 0) {
            missing.remove(piece);
            rarity.unlist(piece);
        } else if (more > 0) {
            missing.add(piece);
            rarity.list(piece);
            front = Math.min(front, piece);
            back = Math.max(back, piece + 1);
        }
        for (Window window : windows) {
            if (isAwaited(next) && piece >= window.from) window.head = Math.min(window.head, piece);
        }
        int useful = isUseful(next) - isUseful(before);
        if (more == 0 && useful == 0) return;
        for (Member member : members) {
            if (!member.has(piece)) continue;
            member.missing += more;
            member.useful += useful;
        }
    }

    private void wakeIdle(int piece) {
        idle.removeIf(member -> {
            boolean isAwake = piece < 0 ? member.useful > 0 : member.has(piece);
            if (isAwake) wakeLater(member);
            return isAwake;
        });
    }

    private void wakeLater(Member member) {
        member.isIdle = false;
        woken.add(member);
    }

    private void wake() {
        for (Member next = woken.poll(); next != null; next = woken.poll()) {
            if (!next.isGone) next.source.wake();
        }
    }

    /** It has nothing to do, and will be told when that may have changed. */
    private void rest(Member member) {
        if (member.isIdle || member.isGone) return;
        member.isIdle = true;
        idle.add(member);
    }

    private void cancel(Member member, Run run) {
        member.source.cancel(run);
        rest(member);
    }

    private Member member(Source source) {
        Member member = bySource.get(source);
        if (member == null) throw new IllegalStateException("not here: " + source);
        return member;
    }

    @SuppressWarnings("EnumOrdinal") // A byte for each of two million pieces; it is kept nowhere else.
    private static byte code(State state) {
        return (byte) state.ordinal();
    }

    private int inState(State state) {
        return inState[code(state)];
    }

    private static int isMissing(State state) {
        return state == State.MISSING ? 1 : 0;
    }

    /** Whether blocks of it can be asked for. */
    private static int isUseful(State state) {
        return state == State.MISSING || state == State.OPEN ? 1 : 0;
    }

    private static boolean isAwaited(State state) {
        return isUseful(state) > 0;
    }

    private OpenPiece openPiece(long block) {
        return Objects.requireNonNull(opened[pieceOf(block)]);
    }

    private static long blocksIn(long bytes) {
        return Math.max(1, bytes / BLOCK);
    }

    private long firstBlock(int piece) {
        return (long) piece * blocksPerPiece;
    }

    private long blockAt(long at) {
        int piece = geometry.pieceAt(at);
        return firstBlock(piece) + (at - geometry.offsetOf(piece)) / BLOCK;
    }

    private int pieceOf(long block) {
        return (int) (block / blocksPerPiece);
    }

    private int inPiece(long block) {
        return (int) (block % blocksPerPiece);
    }

    private long startOf(long block) {
        return geometry.offsetOf(pieceOf(block)) + (long) inPiece(block) * BLOCK;
    }

    private long endOf(long block) {
        int piece = pieceOf(block);
        return Math.min(startOf(block) + BLOCK, geometry.offsetOf(piece) + geometry.lengthOf(piece));
    }

    // Whether all of this agrees.

    /** Counts everything anew; for tests. */
    public void checkInvariants() {
        rarity.checkInvariants();
        int[] counts = new int[STATES.length];
        for (int piece = 0; piece < count; piece++) checkPiece(piece, counts);
        check(Arrays.equals(counts, inState), "states");
        check(inState(State.OPEN) == open.size(), "open pieces");
        for (OpenPiece piece : open) checkOpen(piece);
        check(partials.stream().allMatch(piece -> opened[piece.piece] == piece && piece.free > 0), "partial pieces");
        check(members.size() == bySource.size() && bySource.values().containsAll(members), "members");
        check(seeds == members.stream().filter(m -> m.pieces == null).count(), "seeds");
        check(
                longRunners
                        == members.stream()
                                .filter(m -> m.source.takesLongRuns())
                                .count(),
                "long runners");
        check(idle.stream().allMatch(m -> m.isIdle && members.contains(m)), "idle");
        long asked = open.stream().mapToLong(OpenPiece::asks).sum();
        for (Member member : members) asked -= checkMember(member);
        check(asked == 0, "a block without an owner");
        check(woken.isEmpty(), "woken sources");
    }

    private void checkPiece(int piece, int[] counts) {
        State state = state(piece);
        counts[code(state)]++;
        check(missing.has(piece) == (state == State.MISSING), "missing", piece);
        check(rarity.isListed(piece) == (state == State.MISSING), "listed", piece);
        check((opened[piece] != null) == (state == State.OPEN), "open", piece);
        check(state != State.MISSING || !unwanted.has(piece), "unwanted", piece);
        check(state != State.MISSING || (front <= piece && piece < back), "front and back", piece);
        int have = (int)
                members.stream().filter(m -> m.pieces != null && m.has(piece)).count();
        check(rarity.of(piece) == have, "rarity", piece);
        for (Window window : windows) {
            boolean isBefore = piece >= window.from && piece < window.head;
            check(!isBefore || !isAwaited(state), "window", piece);
        }
    }

    private void checkOpen(OpenPiece piece) {
        piece.checkInvariants();
        check(opened[piece.piece] == piece && open.get(piece.openPlace) == piece, "place", piece.piece);
        boolean isPartial = piece.free > 0;
        check(partial.has(piece.piece) == isPartial && isPartial == piece.partialPlace >= 0, "partial", piece.piece);
        check(!isPartial || partials.get(piece.partialPlace) == piece, "partial place", piece.piece);
        check(!isPartial || front <= piece.piece, "front", piece.piece);
        check(piece.holder == null || !piece.holder.isGone, "holder", piece.piece);
    }

    /** Returns how many blocks are asked of it. */
    private int checkMember(Member member) {
        int missed = 0;
        int useful = 0;
        for (int piece = 0; piece < count; piece++) {
            if (!member.has(piece)) continue;
            missed += isMissing(state(piece));
            useful += isUseful(state(piece));
        }
        check(member.missing == missed && member.useful == useful, "counts of a source");
        int left = 0;
        long underWay = 0;
        for (Ask ask = member.oldest; ask != null; ask = ask.after) {
            check(
                    ask.of == member && ask.left > 0 && (ask.after == null ? member.newest : ask.after.before) == ask,
                    "ask");
            int found = 0;
            for (long block = ask.from; block < ask.to; block++) {
                if (!isAsked(ask, block)) continue;
                found++;
                underWay += endOf(block) - startOf(block);
            }
            check(found == ask.left && isAsked(ask, ask.from) && isAsked(ask, ask.to - 1), "blocks of an ask");
            left += found;
        }
        check(underWay == member.underWay, "bytes under way");
        return left;
    }

    private static void check(boolean ok, String what) {
        if (!ok) throw new AssertionError(what + " do not agree");
    }

    private static void check(boolean ok, String what, int piece) {
        if (!ok) throw new AssertionError(what + ": piece " + piece + " does not agree");
    }
}
