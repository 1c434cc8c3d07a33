package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.transfer.PiecePicker.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What state every piece is in, and who has it. Confined to its picker.
 *
 * <p>Each source carries the counts of what it could still be asked for. So when a piece changes its state, all sources
 * are gone over once, as they are when they are told that it is here; no other work depends on how many there are.
 */
final class Pieces {
    private static final State[] STATES = State.values();

    final BlockGrid grid;
    final PieceSet missing;
    /** Missing or open. */
    final PieceSet absent;
    /** Open, with free blocks; in no order. */
    final List<OpenPiece> partials = new ArrayList<>();

    final PieceSet partial;
    final List<OpenPiece> open = new ArrayList<>();
    final Rarity rarity;
    /** In an order that does not depend on addresses in memory, so that a run can be repeated. */
    final List<Member> members = new ArrayList<>();

    private final int count;
    private final byte[] states;
    private final int[] inState = new int[STATES.length];
    private final @Nullable OpenPiece[] opened;
    private int seeds;
    /** No piece before it is missing or partial, and none from {@code back} on is missing. */
    private int front;

    private int back;

    /** At first none is wanted. */
    Pieces(BlockGrid grid) {
        this.grid = grid;
        count = grid.pieces();
        missing = new PieceSet(count);
        absent = new PieceSet(count);
        partial = new PieceSet(count);
        rarity = new Rarity(count);
        states = new byte[count];
        opened = new OpenPiece[count];
        Arrays.fill(states, code(State.NOT_WANTED));
        inState[code(State.NOT_WANTED)] = count;
    }

    State state(int piece) {
        return STATES[states[piece]];
    }

    int count(State state) {
        return inState[code(state)];
    }

    /** Null unless it is open. */
    @Nullable
    OpenPiece open(int piece) {
        return opened[piece];
    }

    /** Before it there is nothing to ask for. */
    int front() {
        int next = PieceSet.next(missing, partial, null, front, count);
        front = next < 0 ? count : next;
        return front;
    }

    /** From here on nothing is missing. */
    int back() {
        back = missing.previous(null, back) + 1;
        return back;
    }

    /** Whether something is missing that somebody here has. */
    boolean isAnyReachable() {
        int counted = seeds > 0 ? 0 : 1;
        return rarity.start(counted) < rarity.start(rarity.most() + 1);
    }

    void join(Member member) {
        members.add(member);
        if (member.pieces == null) {
            seeds++;
            member.missing = count(State.MISSING);
            member.useful = member.missing + open.size();
            return;
        }
        for (int piece = member.pieces.next(null, 0, count);
                piece >= 0;
                piece = member.pieces.next(null, piece + 1, count)) {
            rarity.more(piece);
            count(member, piece, 1);
        }
    }

    void leave(Member member) {
        members.remove(member);
        if (member.pieces == null) {
            seeds--;
            return;
        }
        for (int piece = member.pieces.next(null, 0, count);
                piece >= 0;
                piece = member.pieces.next(null, piece + 1, count)) {
            rarity.fewer(piece);
        }
    }

    /** It has one piece more. */
    void gain(Member member, int piece) {
        if (member.pieces == null) throw new IllegalStateException("it has everything");
        member.pieces.add(piece);
        rarity.more(piece);
        count(member, piece, 1);
    }

    /** It has one piece less. */
    void lose(Member member, int piece) {
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
        count(member, piece, -1);
    }

    OpenPiece open(int piece, BitSet padding, boolean isSuspect, long now) {
        OpenPiece begun = new OpenPiece(piece, grid.blocksOf(piece), padding, isSuspect, now);
        change(piece, State.OPEN);
        opened[piece] = begun;
        begun.openPlace = open.size();
        open.add(begun);
        sort(begun);
        return begun;
    }

    void close(OpenPiece piece, State next) {
        if (piece.partialPlace >= 0) unlist(piece);
        OpenPiece last = open.remove(open.size() - 1);
        if (last != piece) open.set(piece.openPlace, last);
        last.openPlace = piece.openPlace;
        piece.openPlace = -1;
        opened[piece.piece] = null;
        become(piece.piece, next);
    }

    /** Lists it with those that have free blocks, or not any more; returns whether it is new there. */
    boolean sort(OpenPiece piece) {
        boolean isListed = piece.partialPlace >= 0;
        if (isListed == piece.free > 0) return false;
        if (isListed) {
            unlist(piece);
            return false;
        }
        piece.partialPlace = partials.size();
        partials.add(piece);
        partial.add(piece.piece);
        front = Math.min(front, piece.piece);
        return true;
    }

