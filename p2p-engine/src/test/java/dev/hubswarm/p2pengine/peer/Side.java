package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.MemoryStore;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.p2pengine.transfer.OtherGrid;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Our end of some connections: a transfer, its peers, and what they told. Confined to its test. */
final class Side implements PeerGroup.Listener {
    static final PeerId OURS = PeerId.of("-HS0000-000000000000".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    final HandLoop loop;
    final SmallTorrent torrent;
    final PeerGroup group;
    final List<PeerSession> banned = new ArrayList<>();
    final List<String> closed = new ArrayList<>();
    final List<PeerAddress> heardOf = new ArrayList<>();
    final List<Metainfo> metadata = new ArrayList<>();
    final List<UserError> unusable = new ArrayList<>();
    private @Nullable Transfer transfer;
    private @Nullable MemoryStore store;

    private Side(HandLoop loop, SmallTorrent torrent, InfoHash infoHash, PeerId peerId) {
        this.loop = loop;
        this.torrent = torrent;
        group = new PeerGroup(loop, infoHash, new LocalPeer(peerId, "hubswarm test", 7001), this);
    }

    static Side having(HandLoop loop, SmallTorrent torrent, int... pieces) {
        Side side = new Side(loop, torrent, torrent.metainfo().infoHash(), OURS);
        side.begin(torrent.metainfo(), pieces);
        return side;
    }

    static Side havingAll(HandLoop loop, SmallTorrent torrent) {
        return having(
                loop,
                torrent,
                IntStream.range(0, torrent.geometry().pieceCount()).toArray());
    }

    static Side magnet(HandLoop loop, SmallTorrent torrent, InfoHash infoHash) {
        return new Side(loop, torrent, infoHash, OURS);
    }

    /** One of several on one loop. */
    static Side number(int number, HandLoop loop, SmallTorrent torrent, boolean isMagnet, int... pieces) {
        PeerId id = new PeerId(7, 7, number);
        Side side = new Side(loop, torrent, torrent.metainfo().infoHash(), id);
        if (!isMagnet) side.begin(torrent.metainfo(), pieces);
        return side;
    }

    /** One that wants a file of the torrent alone, in pieces of its own. */
    static Side excerpt(int number, HandLoop loop, SmallTorrent torrent, FileEntry file, int pieceLength) {
        Side side = new Side(loop, torrent, torrent.metainfo().infoHash(), new PeerId(7, 7, number));
        PieceGeometry geometry = new PieceGeometry(file.length(), pieceLength);
        int from = (int) file.offset();
        byte[] bytes = Arrays.copyOfRange(torrent.bytes(), from, from + (int) file.length());
        Transfer made = new Transfer(
                loop,
                geometry,
                news -> side.store = new MemoryStore(loop, geometry, bytes, true, news),
                new Random(number));
        side.transfer = made;
        side.group.begin(new OtherGrid(made, torrent.metainfo(), file), torrent.metainfo());
        return side;
    }

    private void begin(Metainfo metainfo, int... pieces) {
        Transfer made = new Transfer(
                loop,
                torrent.geometry(),
                news -> store = new MemoryStore(loop, torrent.geometry(), torrent.bytes(), true, news).with(pieces),
                new Random(1));
        store().hasTree = metainfo.version().hasV2() && metainfo.hasPieceLayers();
        transfer = made;
        group.begin(made, metainfo);
    }

    Transfer transfer() {
        return Objects.requireNonNull(transfer);
    }

    MemoryStore store() {
        return Objects.requireNonNull(store);
    }

    boolean isDone() {
        return transfer != null && transfer.isComplete() && store().isWhole();
    }

    void check() {
        if (transfer != null) transfer.checkInvariants();
        group.checkInvariants();
    }

    @Override
    public void metadata(Metainfo found) {
        metadata.add(found);
        // As the store does that is made of it.
        if (found.hasPieceLayers()) PieceHashes.of(found);
        begin(found);
    }

    @Override
    public void unusable(UserError failure) {
        unusable.add(failure);
    }

    @Override
    public void heardOf(List<PeerAddress> peers) {
        heardOf.addAll(peers);
    }

    @Override
    public void lied(PeerSession liar, String why) {
        banned.add(liar);
    }

    @Override
    public void closed(PeerSession session, String why) {
        closed.add(why);
    }
}
