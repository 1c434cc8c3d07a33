package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.PartFile;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * One file on its way into a cache. Thread-safe. What its journal claims is looked at again: the part may have been
 * filled for the sake of another torrent.
 */
public final class PartPieces implements PieceFiles {
    private final PartFile part;
    private final Listener listener;
    private final PieceGeometry geometry;

    /** Called on disk threads. */
    public interface Listener {
        /** More of the part is written. */
        void claimed();

        /** Less of it, from here on. */
        void forgot(long from);
    }

    public PartPieces(PartFile part, Listener listener) {
        this.part = part;
        this.listener = listener;
        this.geometry = new PieceGeometry(part.header().size(), part.header().pieceLength());
    }

    @Override
    public BitSet held() {
        BitSet held = new BitSet();
        for (int piece = 0; piece < geometry.pieceCount(); piece++) held.set(piece, part.has(piece));
        return held;
    }

    @Override
    public boolean isTrusted() {
        return false;
    }

    @Override
    public void write(ByteBuffer bytes, long at) throws UserError {
        part.write(bytes, at);
    }

    @Override
    public void read(ByteBuffer into, long at) throws UserError {
        for (long next = at; into.hasRemaining(); ) {
            int count = part.read(into, next);
            if (count < 0) throw new UserError(Kind.FAILED, "A file became shorter while it was read.", "Try again.");
            next += count;
        }
    }

    @Override
    public void claim(int piece, boolean fromHub) throws UserError {
        long from = geometry.offsetOf(piece);
        PartFile.Source source = fromHub ? PartFile.Source.HUB : PartFile.Source.PEER;
        part.written(from, from + geometry.lengthOf(piece), source);
        listener.claimed();
    }

    @Override
    public boolean isFromHub(int piece) {
        return part.source(piece) == PartFile.Source.HUB;
    }

    @Override
    public void forget(int piece) throws UserError {
        part.forget(piece);
        listener.forgot(geometry.offsetOf(piece));
    }
}
