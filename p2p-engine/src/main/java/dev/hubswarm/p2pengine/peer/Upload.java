package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.TorrentView;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.AllowedFastSet;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerMessage.Signal;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What a peer gets from us: whether it may ask, what it has asked for, and what is suggested to it. Confined to its
 * session.
 */
public final class Upload implements Choker.Candidate, Turns.Waiting {
    private static final long UNUSED_SLOT_NANOS = 60_000_000_000L;

    /** Of what it takes, how much is suggested to it before it asks. */
    private static final double SECONDS_SUGGESTED = 0.5;

    private static final int MOST_SUGGESTED = 16;

    /** What it got is seen elsewhere by then, if it passes it on. */
    private static final double SECONDS_TO_PASS_ON = 3;

    private static final int PIECES_TO_PASS_ON = 2;

    private static final int FAST_PIECES = 10;
    private static final int FAST_BYTES = 4 << 20;

    private final PeerSession session;
    private final PeerGroup group;
    private final UploadQueue queue;
    private final RateMeter sent;
    private boolean isWanted;
    private boolean isUnchoked;
    /** Choked as soon as it has the piece that it has begun. */
    private boolean isLeaving;

    private long since;
    private long sentBefore;
    private long asked;
    /** Pieces that it gets though choked (BEP 6), and how much of them. */
    private final BitSet fast = new BitSet();

    private long fastBytes;
    /** Once we have everything, so that we can choose what it gets. */
    private Handout.@Nullable Share share;

    Upload(PeerSession session, PeerGroup group, PeerWire wire, long now) {
        this.session = session;
        this.group = group;
        queue = new UploadQueue(wire);
        sent = new RateMeter(now);
        since = asked = now;
    }

    // What the peer says, and does.

    void wanted(boolean isWantedNow) {
        isWanted = isWantedNow;
        if (!isWanted && !isUnchoked) return;
        if (!isWanted) choke();
        group.fillSlots();
    }

    boolean isWanted() {
        return isWanted;
    }

    /** @param request of bytes that are in the torrent */
    void asked(Request request) {
        asked = session.now();
        if (!mayHave(request) || !queue.add(request)) refuse(request);
        else if (share != null && share.asked(request.piece())) suggest();
        sendBlocks();
    }

    private boolean mayHave(Request request) {
        if (group.isWaiting() || !group.transfer().verified().get(request.piece())) return false;
        if (isUnchoked) return !isLeaving || share == null || share.isBegun(request.piece());
        if (!fast.get(request.piece()) || fastBytes < request.length()) return false;
        fastBytes -= request.length();
        return true;
    }

    void cancelled(Request request) {
        if (queue.cancel(request)) refuse(request);
    }

    /** It has another piece. */
    void gained(int piece) {
        if (share == null) return;
        boolean isMore = share.has(piece);
        if (isUnchoked && !isLeaving && kept() > 0) group.keeps(this);
        if (isLeaving && !share.isAmidPiece()) {
            choke();
            group.fillSlots();
        } else if (isMore) {
            suggest();
        }
    }

    void lost(int piece) {
        if (share != null) share.lost(piece);
    }

    void left() {
        if (share != null) share.left();
        group.turns().left(this, session.now());
    }

    // What goes to it.

    /** All bytes of a block have left to the socket. */
    void blockSent(int length) {
        long now = session.now();
        sent.add(length, now);
        group.countSent(length, now);
        // Whoever is still being served has no need to ask.
        asked = now;
        sendBlocks();
        group.serveMore();
    }

    private void sendBlocks() {
        if (!session.isClosed() && !group.isWaiting()) group.turns().changed(this, session.now());
    }

    @Override
    public boolean isReady() {
        return !session.isClosed() && queue.isReady(takesFromUs());
    }

    @Override
    public boolean isAmidPiece() {
        return !session.isClosed() && queue.isAmidPiece(group.transfer().geometry());
    }

    @Override
    public boolean isDrained() {
        return queue.isDrained();
    }

    @Override
    public boolean isNews() {
        return share == null || share.isNews(queue.nextPiece());
    }

    @Override
    public void send() {
        TorrentView transfer = group.transfer();
        queue.send(transfer.geometry(), takesFromUs(), transfer.verified(), this::refuse);
    }

    private void refuse(Request request) {
        if (session.hasFast()) session.send(UploadQueue.reject(request));
    }

    /** Bytes of blocks. */
    long total() {
        return sent.total();
    }

    /** Pieces for a newcomer, so that it soon has something to trade. */
    void allowFast(PieceGeometry geometry) {
        int count = Math.min(FAST_PIECES, FAST_BYTES / geometry.pieceLength());
        for (int piece : AllowedFastSet.of(session.address(), group.keys().get(0), geometry.pieceCount(), count)) {
            fast.set(piece);
            session.send(new PeerMessage.AllowedFast(piece));
        }
        fastBytes = FAST_BYTES;
    }

    /** @param has as {@link Handout#join} */
    void handOut(Handout handout, BitSet has) {
        share = handout.join(has);
        suggest();
    }

    private void suggest() {
        if (share == null || !session.hasFast() || !isUnchoked || isLeaving) return;
        int atMost = (int) Math.min(1 + piecesTakenIn(SECONDS_SUGGESTED), MOST_SUGGESTED);
        for (int piece = share.next(atMost); piece >= 0; piece = share.next(atMost)) {
            session.send(new PeerMessage.Suggest(piece));
        }
    }

    private double piecesTakenIn(double seconds) {
        return takesFromUs() * seconds / group.transfer().geometry().pieceLength();
    }

    /** We did not run: nobody was silent. */
    void slept(long nanos) {
        asked += nanos;
    }

    // What the choker asks and says.

    @Override
    public boolean isInterested() {
        boolean leavesSlotUnused = isUnchoked && session.now() - Math.max(asked, since) >= UNUSED_SLOT_NANOS;
        return isWanted && !session.isClosed() && !leavesSlotUnused && !session.wantsNothing();
    }

    @Override
    public boolean isUnchoked() {
        return isUnchoked;
    }

    @Override
    public void chokeAfterPiece() {
        if (isLeaving || !session.hasFast() || share == null || !share.isAmidPiece()) choke();
        else isLeaving = true;
    }

    @Override
    public void choke() {
        turn(false);
        isLeaving = false;
        if (share != null) share.choked();
        session.send(Signal.CHOKE);
        queue.retain(fast::get, this::refuse);
    }

    @Override
    public void unchoke() {
        turn(true);
        // Before it may ask, which it does at once.
        suggest();
        session.send(Signal.UNCHOKE);
    }

    private void turn(boolean unchoked) {
        isUnchoked = unchoked;
        since = session.now();
        sentBefore = sent.total();
    }

    @Override
    public boolean isSnubbing() {
        return session.isSnubbing();
    }

    @Override
    public double sendsUs() {
        return session.sendsUs();
    }

    @Override
    public double takesFromUs() {
        return sent.bytesPerSecond(session.now());
    }

    @Override
    public long since() {
        return since;
    }

    @Override
    public int kept() {
        if (share == null) return 0;
        return Math.max(0, share.kept() - PIECES_TO_PASS_ON - (int) piecesTakenIn(SECONDS_TO_PASS_ON));
    }

    @Override
    public long sentSince() {
        return sent.total() - sentBefore;
    }
}
