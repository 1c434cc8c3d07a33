package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceStore.Sender;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers of pieces that came wrong who sent which block, so that the liar is banned and not all who helped. Confined
 * to the loop.
 *
 * <p>It forgets the oldest first, so that whoever makes many pieces fail takes no more memory.
 */
final class BlameBook {
    /** Those of 1 GiB: about a MiB of memory. */
    private static final int MAX_BLOCKS = 1 << 16;

    /** One time that a piece came wrong; a block of padding has no sender. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Attempt(@Nullable Sender[] senders, long[] hashes) {}

    private final Map<Integer, List<Attempt>> attempts = new LinkedHashMap<>();
    private int blocks;

    /** On a disk thread: the beginning of each block's SHA-1, for which no liar finds another block. */
    static long[] hashes(PieceFiles files, PieceGeometry geometry, int piece) throws UserError {
        ByteBuffer block = ByteBuffer.allocateDirect(PieceGeometry.BLOCK_LENGTH);
        long[] hashes = new long[geometry.blockCount(piece)];
        MessageDigest sha1 = Digests.sha1();
        for (int i = 0; i < hashes.length; i++) {
            block.clear().limit(geometry.blockLength(piece, i));
            files.read(block, geometry.offsetOf(piece) + (long) i * PieceGeometry.BLOCK_LENGTH);
            sha1.update(block.flip());
            hashes[i] = ByteBuffer.wrap(sha1.digest()).getLong();
        }
        return hashes;
    }

    boolean remembers(int piece) {
        return attempts.containsKey(piece);
    }

    void wrong(int piece, @Nullable Sender[] senders, long[] hashes) {
        List<Attempt> before = attempts.remove(piece);
        List<Attempt> all = before == null ? new ArrayList<>(1) : before;
        all.add(new Attempt(senders, hashes));
        attempts.put(piece, all);
        blocks += hashes.length;
        for (Iterator<List<Attempt>> oldest = attempts.values().iterator(); blocks > MAX_BLOCKS; ) {
            List<Attempt> first = oldest.next();
            blocks -= first.remove(0).hashes.length;
            if (first.isEmpty()) oldest.remove();
        }
    }

    /** Who sent what turns out to be wrong, now that the piece is right. */
    Set<Sender> right(int piece, long[] hashes) {
        Set<Sender> liars = new LinkedHashSet<>();
        List<Attempt> all = attempts.remove(piece);
        for (Attempt attempt : all == null ? List.<Attempt>of() : all) {
            blocks -= attempt.hashes.length;
            for (int block = 0; block < hashes.length; block++) {
                @Nullable Sender sender = attempt.senders[block];
                if (sender != null && attempt.hashes[block] != hashes[block]) liars.add(sender);
            }
        }
        return liars;
    }
}
