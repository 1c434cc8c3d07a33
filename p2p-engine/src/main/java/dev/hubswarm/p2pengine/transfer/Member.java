package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.protocol.metainfo.PieceGeometry;
import org.jspecify.annotations.Nullable;

/** A source as its picker knows it: what it has, what was asked of it, when it was heard. Confined to its picker. */
final class Member {
    /** What somebody is believed to send who has not sent anything yet: a block in a second. */
    private static final double UNPROVEN = PieceGeometry.BLOCK_LENGTH;

    private static final double PATIENCE_SECONDS = 1;
    private static final double SECOND = 1e9;
    static final int NONE = -1;

    final Source source;
    /** Null: all of them. */
    @Nullable
    PieceSet pieces;

    /** How many of its pieces are missing here, and how many are missing or open. */
    int missing;

    int useful;

    /** In the order of time, which is the order in which they are answered. */
    @Nullable
    Ask oldest;

    @Nullable
    Ask newest;

    long underWay;
    long heard;
    /** The piece it works on. */
    @Nullable
    OpenPiece current;

    /** The only piece that it may complete, as long as it is not proven, once it was asked for one. */
    int trial = NONE;

    private boolean hasHelped;
    /** Something that it sent was right, or it is trusted. */
    private boolean isProven;

    /** When somebody slower was last looked for. */
    long looked = Long.MIN_VALUE / 2;

    /** When somebody who would miss a deadline was last looked for. */
    long hurried = Long.MIN_VALUE / 2;

    boolean isIdle;

    Member(Source source, @Nullable PieceSet pieces, long now) {
        this.source = source;
        this.pieces = pieces;
        heard = now;
        isProven = source.takesLongRuns();
    }

    boolean has(int piece) {
        return pieces == null || pieces.has(piece);
    }

    /**
     * Whether all of a piece may come from it: of who may be a liar, that of one piece until it is known to be right, and
     * of those where that is a single block, with which little is spoilt.
     */
    boolean mayComplete(OpenPiece piece) {
        return isProven || trial == NONE || trial == piece.piece || piece.blocksToCome == 1;
    }

    /** Whether it may be asked for blocks of it; the last one of those it may not complete is kept back. */
    boolean mayHelp(OpenPiece piece) {
        return mayComplete(piece) || (piece.holder == this && piece.free > 1);
    }

    /** It may turn out to be a liar, and nobody knows how quick it is. */
    boolean isNew() {
        return !isProven && source.bytesPerSecond() == 0;
    }

    void asked(int piece) {
        if (!isProven && trial == NONE) trial = piece;
    }

    void sent(int piece) {
        hasHelped |= trial == piece;
    }

    /** Another piece shows whether it lies. */
    void endTrial(int piece, boolean isRight) {
        if (trial != piece) return;
        isProven = isRight && hasHelped;
        hasHelped = false;
        trial = NONE;
    }

    void count(int moreMissing, int moreUseful) {
        missing += moreMissing;
        useful += moreUseful;
    }

    void add(Ask ask) {
        ask.before = newest;
        if (newest == null) oldest = ask;
        else newest.after = ask;
        newest = ask;
    }

    void remove(Ask ask) {
        if (ask.before == null) oldest = ask.after;
        else ask.before.after = ask.after;
        if (ask.after == null) newest = ask.before;
        else ask.after.before = ask.before;
    }

    /**
     * Whether what it owes is as good as asked of nobody: it never sent anything, and who asks is sure to, or it has had
     * its time.
     */
    boolean isHopeless(Member asker, long now) {
        boolean isMute = !source.isHub() && source.bytesPerSecond() == 0;
        return isMute && (asker.source.isHub() || silence(now) > PATIENCE_SECONDS);
    }

    /** How long it has owed something and sent nothing, in seconds. */
    double silence(long now) {
        return oldest == null ? 0 : (now - Math.max(heard, oldest.time)) / SECOND;
    }

    /**
     * When all that is under way will be here, in seconds. Whoever is silent is expected to be so for as long again as it
     * was already.
     */
    double due(long now) {
        double rate = source.bytesPerSecond();
        double silence = silence(now);
        return rate > 0 ? Math.max(underWay / rate, silence) : silence;
    }

    /** As {@link #due(long)}, but of whoever sent nothing yet next to nothing is expected. */
    double dueAtWorst(long now) {
        return Math.max(underWay / rate(), silence(now));
    }

    /** When so many bytes more would be here, in seconds. */
    double due(long bytes, long now) {
        return Math.max((underWay + bytes) / rate(), silence(now));
    }

    double rate() {
        double rate = source.bytesPerSecond();
        return rate > 0 ? rate : UNPROVEN;
    }
}
