package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is asked of whom. Confined to its transfer's loop; time and randomness are arguments.
 *
 * <p>In this order, a source is given
 * <ol>
 *   <li>what somebody waits for: the pieces in {@linkplain #window windows}, in order; those that would miss their
 *       deadline are asked for a second time;
 *   <li>more of the piece it works on, then one that it suggests, then other begun pieces: a source that is quick keeps
 *       a piece for itself, those that would take {@value #ALONE_SECONDS} s or longer share theirs;
 *   <li>what somebody holds who is {@value #MUCH_SLOWER} times slower;
 *   <li>a new piece: the first ones at random, then the rarest; or, as long runs, the foremost ones;
 *   <li>any begun piece;
 *   <li>what somebody holds who is {@value #SLOWER} times slower;
 *   <li>at the very end, when every block was asked for, one of them a second time.
 * </ol>
 *
 * <p>A peer that has proved nothing gets its pieces alone, and until the first one is known to be right not the last
 * block of any other: so it spoils one piece before it is known, and who is honest is asked for as much as anybody.
 *
 * <p>Work is constant per block. What is done once per piece goes over the sources (as telling them that it is here
 * does), over begun pieces, and over a limited number of candidates; only for a source that has very few, the bits of
 * all pieces are looked through. Who is slow is looked for a few times a second.
 *
 * <p>Sources are woken last, when everything here is in order, and never while another one picks; so they may pick at
 * once. They are told to cancel in the midst of things.
 */
public final class PiecePicker {
    /** Where memory for pieces comes from. Confined to the picker's loop. */
    public interface Room {
        /** Promises memory for a piece; after a no, {@link #roomAgain} says when to try again. */
        boolean open(int piece);

        /** As {@link #open}, for one whose bytes come from the front to the back, as far as is known. */
        default boolean openInOrder(int piece) {
            return open(piece);
        }

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
        /** Where the deadlines begin, when, and how fast they follow; no rate without them. */
        private int begin;

        private long due;
        private double rate;

        private Window(int from, int to) {
            move(from, to);
        }

        /**
         * From now on its pieces have deadlines.
         *
         * @param dueNanos when the first of them is needed
         * @param bytesPerSecond how fast the others are
         */
        public void hurry(long dueNanos, double bytesPerSecond) {
            begin = from;
            due = dueNanos;
            rate = bytesPerSecond;
        }

        private double secondsLeft(int piece, long now) {
            return (due - now) / 1e9 + (double) (piece - begin) * grid.lengthOf(0) / rate;
        }

        public void move(int newFrom, int newTo) {
            from = newFrom;
            to = Math.min(newTo, grid.pieces());
        }

        public void close() {
            windows.remove(this);
        }
    }

    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    private static final int ALONE_SECONDS = 20;
    private static final int MUCH_SLOWER = 10;
    private static final int SLOWER = 3;
    /** What comes sooner than this is not worth taking from anybody. */
    private static final double SOON_SECONDS = 0.2;
    /** Or, at the end, than this from the Hub, for which everything waits. */
    private static final double VERY_SOON_SECONDS = 0.05;
    /** Nor is, before the end, what comes sooner than this: some of it is on its way by then, and comes twice. */
    private static final double MUCH_LATER_SECONDS = 1;
    /** Complete pieces to trade are wanted soon, and the rarest would come slowly. */
    static final int RANDOM_FIRST = 4;

    /** Of what is missing; the rest is for peers, however quick somebody in front is. */
    private static final double MOST_IN_FRONT = 0.75;

    /** So many of the rarest pieces are tried, before the rarest of some samples is good enough. */
    private static final int PROBES = 512;

    private static final int SAMPLES = 16;
    /** So many of the last blocks of somebody slow are looked at. */
    private static final int BACK_LOOKS = 64;

    /** So many pieces of a window are looked at. */
    private static final int HURRIED_LOOKS = 8;

    private static final long LOOK_AGAIN_NANOS = 100_000_000;
    private static final long IDLE_LOOK_AGAIN_NANOS = 10_000_000;
    private static final long STALE_NANOS = 10_000_000_000L;

    private final PieceSpace space;
    private final BlockGrid grid;
    private final Room room;
    private final RandomGenerator random;
    private final Pieces pieces;
    private final Idle idle = new Idle();
    private final Asks asks;
    private final IdentityHashMap<Source, Member> members = new IdentityHashMap<>();
    private final PieceSet unwanted;
    /** Only the Hub is asked for these. */
    private final PieceSet hubs;
    /** They came wrong before. */
    private final PieceSet suspects;

    private final List<Window> windows = new ArrayList<>();
    private int nextWindow;
    /** The room said no. */
    private boolean isFull;
    /** For sources that take long runs; others must not shut them out, however slow they are. */
    private boolean isFullInOrder;

    /** Of one file. */
    public PiecePicker(PieceGeometry geometry, BitSet here, Room room, RandomGenerator random) {
        this(PieceSpace.of(geometry), here, room, random);
    }

    /** @param here what need not be fetched */
    public PiecePicker(PieceSpace space, BitSet here, Room room, RandomGenerator random) {
        this.space = space;
        this.room = room;
        this.random = random;
        grid = new BlockGrid(space);
        pieces = new Pieces(grid);
        asks = new Asks(pieces, idle);
        unwanted = new PieceSet(grid.pieces());
        hubs = new PieceSet(grid.pieces());
        suspects = new PieceSet(grid.pieces());
        for (int piece = 0; piece < grid.pieces(); piece++) {
            pieces.become(piece, here.get(piece) ? State.VERIFIED : State.MISSING);
        }
    }

    public void joined(Source source, BitSet has, long now) {
        boolean isSeed = has.cardinality() == grid.pieces() && (source.isHub() || hubs.isEmpty());
        Member member = new Member(source, isSeed ? null : PieceSet.of(has, grid.pieces()), now);
        if (!isSeed && !source.isHub()) Objects.requireNonNull(member.pieces).removeAll(hubs);
        if (members.putIfAbsent(source, member) != null) throw new IllegalStateException(source + " is here already");
        pieces.join(member);
        // It may never find anything worth to pick, until something is.
        idle.add(member);
    }

    public void has(Source source, int piece) {
        Member member = member(source);
        if (member.has(piece) || (hubs.has(piece) && !source.isHub())) return;
        pieces.gain(member, piece);
        if (member.isIdle && pieces.absent.has(piece)) idle.choose(other -> other == member);
        idle.wake();
    }

    public void lost(Source source, int piece) {
        Member member = member(source);
        if (!member.has(piece)) return;
        pieces.lose(member, piece);
        member.endTrial(piece, false);
        asks.takeBack(member, grid.first(piece), grid.end(piece), true);
        idle.wake();
    }

    public void left(Source source) {
        Member member = member(source);
        members.remove(source);
        pieces.leave(member);
        idle.remove(member);
        while (member.oldest != null) asks.takeBack(member, member.oldest.from, member.oldest.to, false);
        for (OpenPiece piece : pieces.open) {
            if (piece.holder == member) piece.holder = null;
        }
        idle.wake();
    }

    /** From now on these are fetched, or not; what was begun is finished. */
    public void select(int from, int to, boolean isWanted) {
        for (int piece = from; piece < to; piece++) {
            if (isWanted) unwanted.remove(piece);
            else unwanted.add(piece);
            if (state(piece) != State.MISSING && state(piece) != State.NOT_WANTED) continue;
            pieces.become(piece, afresh(piece));
        }
        if (isWanted) idle.choose(member -> member.missing > 0);
        idle.wake();
    }

    /**
     * From now on nobody but the Hub is asked for this piece, nor heard.
     *
     * @return whether that is so; not if some of it was asked of others
     */
    boolean keepForHub(int piece) {
        if (hubs.has(piece)) return true;
        OpenPiece open = pieces.open(piece);
        if (open != null && open.wasAskedOfOthers) return false;
        hubs.add(piece);
        for (Member member : List.copyOf(pieces.members)) {
            if (!member.source.isHub() && member.has(piece)) pieces.lose(member, piece);
        }
        idle.wake();
        return true;
    }

    boolean isKeptForHub(int piece) {
        return hubs.has(piece);
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

    boolean isElsewhere(Source source, int piece) {
        return pieces.members.stream().anyMatch(member -> member.source != source && member.has(piece));
    }

    /** @see Sources#pick(Source, long) */
    public @Nullable Run pick(Source source, long maxBytes, long now) {
        Member member = member(source);
        Run run = choose(member, maxBytes, now);
        if (run == null) idle.add(member);
        return run;
    }

    /** @see Sources#pick(Source, int, long) */
    public @Nullable Run pick(Source source, int piece, long maxBytes, long now) {
        Member member = member(source);
        if (!member.has(piece)) return null;
        boolean isMissing = state(piece) == State.MISSING;
        OpenPiece open = isMissing ? open(piece, member, now) : pieces.open(piece);
        // There may be room later.
        if (open == null && isMissing) idle.add(member);
        if (open == null || open.free == 0) return null;
        if (!isMissing && !mayHelp(open, member, true, now)) return null;
        return take(open, member, maxBytes, now);
    }

    /**
     * A block came.
     *
     * @return whether it was still wanted
     */
    public boolean arrived(Source source, long at, long now) {
        Member member = member(source);
        member.heard = now;
        long block = grid.at(at);
        OpenPiece piece = pieces.open(grid.pieceOf(block));
        if (piece == null || piece.isHere(grid.inPiece(block))) return false;
        if (!source.isHub()) {
            if (hubs.has(piece.piece)) return false;
            piece.wasAskedOfOthers = true;
        }
        member.sent(piece.piece);
        asks.arrived(member, piece, grid.inPiece(block), now);
        return true;
    }

    public void gaveBack(Source source, Run run) {
        Member member = member(source);
        long first = grid.at(run.from());
        // Others may go on with it; it is not kept waiting for them.
        member.endTrial(grid.pieceOf(first), false);
        asks.takeBack(member, first, grid.at(run.to() - 1) + 1, false);
        idle.wake();
    }

    public void verified(int piece) {
        suspects.remove(piece);
        end(piece, State.VERIFIED);
        idle.wake();
    }

    /** It is here, and nobody knows yet whether it is right. */
    public void received(int piece) {
        endTrials(piece, true);
        idle.wake();
    }

    /** What else it was sending, it alone, is as wrong, and is thrown away. It leaves next. */
    public void lied(Source source) {
        Member member = member(source);
        for (OpenPiece piece : List.copyOf(pieces.open)) if (piece.holder == member) abandon(piece);
    }

    /** Its bytes are of no use, and were thrown away. */
    public void wrong(int piece) {
        suspects.add(piece);
        end(piece, afresh(piece));
        idle.wake();
    }

    /** These blocks of an open or complete piece are wrong, and to be fetched again. {@link #wake} is to follow. */
    public void wrongBlocks(int piece, BitSet blocks, long now) {
        OpenPiece open = pieces.open(piece);
        if (open == null) {
            BitSet right = new BitSet();
            right.set(0, grid.blocksOf(piece));
            right.andNot(blocks);
            open = pieces.open(piece, right, false, now);
            open.wasAskedOfOthers = true;
        } else {
            blocks.stream().forEach(open::lose);
            pieces.sort(open);
        }
        open.holder = null;
        idle.choose(member -> member.has(piece));
    }

    /** Calls on those that may have something to pick now. */
    public void wake() {
        idle.wake();
    }

    /** Pieces that are open. */
    BitSet begun() {
        BitSet begun = new BitSet();
        for (OpenPiece piece : pieces.open) begun.set(piece.piece);
        return begun;
    }

    public void roomAgain() {
        isFull = isFullInOrder = false;
        idle.choose(member -> member.useful > 0);
        idle.wake();
    }

    /**
     * To be called about every second, since some things change by time alone: who is too slow; and which piece nobody
     * here can finish, though it fills the room.
     */
    public void tick(long now) {
        if (isFull || isFullInOrder) abandonStale(now);
        // It may have refused a piece for reasons of that piece.
        isFull = isFullInOrder = false;
        idle.choose(member -> member.useful > 0);
        idle.wake();
    }

    /** How much it was asked for and has not sent. */
    long underWay(Source source) {
        return member(source).underWay;
    }

    /** Pieces that are wanted, or begun, and not verified. */
    public int left() {
        return absent() + pieces.count(State.COMPLETE);
    }

    /** Pieces that are wanted, or begun, of which something has not come. */
    int absent() {
        return pieces.count(State.MISSING) + pieces.count(State.OPEN);
    }

    /** Pieces that need not be fetched. */
    int here() {
        return pieces.count(State.VERIFIED);
    }

    /** The first piece from here on of which nothing was asked for; -1 if there is none before {@code to}. */
    int nextMissing(int from, int to) {
        return pieces.missing.next(null, from, to);
    }

    public State state(int piece) {
        return pieces.state(piece);
    }

    private @Nullable Run choose(Member to, long max, long now) {
        if (to.useful == 0) return null;
        Run run = inWindows(to, max, now);
        boolean isLong = to.source.takesLongRuns();
        if (run == null && !isLong) run = ownOrBegun(to, max, now);
        if (run != null) return run;
        Held held = slowest(to, now);
        if (held != null) run = takeOver(held, to, max, now, MUCH_SLOWER);
        if (run == null) run = isLong ? foremost(to, 0, grid.pieces(), max, now, false) : fresh(to, max, now);
        if (run == null) run = begun(to, max, now, true);
        if (run == null && held != null) run = takeOver(held, to, max, now, SLOWER);
        if (run == null && held != null) run = again(held, to, max, now);
        return run;
    }

    private @Nullable Run ownOrBegun(Member to, long max, long now) {
        Run run = current(to, max, now);
        if (run == null) run = suggested(to, max, now);
        return run == null ? begun(to, max, now, false) : run;
    }

    private @Nullable Run inWindows(Member to, long max, long now) {
        for (int i = 0; i < windows.size(); i++) {
            Window window = windows.get((nextWindow + i) % windows.size());
            Run run = overdue(window, to, max, now);
            if (run == null) run = hurried(window, to, max, now);
            if (run == null) run = foremost(to, window.from, window.to, max, now, true);
            if (run == null) continue;
            nextWindow = (nextWindow + i + 1) % windows.size();
            return run;
        }
        return null;
    }

    /** The very next block of a window, if it would come much sooner from here. */
    private @Nullable Run overdue(Window window, Member to, long max, long now) {
        int head = pieces.absent.next(null, window.from, window.to);
        OpenPiece piece = head < 0 ? null : pieces.open(head);
        if (piece == null) return null;
        int absent = piece.firstAbsent();
        long from = grid.first(head) + absent;
        Ask ask = piece.first(absent);
        if (ask == null || ask.of == to || !asks.isHeldFor(to, ask, from, now)) return null;
        long end = from + 1;
        while (end < ask.to && end - from < BlockGrid.blocksIn(max) && asks.isHeldFor(to, ask, end, now)) end++;
        // Whoever answers in order sends this one next, however much else it owes.
        boolean isNext = ask == ask.of.oldest && from == ask.from;
        double due = isNext ? ask.of.silence(now) : ask.of.due(now);
        if (due <= Math.max(SOON_SECONDS, SLOWER * to.due((end - from) * BLOCK, now))) return null;
        return asks.move(ask, from, end, to, now);
    }

    /** Blocks of a window that come too late from whoever was asked for them, and sooner from here; they may do both. */
    private @Nullable Run hurried(Window window, Member to, long max, long now) {
        if (window.rate == 0 || now - to.hurried < LOOK_AGAIN_NANOS) return null;
        to.hurried = now;
        int looks = HURRIED_LOOKS;
        int piece = pieces.absent.next(null, window.from, window.to);
        while (piece >= 0 && looks-- > 0) {
            OpenPiece open = pieces.open(piece);
            // It is as urgent, and nobody has it: no time for second copies.
            if (open == null) return null;
            Run run = hurried(open, window.secondsLeft(piece, now), to, max, now);
            if (run != null) return run;
            piece = pieces.absent.next(null, piece + 1, window.to);
        }
        return null;
    }

    private @Nullable Run hurried(OpenPiece piece, double left, Member to, long max, long now) {
        for (long from = grid.first(piece.piece); from < grid.end(piece.piece); from++) {
            Ask ask = piece.first(grid.inPiece(from));
            if (ask == null || ask.of == to || !asks.isHeldFor(to, ask, from, now)) continue;
            double due = ask.of.due(now);
            long border = Math.min(grid.end(piece.piece), from + BlockGrid.blocksIn(max));
            long end = from + 1;
            while (end < border && asks.isHeldFor(to, ask, end, now)) end++;
            if (due <= left || due <= 2 * to.due((end - from) * BLOCK, now)) continue;
            to.hurried = now - LOOK_AGAIN_NANOS;
            return asks.ask(to, from, end, now);
        }
        return null;
    }

    /** The foremost piece, and for those who take long runs its neighbours. */
    private @Nullable Run foremost(Member to, int from, int end, long max, long now, boolean anyBegun) {
        int piece = Math.max(from, pieces.front());
        while (!isFull(to) || !pieces.partials.isEmpty()) {
            PieceSet fresh = isFull(to) ? pieces.partial : pieces.missing;
            piece = PieceSet.next(fresh, pieces.partial, to.pieces, piece, end);
            if (piece < 0) return null;
            OpenPiece begun = pieces.open(piece);
            if (begun == null) {
                begun = open(piece, to, now);
                if (begun != null) return take(begun, to, max, now);
            } else {
                if (mayHelp(begun, to, anyBegun, now)) return take(begun, to, max, now);
                piece++;
            }
        }
        return null;
    }

    /** The rest of what it works on. */
    private @Nullable Run current(Member to, long max, long now) {
        OpenPiece current = to.current;
        if (current == null || !current.isOpen() || current.free == 0) return null;
        return to.has(current.piece) && mayHelp(current, to, false, now) ? take(current, to, max, now) : null;
    }

    private @Nullable Run suggested(Member to, long max, long now) {
        if (isFull(to)) return null;
        int piece = to.source.suggestion(one -> pieces.missing.has(one) && to.has(one) && one >= meeting(now));
        OpenPiece opening = piece < 0 ? null : open(piece, to, now);
        return opening == null ? null : take(opening, to, max, now);
    }

    private @Nullable Run begun(Member to, long max, long now, boolean any) {
        for (OpenPiece piece : pieces.partials) {
            if (to.has(piece.piece) && mayHelp(piece, to, any, now)) return take(piece, to, max, now);
        }
        return null;
    }

    private static boolean mayHelp(OpenPiece piece, Member to, boolean any, long now) {
        return to.mayHelp(piece) && (any ? !piece.isKeptFrom(to, now) : mayJoin(piece, to));
    }

    private static boolean mayJoin(OpenPiece piece, Member to) {
        Member holder = piece.holder;
        return holder == null || holder == to || (!piece.isSuspect && !isQuick(holder, piece));
    }

    private static boolean isQuick(Member member, OpenPiece piece) {
        return member.isNew() || (long) piece.free * BLOCK < ALONE_SECONDS * member.source.bytesPerSecond();
    }

    private @Nullable Run fresh(Member to, long max, long now) {
        if (isFull(to) || to.missing == 0) return null;
        boolean isBeginning = pieces.count(State.COMPLETE) + pieces.count(State.VERIFIED) < RANDOM_FIRST;
        int meeting = meeting(now);
        int piece = meeting > 0 ? behind(meeting, to) : isBeginning ? rarestOf(1, to, 0, grid.pieces()) : rarest(to);
        OpenPiece opening = open(piece, to, now);
        return opening == null ? null : take(opening, to, max, now);
    }

    private int rarest(Member to) {
        Rarity rarity = pieces.rarity;
        int probes = PROBES;
        for (int bucket = to.pieces == null ? 0 : 1; bucket <= rarity.most(); bucket++) {
            int start = rarity.start(bucket);
            int size = rarity.start(bucket + 1) - start;
            int shift = size == 0 ? 0 : random.nextInt(size);
            for (int i = 0; i < size; i++) {
                int piece = rarity.at(start + (shift + i) % size);
                if (to.has(piece)) return piece;
                if (--probes == 0) return rarestOf(SAMPLES, to, 0, grid.pieces());
            }
        }
        throw new IllegalStateException("nothing is missing that it has");
    }

    /** What is before it is not for those who do not take long runs; 0 if nobody works from the front. */
    private int meeting(long now) {
        double share = Math.min(shareInFront(now), MOST_IN_FRONT);
        return share == 0 ? 0 : missingAt(share);
    }

    /**
     * Where those who take long runs will have come from the front when all others have fetched the rest, as quick as
     * they are now.
     */
    int endOfFront(long now) {
        double share = shareInFront(now);
        return share == 0 || share == 1 ? grid.pieces() : missingAt(share);
    }

    /** Such a share of what is missing lies before it. */
    private int missingAt(double share) {
        return pieces.missing.at((int) (share * pieces.count(State.MISSING)));
    }

    /** Of what is missing; 1 while it is not known who is quicker, 0 if nobody works from the front. */
    private double shareInFront(long now) {
        double inFront = 0;
        double others = 0;
        boolean isAnyInFront = false;
        for (Member member : pieces.members) {
            boolean isInFront = member.source.takesLongRuns() && member.isAtWork(now);
            if (isInFront) inFront += member.source.bytesPerSecond();
            else if (!member.source.takesLongRuns()) others += member.source.bytesPerSecond();
            isAnyInFront |= isInFront;
        }
        if (!isAnyInFront) return 0;
        return inFront > 0 && others > 0 ? inFront / (inFront + others) : 1;
    }

    /** Behind the meeting, or in the last quarter of what it has; all at the very end would leave swarms nothing to trade. */
    private int behind(int meeting, Member to) {
        int back = pieces.back();
        int first = pieces.missing.next(to.pieces, pieces.front(), back);
        int last = pieces.missing.previous(to.pieces, back);
        return rarestOf(SAMPLES, to, Math.min(meeting, last - (last - first) / 4), last + 1);
    }

    private int rarestOf(int samples, Member to, int from, int end) {
        int best = -1;
        for (int i = 0; i < samples; i++) {
            int piece = pieces.missing.next(to.pieces, from + random.nextInt(end - from), end);
            if (piece < 0) piece = pieces.missing.next(to.pieces, from, end);
            if (best < 0 || pieces.rarity.of(piece) < pieces.rarity.of(best)) best = piece;
        }
        return best;
    }

    /** Blocks that somebody else was asked for, up to this one. */
    private record Held(Ask ask, long last) {}

    private boolean isEnd() {
        return pieces.partials.isEmpty() && !pieces.isAnyReachable();
    }

    /** Those who would take longest, or might at the end; null too when it was looked for a moment ago. */
    private @Nullable Held slowest(Member to, long now) {
        if (now - to.looked < (to.oldest == null ? IDLE_LOOK_AGAIN_NANOS : LOOK_AGAIN_NANOS)) return null;
        to.looked = now;
        boolean isHopeful = !to.source.isHub() || !isEnd();
        Held slowest = null;
        double longest = isHopeful ? SOON_SECONDS : VERY_SOON_SECONDS;
        for (Member member : pieces.members) {
            if (member == to || member.newest == null) continue;
            double due = isHopeful ? member.due(now) : member.dueAtWorst(now);
            Held held = due <= longest ? null : lastHeld(member, to, now);
            if (held == null) continue;
            slowest = held;
            longest = due;
        }
        return slowest;
    }

    private @Nullable Held lastHeld(Member by, Member to, long now) {
        int looks = BACK_LOOKS;
        for (Ask ask = by.newest; ask != null; ask = ask.before) {
            for (long block = ask.to - 1; block >= ask.from; block--) {
                if (asks.isHeldFor(to, ask, block, now)) return new Held(ask, block);
                if (--looks == 0) return null;
            }
        }
        return null;
    }

    private @Nullable Run takeOver(Held held, Member to, long max, long now, int factor) {
        double due = held.ask.of.due(now);
        if (due <= MUCH_LATER_SECONDS) return null;
        // Both shall be done at the same time.
        double ours = to.rate();
        double theirs = held.ask.of.underWay / due;
        long share = Math.min(BlockGrid.blocksIn(max), (long) Math.ceil(held.ask.left * ours / (ours + theirs)));
        long from = backFrom(held, to, share, now);
        if (due <= factor * to.due((held.last + 1 - from) * BLOCK, now)) return null;
        to.looked = now - LOOK_AGAIN_NANOS;
        return asks.move(held.ask, from, held.last + 1, to, now);
    }

    /** How far back so many blocks go, which end at a border of pieces for those who take long runs. */
    private long backFrom(Held held, Member to, long blocks, long now) {
        boolean isLong = to.source.takesLongRuns();
        long from = held.last;
        while (held.last + 1 - from < blocks
                && from > held.ask.from
                && asks.isHeldFor(to, held.ask, from - 1, now)
                && (isLong || grid.inPiece(from) > 0)) {
            from--;
        }
        long border = grid.border(from);
        return isLong && border <= held.last ? border : from;
    }

    private @Nullable Run again(Held held, Member to, long max, long now) {
        if (!isEnd() || to.oldest != null) return null;
        // What the Hub brings for sure waits for nobody who never sent anything.
        Member holder = held.ask.of;
        double due = to.source.isHub() ? holder.dueAtWorst(now) : holder.due(now);
        if (due <= to.due(BLOCK, now)) return null;
        // Both come over one line: a second copy would only be in the first one's way. Who is silent is taken over
        // from.
        if (to.source.isHub() && holder.source.isHub()) return null;
        long from = to.source.takesLongRuns() ? backFrom(held, to, BlockGrid.blocksIn(max), now) : held.last;
        return asks.ask(to, from, held.last + 1, now);
    }

    private Run take(OpenPiece piece, Member to, long max, long now) {
        Member holder = piece.holder;
        if (holder == null || (holder != to && !isQuick(holder, piece))) {
            piece.holder = piece.isSuspect || isQuick(to, piece) ? to : null;
        }
        to.current = piece;
        long from = grid.first(piece.piece) + piece.firstFree();
        long end = Math.min(endOfFree(piece, from), from + BlockGrid.blocksIn(max));
        if (!to.mayComplete(piece) && end - from == piece.free) end--;
        if (end == grid.end(piece.piece) && to.source.takesLongRuns()) end = past(piece.piece, from, to, max, now);
        return asks.ask(to, from, end, now);
    }

    private long endOfFree(OpenPiece piece, long from) {
        return grid.first(piece.piece) + piece.endOfFree(grid.inPiece(from));
    }

    /** Goes on from a piece as far as its neighbours are missing, and fit as a whole, up to the first padding. */
    private long past(int piece, long from, Member to, long max, long now) {
        long end = grid.end(piece);
        long length = grid.run(from, end).length();
        for (int next = piece + 1; next < grid.pieces() && grid.isFollowedBy(end - 1, next); next++) {
            length += grid.lengthOf(next);
            if (length > max || state(next) != State.MISSING || !to.has(next)) break;
            OpenPiece begun = open(next, to, now);
            if (begun == null) break;
            end = endOfFree(begun, end);
        }
        return end;
    }

    private boolean isFull(Member of) {
        return of.source.takesLongRuns() ? isFullInOrder : isFull;
    }

    private @Nullable OpenPiece open(int piece, Member by, long now) {
        if (by.source.takesLongRuns()) {
            if (!isFullInOrder) isFullInOrder = !room.openInOrder(piece);
        } else if (!isFull) {
            isFull = !room.open(piece);
        }
        return isFull(by) ? null : pieces.open(piece, space.padding(piece), suspects.has(piece), now);
    }

    private void abandonStale(long now) {
        OpenPiece stale = null;
        for (OpenPiece piece : pieces.open) {
            if (piece.asked() > 0 || now - piece.touched < STALE_NANOS) continue;
            if (stale == null || piece.here < stale.here) stale = piece;
        }
        if (stale != null) abandon(stale);
    }

    private void abandon(OpenPiece piece) {
        end(piece.piece, afresh(piece.piece));
        room.abandon(piece.piece);
    }

    private void end(int piece, State next) {
        OpenPiece begun = pieces.open(piece);
        if (begun == null) pieces.become(piece, next);
        else asks.discard(begun, next);
        endTrials(piece, next == State.VERIFIED);
        if (next == State.MISSING) idle.choose(member -> member.has(piece));
    }

    private void endTrials(int piece, boolean isRight) {
        boolean isAny = false;
        for (Member member : pieces.members) {
            isAny |= member.trial == piece;
            member.endTrial(piece, isRight);
        }
        if (isAny) idle.choose(member -> member.useful > 0);
    }

    private State afresh(int piece) {
        return unwanted.has(piece) ? State.NOT_WANTED : State.MISSING;
    }

    private Member member(Source source) {
        Member member = members.get(source);
        if (member == null) throw new IllegalStateException(source + " is not here");
        return member;
    }

    private boolean isOnItsWay(int piece) {
        return state(piece) == State.OPEN || state(piece) == State.COMPLETE;
    }

    /** Counts everything anew; for tests. */
    public void checkInvariants() {
        pieces.checkInvariants();
        asks.checkInvariants();
        idle.checkInvariants(pieces.members);
        boolean ok = members.size() == pieces.members.size();
        for (int piece = 0; piece < grid.pieces(); piece++) ok &= state(piece) != State.MISSING || !unwanted.has(piece);
        for (Member member : pieces.members) {
            ok &= member.trial == Member.NONE || isOnItsWay(member.trial);
        }
        if (!ok) throw new AssertionError("the picker does not agree with itself");
    }
}
