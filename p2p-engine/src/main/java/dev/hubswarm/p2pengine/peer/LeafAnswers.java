package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.peerwire.HashRange;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Tells peers what the blocks of our pieces hash to, so that they find out who lies to them (BEP 52). Confined to the
 * transfer's loop.
 *
 * <p>A few bytes of a question make us read and hash a piece. So pieces are read one after the other, not more than
 * {@value #BYTES_PER_SECOND} bytes in a second but for one piece, and what was read is kept, as far as
 * {@value #MOST_KEPT} bytes go: in a crowd everybody asks for the same.
 */
final class LeafAnswers {
    private static final long BYTES_PER_SECOND = 32 << 20;
    /** Those of 2 GiB. */
    private static final int MOST_KEPT = 4 << 20;

    private static final int MOST_WAITING = 64;
    /** Of one peer. */
    private static final int MOST_OF_ONE = 8;

    private record Question(PeerSession peer, HashRange range, int piece) {}

    private final PeerGroup group;
    /** By piece; what was used longest ago goes first. */
    private final Map<Integer, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true);

    private int keptBytes;
    private final Queue<Question> waiting = new ArrayDeque<>();
    private boolean isReading;
    private long bytesLeft = BYTES_PER_SECOND;

    LeafAnswers(PeerGroup group) {
        this.group = group;
    }

    /**
     * Sends an answer, soon, or says that there will be none.
     *
     * @return false for what is no question of this kind
     */
    boolean heard(PeerSession peer, HashRange range) {
        LeafRanges ranges = group.leafRanges();
        int piece = ranges == null ? LeafRanges.NONE : ranges.pieceOf(range);
        if (piece == LeafRanges.NONE) return false;
        Question question = new Question(peer, range, piece);
        long its = waiting.stream().filter(other -> other.peer == peer).count();
        boolean isThere = kept.containsKey(piece) || group.transfer().verified().get(piece);
        if (!isThere || waiting.size() >= MOST_WAITING || its >= MOST_OF_ONE) {
            refuse(question);
        } else {
            waiting.add(question);
            serve();
        }
        return true;
    }

    private void serve() {
        while (!isReading && !waiting.isEmpty()) {
            Question next = waiting.element();
            byte[] leaves = kept.get(next.piece);
            if (leaves == null) {
                if (bytesLeft <= 0) return;
                read(next.piece);
            } else {
                waiting.remove();
                answer(next, leaves);
            }
        }
    }

    private void read(int piece) {
        isReading = true;
        bytesLeft -= group.transfer().geometry().lengthOf(piece);
        group.transfer().leaves(piece, leaves -> {
            isReading = false;
            if (leaves.length > 0) keep(piece, leaves);
            else refuse(piece);
            serve();
        });
    }

    private void answer(Question question, byte[] leaves) {
        LeafRanges ranges = group.leafRanges();
        if (ranges == null) return;
        // What leads from the piece to the root costs hashing all above it.
        if (question.range.uncleCount() > 0)
            bytesLeft -= group.transfer().geometry().pieceCount() * 64L;
        question.peer.send(ranges.answer(question.range, leaves));
    }

    private static void refuse(Question question) {
        question.peer.send(new PeerMessage.HashReject(question.range));
    }

    private void refuse(int piece) {
        for (Iterator<Question> all = waiting.iterator(); all.hasNext(); ) {
            Question one = all.next();
            if (one.piece != piece) continue;
            all.remove();
            refuse(one);
        }
    }

    /** What the blocks of a piece hash to, proven. */
    void keep(int piece, byte[] leaves) {
        byte[] before = kept.put(piece, leaves);
        keptBytes += leaves.length - (before == null ? 0 : before.length);
        for (Iterator<byte[]> oldest = kept.values().iterator(); keptBytes > MOST_KEPT && kept.size() > 1; ) {
            keptBytes -= oldest.next().length;
            oldest.remove();
        }
    }

    byte @Nullable [] kept(int piece) {
        return kept.get(piece);
    }

    void tick() {
        bytesLeft = Math.min(BYTES_PER_SECOND, bytesLeft + BYTES_PER_SECOND);
        serve();
    }

    void left(PeerSession peer) {
        waiting.removeIf(question -> question.peer == peer);
    }
}
