package dev.hubswarm.e2e;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.PieceFiles;
import dev.hubswarm.p2pengine.store.SeedFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.store.TorrentFiles;
import dev.hubswarm.p2pengine.swarm.PeerOrigin;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.DiskPool;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Our engine in this process with real files, for many torrents at once. Thread-safe. */
final class Engine implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 90;

    private final DiskPool disk = new DiskPool(2, 64);
    private final OpenFiles open = new OpenFiles(64);
    private final StoreResources resources = new StoreResources(
            disk,
            new SegmentPool(16 << 20),
            new MemoryBudget(MemoryBudget.USUAL),
            new MemoryBudget(MemoryBudget.USUAL));
    private final Swarm swarm;

    private Engine(Swarm swarm) {
        this.swarm = swarm;
    }

    static Engine start(String host) throws UserError {
        SwarmConfig config = SwarmConfig.on(new InetSocketAddress(host, 0));
        long id = System.nanoTime();
        return new Engine(Swarm.start(config, "hubswarm e2e", new PeerId(id, id, 1), new Random()));
    }

    InetSocketAddress address() {
        return swarm.address();
    }

    Share seed(Metainfo torrent, Path source) throws Exception {
        return seed(torrent, files(torrent, source));
    }

    PieceFiles files(Metainfo torrent, Path source) throws UserError {
        return SeedFiles.open(torrent, source, List.of(), open);
    }

    /** As if they had been looked at before, and were right. */
    PieceFiles trusted(Metainfo torrent, Path source) throws UserError {
        return SeedFiles.open(
                torrent,
                source,
                SeedFiles.open(torrent, source, List.of(), open).stamps(),
                open);
    }

    /** Shares files that are taken to be right. */
    Share seed(Metainfo torrent, PieceFiles files) throws Exception {
        Share share = new Share(torrent.infoHash(), Path.of(""));
        share.begin(torrent, files);
        return share;
    }

    Share get(Metainfo torrent, Path folder) throws Exception {
        TorrentFiles files =
                TorrentFiles.open(torrent, TorrentFiles.named(torrent, folder), file -> true, notes(folder), open);
        Share share = new Share(torrent.infoHash(), folder);
        share.begin(torrent, files);
        return share;
    }

    Share get(InfoHash magnet, Path folder) throws Exception {
        return new Share(magnet, folder);
    }

    static Path notes(Path folder) {
        return folder.resolveSibling("notes");
    }

    private <T> T inside(Callable<T> task) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        swarm.loop().execute(() -> {
            try {
                result.complete(task.call());
            } catch (Exception | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        swarm.close();
        disk.close();
        open.close();
    }

    /** One torrent of it. Thread-safe: what it knows is asked on the loop. */
    final class Share implements SwarmTorrent.Listener, TransferListener {
        private final Path folder;
        private final SwarmTorrent joined;
        private final CompletableFuture<Boolean> lied = new CompletableFuture<>();
        private final CompletableFuture<Boolean> complete = new CompletableFuture<>();
        private final CompletableFuture<TransferSnapshot> ended = new CompletableFuture<>();
        private volatile @Nullable TorrentFiles files;
        private @Nullable Transfer transfer;
        private int most = Integer.MAX_VALUE;
        private boolean isLeaving;

        Share(InfoHash infoHash, Path folder) throws Exception {
            this.folder = folder;
            joined = inside(() -> swarm.join(infoHash, this));
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored")
        public void metadata(Metainfo torrent) {
            // Files are not for the loop, which may be calling.
            CompletableFuture.runAsync(() -> {
                try {
                    TorrentFiles opened = TorrentFiles.open(
                            torrent, TorrentFiles.named(torrent, folder), file -> true, notes(folder), open);
                    begin(torrent, opened);
                } catch (Exception e) {
                    complete.completeExceptionally(e);
                }
            });
        }

        void begin(Metainfo torrent, PieceFiles from) throws Exception {
            if (from instanceof TorrentFiles opened) files = opened;
            inside(() -> {
                Transfer made = Transfer.onDisk(swarm.loop(), torrent, from, resources, new Random());
                transfer = made;
                made.listen(this);
                joined.begin(made, torrent);
                if (made.isComplete()) complete();
                return true;
            });
        }

        void found(InetSocketAddress peer) throws Exception {
            PeerAddress address = PeerAddress.of(peer.getAddress().getAddress(), peer.getPort());
            inside(() -> {
                joined.found(List.of(address), PeerOrigin.GIVEN);
                return true;
            });
        }

        void limit(long upload, long download) throws Exception {
            inside(() -> {
                joined.limit(upload, download);
                return true;
            });
        }

        List<PeerSnapshot> peers() throws Exception {
            return inside(() -> joined.group().snapshot());
        }

        void awaitComplete() throws Exception {
            complete.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** Until somebody has sent wrong bytes, or nobody has and all is here. */
        void awaitLieOrComplete() throws Exception {
            CompletableFuture.anyOf(lied, complete).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** Lets it end when it has so many pieces. */
        void stopAt(int pieces) throws Exception {
            inside(() -> most = pieces);
        }

        /** After {@link #stopAt}, as if it were killed: what was written may be there, and nobody has said so. */
        TransferSnapshot awaitKilled() throws Exception {
            return ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        /** As {@link #awaitKilled}, but as when a user ends the program. */
        TransferSnapshot awaitStopped() throws Exception {
            TransferSnapshot end = awaitKilled();
            TorrentFiles opened = files;
            if (opened != null) opened.close();
            return end;
        }

        TransferSnapshot stop() throws Exception {
            inside(() -> {
                leave();
                return true;
            });
            return awaitStopped();
        }

        private void leave() {
            Transfer begun = transfer;
            if (isLeaving || begun == null) return;
            isLeaving = true;
            begun.checkInvariants();
            joined.group().checkInvariants();
            TransferSnapshot end = begun.snapshot();
            joined.close();
            begun.close(() -> ended.complete(end));
        }

        @Override
        public void verified(int piece) {
            if (Objects.requireNonNull(transfer).verified().cardinality() < most) return;
            swarm.loop().execute(this::leave);
        }

        @Override
        public void complete() {
            complete.complete(true);
        }

        @Override
        public void lied(Source liar) {
            lied.complete(true);
        }

        @Override
        public void unusable(UserError failure) {
            complete.completeExceptionally(failure);
        }

        @Override
        public void failed(UserError failure) {
            complete.completeExceptionally(failure);
        }
    }
}
