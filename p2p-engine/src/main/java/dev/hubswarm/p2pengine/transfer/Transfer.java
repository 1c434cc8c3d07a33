package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.base.Loop;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One file or torrent on its way: joins sources, the picker that tells them what to fetch, and the store that keeps it.
 * Confined to its loop. It knows no peers: they are sources as the Hub is.
 */
public final class Transfer implements Sources {
    private final PieceGeometry geometry;

    /** @param store makes the store that tells its news to the given listener */
    public Transfer(
            Loop loop,
            PieceGeometry geometry,
            Function<PieceStore.Listener, PieceStore> store,
            RandomGenerator random) {
        this.geometry = geometry;
    }

    public PieceGeometry geometry() {
        return geometry;
    }

    public void listen(TransferListener listener) {}

    public void unlisten(TransferListener listener) {}

    /** Pieces that can be read. Not to be changed. */
    public BitSet verified() {
        return new BitSet();
    }

    /** Whether all that is wanted is verified. */
    public boolean isComplete() {
        return false;
    }

    /** The hashes, or more of them, are known now. */
    public void attach(PieceHashes hashes) {}

    public void read(long at, int length, PieceStore.Reader reader) {}

    /** Closes all sources. The files may be closed once {@code ended} is called. */
    public void close(Runnable ended) {}

    @Override
    public void joined(Source source, BitSet pieces) {}

    @Override
    public void has(Source source, int piece) {}

    @Override
    public void lost(Source source, int piece) {}

    @Override
    public void left(Source source) {}

    @Override
    public boolean isWorthAsking(Source source) {
        return false;
    }

    @Override
    public @Nullable Run pick(Source source, long maxBytes) {
        return null;
    }

    @Override
    public boolean arrived(Source source, long at, ByteBuffer bytes) {
        return false;
    }

    @Override
    public void gaveBack(Source source, Run run) {}

    /** For tests. */
    public void checkInvariants() {}
}