    private void unlist(OpenPiece piece) {
        OpenPiece last = partials.remove(partials.size() - 1);
        if (last != piece) partials.set(piece.partialPlace, last);
        last.partialPlace = piece.partialPlace;
        piece.partialPlace = -1;
        partial.remove(piece.piece);
    }

    /** For pieces that are not open. */
    void become(int piece, State next) {
        if (opened[piece] != null || next == State.OPEN) throw new IllegalStateException("piece " + piece + " is open");
        change(piece, next);
    }

    private void change(int piece, State next) {
        State before = state(piece);
        if (next == before) return;
        states[piece] = code(next);
        inState[code(before)]--;
        inState[code(next)]++;
        int moreMissing = (next == State.MISSING ? 1 : 0) - (before == State.MISSING ? 1 : 0);
        int moreAbsent = (isAbsent(next) ? 1 : 0) - (isAbsent(before) ? 1 : 0);
        if (moreMissing < 0) {
            missing.remove(piece);
            rarity.unlist(piece);
        } else if (moreMissing > 0) {
            missing.add(piece);
            rarity.list(piece);
            front = Math.min(front, piece);
            back = Math.max(back, piece + 1);
        }
        if (moreAbsent < 0) absent.remove(piece);
        else if (moreAbsent > 0) absent.add(piece);
        if (moreMissing == 0 && moreAbsent == 0) return;
        for (Member member : members) {
            if (member.has(piece)) member.count(moreMissing, moreAbsent);
        }
    }

    private void count(Member member, int piece, int sign) {
        member.count(missing.has(piece) ? sign : 0, absent.has(piece) ? sign : 0);
    }

    private static boolean isAbsent(State state) {
        return state == State.MISSING || state == State.OPEN;
    }

    @SuppressWarnings("EnumOrdinal") // A byte for each of two million pieces; it is kept nowhere else.
    private static byte code(State state) {
        return (byte) state.ordinal();
    }

    /** Counts everything anew. */
    void checkInvariants() {
        rarity.checkInvariants();
        int[] counts = new int[STATES.length];
        for (int piece = 0; piece < count; piece++) {
            State state = state(piece);
            counts[code(state)]++;
            boolean isMissing = state == State.MISSING;
            OpenPiece begun = opened[piece];
            check(missing.has(piece) == isMissing && rarity.isListed(piece) == isMissing, "missing", piece);
            check(!isMissing || (front <= piece && piece < back), "front and back", piece);
            check(absent.has(piece) == isAbsent(state), "absent", piece);
            check((begun != null) == (state == State.OPEN), "open", piece);
            check(partial.has(piece) == (begun != null && begun.free > 0), "partial", piece);
            int have = 0;
            for (Member member : members) have += member.pieces != null && member.has(piece) ? 1 : 0;
            check(rarity.of(piece) == have, "rarity", piece);
        }
        check(Arrays.equals(counts, inState) && count(State.OPEN) == open.size(), "states", -1);
        for (OpenPiece piece : open) check(piece);
        check(partials.stream().allMatch(piece -> piece.free > 0), "partials", -1);
        check(seeds == members.stream().filter(member -> member.pieces == null).count(), "seeds", -1);
        for (Member member : members) check(member);
    }

    private void check(OpenPiece piece) {
        piece.checkInvariants();
        boolean isPartial = piece.free > 0;
        check(opened[piece.piece] == piece && open.get(piece.openPlace) == piece, "place", piece.piece);
        check(isPartial ? partials.get(piece.partialPlace) == piece : piece.partialPlace < 0, "partial", piece.piece);
        check(!isPartial || front <= piece.piece, "front", piece.piece);
        check(piece.holder == null || members.contains(piece.holder), "holder", piece.piece);
    }

    private void check(Member member) {
        for (int piece = 0; piece < count; piece++) {
            if (member.has(piece)) count(member, piece, -1);
        }
        check(member.missing == 0 && member.useful == 0, "counts of a source", -1);
        for (int piece = 0; piece < count; piece++) {
            if (member.has(piece)) count(member, piece, 1);
        }
    }

    private static void check(boolean ok, String what, int piece) {
        if (!ok) throw new AssertionError(what + ": piece " + piece + " does not agree");
    }
}
