package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.store.PieceStore;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Source} may do with the transfer it works for. Confined to the transfer's loop.
 *
 * <p>Every byte of a run that was picked comes to one of three ends: it arrives, the source gives it back, or the
 * source leaves. So nothing can be asked for and forgotten.
 */
public interface Sources {
    /** @param pieces of the transfer's grid that it has; it may have more later */
    void joined(Source source, BitSet pieces);

    void has(Source source, int piece);

    /** lt_donthave, or a cache that was emptied. */
    void lost(Source source, int piece);

    /** Gives back everything it had picked. */
    void left(Source source);

    /** Whether it has anything that is wanted; constant time. */
    boolean isWorthAsking(Source source);

    /** Whether another source has what is there. */
    boolean isElsewhere(Source source, long at);

    /**
     * Chooses what this source shall fetch next; null if there is nothing for it now, and then {@link Source#wake} says
     * when to ask again.
     *
     * @param maxBytes at least one block is given even if that is more
     */
    @Nullable
    Run pick(Source source, long maxBytes);

    /** As {@link #pick(Source, long)}, but of this piece alone; nobody is woken when there is more of it. */
    @Nullable
    Run pick(Source source, int piece, long maxBytes);

    /**
     * Whole blocks came that were picked. The buffer is copied or written before this returns. What comes late, after it
     * was given back or cancelled, is welcome too.
     *
     * @return whether anybody still wanted them; a second copy is not
     */
    boolean arrived(Source source, long at, ByteBuffer bytes);

    /**
     * As {@link #arrived(Source, long, ByteBuffer)}, but the buffer may be read later, too, by what is given to the
     * writer.
     *
     * @param writer see {@link PieceStore#add(long, ByteBuffer, PieceStore.Sender, PieceStore.Writer)}
     */
    default boolean arrived(Source source, long at, ByteBuffer bytes, PieceStore.Writer writer) {
        return arrived(source, at, bytes);
    }

    /** Rejected, timed out, or choked away: somebody else may fetch it. */
    void gaveBack(Source source, Run run);
}
