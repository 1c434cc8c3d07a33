package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A transfer of one file, for the peers of a torrent in which it is one of several: at an offset, and in pieces of another
 * length. Confined to the transfer's loop.
 *
 * <p>They are asked for bytes of the file alone, and what they send is checked on the transfer's own grid. Nothing is
 * served to them, since what we have was not checked against the hashes of their torrent.
 *
 * <p>In v2 and hybrids files begin pieces, so blocks of both grids are the same. Where they are not (v1), it picks block
 * by block, and a block that lies in two of their pieces is put together from what comes of each.
 */
public final class OtherGrid implements TorrentView {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    private final Transfer transfer;
    private final PieceGeometry ours;
    private final PieceGeometry theirs;
    private final long offset;
    private final boolean hasSameBlocks;
    private final BitSet nothing = new BitSet();
    private final IdentityHashMap<Source, Guest> guests = new IdentityHashMap<>();
    private final IdentityHashMap<TransferListener, TransferListener> listeners = new IdentityHashMap<>();

    /** @param file of the torrent: the transfer's */
    public OtherGrid(Transfer transfer, Metainfo torrent, FileEntry file) {
        this.transfer = transfer;
        ours = transfer.geometry();
        theirs = new PieceGeometry(torrent.spaceSize(), torrent.pieceLength());
        offset = file.offset();
        if (file.length() != ours.size()) throw new IllegalArgumentException("a file of another size");
        hasSameBlocks = offset % BLOCK == 0 && theirs.pieceLength() % BLOCK == 0 && ours.pieceLength() % BLOCK == 0;
    }

    /** A block of which parts are under way. Confined to its grid. */
    private static final class Patch {
        private final Run block;
        private final ByteBuffer bytes;
        private long missing;
        private boolean isRefused;

        private Patch(Run block) {
            this.block = block;
            missing = block.length();
            bytes = ByteBuffer.allocate((int) missing);
        }
    }

    /** A source of theirs, as the transfer knows it. Confined to its grid. */
    private final class Guest implements Source {
        private final Source source;
        /** Of their grid. */
        private final BitSet pieces;
        /** By where the block begins. */
        private final Map<Long, Patch> patches = new HashMap<>();

        private Guest(Source source, BitSet pieces) {
            this.source = source;
            this.pieces = pieces;
        }

        private OtherGrid grid() {
            return OtherGrid.this;
        }

        /** Whether it has all of a piece of ours. */
        private boolean has(int piece) {
            long from = offset + ours.offsetOf(piece);
            int last = theirs.pieceAt(from + ours.lengthOf(piece) - 1);
            return pieces.nextClearBit(theirs.pieceAt(from)) > last;
        }

        @Override
        public boolean isHub() {
            return source.isHub();
        }

        @Override
        public void wake() {
            source.wake();
        }

        @Override
        public void cancel(Run run) {
            patches.keySet().removeIf(block -> block >= run.from() && block < run.to());
            source.cancel(shift(run, offset));
        }

        @Override
        public boolean takesLongRuns() {
            return source.takesLongRuns();
        }

        @Override
        public double bytesPerSecond() {
            return source.bytesPerSecond();
        }

        @Override
        public void close(String why) {
            source.close(why);
        }
    }

    /** Whether this byte of the torrent is the file's. */
    boolean covers(long at) {
        return at >= offset && at < offset + ours.size();
    }

    /** The transfer is over, or wants nothing of them any more: they are asked for nothing, and not closed with it. */
    void letGo() {
        Run all = new Run(offset, offset + ours.size());
        for (Guest guest : List.copyOf(guests.values())) {
            guests.remove(guest.source);
            guest.source.cancel(all);
            transfer.left(guest);
        }
    }

    private static Run shift(Run run, long by) {
        return new Run(run.from() + by, run.to() + by);
    }

    // What the peers' group asks.

    @Override
    public PieceGeometry geometry() {
        return theirs;
    }

    @Override
    public BitSet verified() {
        return nothing;
    }

    @Override
    public boolean isComplete() {
        return transfer.isComplete();
    }

    @Override
    public long underWay(Source source) {
        Guest guest = guest(source);
        long ended = guest.patches.values().stream()
                .mapToLong(patch -> patch.block.length() - patch.missing)
                .sum();
        return transfer.underWay(guest) - ended;
    }

    @Override
    public void listen(TransferListener listener) {
        TransferListener news = new TransferListener() {
            @Override
            public void complete() {
                listener.complete();
            }

            @Override
            public void lied(Source liar) {
                if (liar instanceof Guest guest && guest.grid() == OtherGrid.this) listener.lied(guest.source);
            }
        };
        listeners.put(listener, news);
        transfer.listen(news);
    }

