package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of one torrent that are fetched at present, each by a transfer of its own, for the torrent's peers: they
 * have one connection with us, whichever of its files we want. Confined to the transfers' loop.
 *
 * <p>Files come and go while peers stay. It is never complete, since nothing is served here (see {@link OtherGrid}).
 */
public final class Excerpts implements TorrentView {
    private final Metainfo torrent;
    private final PieceGeometry geometry;
    private final BitSet nothing = new BitSet();
    /** The oldest first, which is asked for first. */
    private final List<OtherGrid> files = new ArrayList<>();
    /** With what they have, for files that are added later. */
    private final IdentityHashMap<Source, BitSet> sources = new IdentityHashMap<>();

    /** With what hears of each file in their place: that one is complete is nothing to say of the whole. */
    private final IdentityHashMap<TransferListener, TransferListener> listeners = new IdentityHashMap<>();

    public Excerpts(Metainfo torrent) {
        this.torrent = torrent;
        geometry = new PieceGeometry(torrent.spaceSize(), torrent.pieceLength());
    }

    /** From now on its peers are asked for this file, too. */
    public OtherGrid add(Transfer transfer, FileEntry file) {
        OtherGrid added = new OtherGrid(transfer, torrent, file);
        files.add(added);
        listeners.values().forEach(added::listen);
        sources.forEach(added::joined);
        for (Source source : List.copyOf(sources.keySet())) source.wake();
        return added;
    }

    /** Its transfer hears no more of them; they stay. */
    public void remove(OtherGrid file) {
        if (!files.remove(file)) return;
        listeners.values().forEach(file::unlisten);
        file.letGo();
    }

    public boolean isEmpty() {
        return files.isEmpty();
    }

    private @Nullable OtherGrid at(long at) {
        for (OtherGrid file : files) if (file.covers(at)) return file;
        return null;
    }

    @Override
    public PieceGeometry geometry() {
        return geometry;
    }

    @Override
    public BitSet verified() {
        return nothing;
    }

    @Override
    public boolean isComplete() {
        return false;
    }

    @Override
    public long underWay(Source source) {
        return files.stream().mapToLong(file -> file.underWay(source)).sum();
    }

    @Override
    public void listen(TransferListener listener) {
        TransferListener ofFiles = new TransferListener() {
            @Override
            public void lied(Source liar) {
                listener.lied(liar);
            }
        };
        listeners.put(listener, ofFiles);
        for (OtherGrid file : files) file.listen(ofFiles);
    }

    @Override
    public void unlisten(TransferListener listener) {
        TransferListener ofFiles = listeners.remove(listener);
        if (ofFiles == null) return;
        for (OtherGrid file : files) file.unlisten(ofFiles);
    }

    @Override
    public void joined(Source source, BitSet pieces) {
        sources.put(source, (BitSet) pieces.clone());
        for (OtherGrid file : files) file.joined(source, pieces);
    }

    private BitSet pieces(Source source) {
        BitSet pieces = sources.get(source);
        if (pieces == null) throw new IllegalStateException(source + " is not here");
        return pieces;
    }

    @Override
    public void has(Source source, int piece) {
        pieces(source).set(piece);
        for (OtherGrid file : files) file.has(source, piece);
    }

    @Override
    public void lost(Source source, int piece) {
        pieces(source).clear(piece);
        for (OtherGrid file : files) file.lost(source, piece);
    }

    @Override
    public void left(Source source) {
        sources.remove(source);
        for (OtherGrid file : files) file.left(source);
    }

    @Override
    public boolean isWorthAsking(Source source) {
        return files.stream().anyMatch(file -> file.isWorthAsking(source));
    }

    @Override
    public boolean isElsewhere(Source source, long at) {
        OtherGrid file = at(at);
        return file != null && file.isElsewhere(source, at);
    }

    @Override
    public @Nullable Run pick(Source source, long maxBytes) {
        for (OtherGrid file : files) {
            Run run = file.pick(source, maxBytes);
            if (run != null) return run;
        }
        return null;
    }

    @Override
    public @Nullable Run pick(Source source, int piece, long maxBytes) {
        return null;
    }

    @Override
    public boolean arrived(Source source, long at, ByteBuffer bytes) {
        OtherGrid file = at(at);
        return file != null && file.arrived(source, at, bytes);
    }

    @Override
    public void gaveBack(Source source, Run run) {
        OtherGrid file = at(run.from());
        if (file != null) file.gaveBack(source, run);
    }
}
