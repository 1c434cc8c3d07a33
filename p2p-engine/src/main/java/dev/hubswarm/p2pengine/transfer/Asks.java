package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.transfer.PiecePicker.State;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of whom. Every block that is on its way has one owner, or two at the very end, and each owner counts
 * its own. Confined to its picker.
 */
final class Asks {
    private final Pieces pieces;
    private final BlockGrid grid;
    private final Idle idle;

    Asks(Pieces pieces, Idle idle) {
        this.pieces = pieces;
        this.idle = idle;
        grid = pieces.grid;
    }

    /** Asks for blocks of open pieces that nobody, or only one other {@linkplain #isHeldFor who counts}, was asked for. */
    Run ask(Member of, long from, long end, long now) {
        Ask ask = new Ask(of, now, from, end);
        for (long block = from; block < end; block++) {
            OpenPiece piece = openPiece(block);
            drop(piece.second(grid.inPiece(block)), block);
            piece.ask(grid.inPiece(block), ask);
            piece.touched = now;
            pieces.sort(piece);
        }
        return add(ask);
    }

    /** Asks somebody else for blocks of this ask. */
    Run move(Ask ask, long from, long end, Member to, long now) {
        Ask by = new Ask(to, now, from, end);
        for (long block = from; block < end; block++) {
            OpenPiece piece = openPiece(block);
            drop(piece.other(grid.inPiece(block), ask), block);
            piece.take(grid.inPiece(block), by);
            piece.touched = now;
            if (piece.holder == ask.of) piece.holder = to;
            to.current = piece;
            settle(ask, block);
        }
        Run run = add(by);
        cancel(ask.of, run);
        return run;
    }

    /** It came, and nobody else needs to send it. */
    void arrived(Member from, OpenPiece piece, int block, long now) {
        Ask first = piece.first(block);
        Ask second = piece.second(block);
        piece.arrive(block);
        piece.touched = now;
        pieces.sort(piece);
        long number = grid.first(piece.piece) + block;
        if (first != null) settle(first, number, from);
        if (second != null) settle(second, number, from);
        if (piece.here == piece.blocks) pieces.close(piece, State.COMPLETE);
    }

    /** What of these blocks it still owes, it does not any more. */
    void takeBack(Member from, long first, long end, boolean isTold) {
        for (long block = first; block < end; block++) {
            OpenPiece piece = pieces.open(grid.pieceOf(block));
            if (piece == null) continue;
            if (piece.holder == from) piece.holder = null;
            Ask ask = piece.askOf(from, grid.inPiece(block));
            if (ask == null) continue;
            piece.release(grid.inPiece(block), ask);
            if (pieces.sort(piece)) idle.choose(member -> member.has(piece.piece));
            settle(ask, block);
            if (isTold) cancel(from, grid.run(block, block + 1));
        }
    }

    /** Nothing of this piece shall come any more. */
    void discard(OpenPiece piece, State next) {
        for (int block = 0; block < piece.blocks; block++) {
            for (Ask ask = piece.first(block); ask != null; ask = piece.first(block)) {
                long number = grid.first(piece.piece) + block;
                piece.release(block, ask);
                settle(ask, number);
                cancel(ask.of, grid.run(number, number + 1));
            }
        }
        pieces.close(piece, next);
    }

    /** Whether the block is asked of nobody else who counts, and this one may be asked for it. */
    boolean isHeldFor(Member to, Ask ask, long block, long now) {
        OpenPiece piece = pieces.open(grid.pieceOf(block));
        int in = grid.inPiece(block);
        if (piece == null || piece.isKeptFrom(to, now) || !to.mayComplete(piece)) return false;
        if (!piece.isAskedAs(ask, in) || !to.has(piece.piece)) return false;
        Ask other = piece.other(in, ask);
        return other == null || (other.of != to && other.of.isHopeless(to, now));
    }

    /** It will come from somebody else, or not at all. */
    private void drop(@Nullable Ask ask, long block) {
        if (ask == null) return;
        openPiece(block).release(grid.inPiece(block), ask);
        settle(ask, block);
        cancel(ask.of, grid.run(block, block + 1));
    }

    private Run add(Ask ask) {
        Run run = grid.run(ask.from, ask.to);
        ask.of.underWay += run.length();
        ask.of.asked(grid.pieceOf(ask.from));
        ask.of.add(ask);
        return run;
    }

    private void settle(Ask ask, long block, Member by) {
        settle(ask, block);
        if (ask.of != by) cancel(ask.of, grid.run(block, block + 1));
    }

    private void settle(Ask ask, long block) {
        ask.of.underWay -= grid.length(block);
        if (--ask.left == 0) {
            ask.of.remove(ask);
        } else {
            while (!isAsked(ask, ask.from)) ask.from++;
            while (!isAsked(ask, ask.to - 1)) ask.to--;
        }
    }

    private boolean isAsked(Ask ask, long block) {
        OpenPiece piece = pieces.open(grid.pieceOf(block));
        return piece != null && piece.isAskedAs(ask, grid.inPiece(block));
    }

    private void cancel(Member member, Run run) {
        member.source.cancel(run);
        idle.add(member);
    }

    private OpenPiece openPiece(long block) {
        return Objects.requireNonNull(pieces.open(grid.pieceOf(block)));
    }

    void checkInvariants() {
        int asked = 0;
        for (OpenPiece piece : pieces.open) asked += piece.asks();
        for (Member member : pieces.members) asked -= check(member);
        if (asked != 0) throw new AssertionError(asked + " blocks without an owner");
    }

    /** Returns how many blocks are asked of it. */
    private int check(Member member) {
        int left = 0;
        long underWay = 0;
        for (Ask ask = member.oldest; ask != null; ask = ask.after) {
            Ask before = ask.after == null ? member.newest : ask.after.before;
            check(before == ask && ask.of == member && ask.left > 0, member);
            int found = 0;
            for (long block = ask.from; block < ask.to; block++) {
                if (!isAsked(ask, block)) continue;
                check(member.has(grid.pieceOf(block)), member);
                found++;
                underWay += grid.length(block);
            }
            check(found == ask.left && isAsked(ask, ask.from) && isAsked(ask, ask.to - 1), member);
            left += found;
        }
        check(underWay == member.underWay, member);
        return left;
    }

    private static void check(boolean ok, Member member) {
        if (!ok) throw new AssertionError("what is asked of " + member.source + " does not agree");
    }
}