    @Override
    public void unlisten(TransferListener listener) {
        TransferListener news = listeners.remove(listener);
        if (news != null) transfer.unlisten(news);
    }

    // What sources do.

    private Guest guest(Source source) {
        Guest guest = guests.get(source);
        if (guest == null) throw new IllegalStateException(source + " is not here");
        return guest;
    }

    @Override
    public void joined(Source source, BitSet pieces) {
        Guest guest = new Guest(source, (BitSet) pieces.clone());
        guests.put(source, guest);
        BitSet has = new BitSet();
        for (int piece = 0; piece < ours.pieceCount(); piece++) has.set(piece, guest.has(piece));
        transfer.joined(guest, has);
    }

    @Override
    public void has(Source source, int piece) {
        Guest guest = guest(source);
        guest.pieces.set(piece);
        for (int one = first(piece); one < end(piece); one++) if (guest.has(one)) transfer.has(guest, one);
    }

    @Override
    public void lost(Source source, int piece) {
        Guest guest = guest(source);
        guest.pieces.clear(piece);
        for (int one = first(piece); one < end(piece); one++) transfer.lost(guest, one);
    }

    /** The first of our pieces that has bytes of this one of theirs. */
    private int first(int theirPiece) {
        long from = Math.max(theirs.offsetOf(theirPiece) - offset, 0);
        return (int) Math.min(from / ours.pieceLength(), ours.pieceCount());
    }

    private int end(int theirPiece) {
        long to = theirs.offsetOf(theirPiece) + theirs.lengthOf(theirPiece) - offset;
        return to <= 0 ? 0 : ours.pieceAt(Math.min(to, ours.size()) - 1) + 1;
    }

    @Override
    public void left(Source source) {
        Guest guest = guests.remove(source);
        if (guest != null) transfer.left(guest);
    }

    @Override
    public boolean isWorthAsking(Source source) {
        Guest guest = guests.get(source);
        return guest != null && transfer.isWorthAsking(guest);
    }

    @Override
    public boolean isElsewhere(Source source, long at) {
        return transfer.isElsewhere(guest(source), at - offset);
    }

    @Override
    public @Nullable Run pick(Source source, long maxBytes) {
        Guest guest = guest(source);
        Run run = transfer.pick(guest, hasSameBlocks ? maxBytes : BLOCK);
        if (run == null) return null;
        boolean isCut = theirs.pieceAt(run.from() + offset) != theirs.pieceAt(run.to() + offset - 1);
        if (!hasSameBlocks && isCut) guest.patches.put(run.from(), new Patch(run));
        return shift(run, offset);
    }

    /** What they may have while they are choked (BEP 6) is of their grid, and too little to translate. */
    @Override
    public @Nullable Run pick(Source source, int piece, long maxBytes) {
        return null;
    }

    @Override
    public boolean arrived(Source source, long at, ByteBuffer bytes) {
        Guest guest = guest(source);
        long from = at - offset;
        long to = from + bytes.remaining();
        // Late blocks may be any of their torrent.
        if (from < 0 || to > ours.size()) return false;
        Patch patch = hasSameBlocks ? null : guest.patches.get(startOfBlock(from));
        if (patch == null) return isWhole(from, to) && transfer.arrived(guest, from, bytes);
        if (to > patch.block.to()) return false;
        patch.missing -= bytes.remaining();
        patch.bytes.position((int) (from - patch.block.from())).put(bytes);
        settle(guest, patch);
        return true;
    }

    private long startOfBlock(long at) {
        long begin = ours.offsetOf(ours.pieceAt(at));
        return at - (at - begin) % BLOCK;
    }

    private boolean isWhole(long from, long to) {
        long end = to == ours.size() ? to : startOfBlock(to);
        boolean isInOne = hasSameBlocks || to - from <= BLOCK;
        return startOfBlock(from) == from && end == to && isInOne;
    }

    @Override
    public void gaveBack(Source source, Run run) {
        Guest guest = guests.get(source);
        if (guest == null) return;
        Run of = shift(run, -offset);
        Patch patch = guest.patches.get(startOfBlock(of.from()));
        if (patch == null) {
            transfer.gaveBack(guest, of);
        } else {
            patch.missing -= run.length();
            patch.isRefused = true;
            settle(guest, patch);
        }
    }

    /** A part that may still come must not be asked for again, so a block ends when all of its parts have. */
    private void settle(Guest guest, Patch patch) {
        if (patch.missing > 0) return;
        guest.patches.remove(patch.block.from());
        if (patch.isRefused) transfer.gaveBack(guest, patch.block);
        else transfer.arrived(guest, patch.block.from(), patch.bytes.clear());
    }
}
