package dev.hubswarm.bench;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
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
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.FileStamp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * One of our peers for bench/peers. Its arguments are {@code seed PORT FOLDER PEERS TORRENT...}, or {@code get} with the
 * same: ports on loopback, separated by commas, and torrents of one file each. Says when it is ready, then for each
 * torrent that it gets, one after the other, how many seconds that took; and ends with its standard input.
 */
public final class SwarmPeer {
    private static final int OPEN_FILES = 64;
    private static final int WAITING_TASKS = 256;

    private final OpenFiles open = new OpenFiles(OPEN_FILES);
    private final StoreResources resources = new StoreResources(
            new DiskPool(Runtime.getRuntime().availableProcessors(), WAITING_TASKS),
            new SegmentPool(MemoryBudget.USUAL / 2),
            new MemoryBudget(MemoryBudget.USUAL),
            new MemoryBudget(MemoryBudget.USUAL / 2));
    private final Random random = new Random();
    private final List<PeerAddress> peers;
    private final Swarm swarm;

    private SwarmPeer(int port, List<PeerAddress> peers) throws UserError {
        this.peers = peers;
        InetSocketAddress listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        PeerId id = new PeerId(random.nextLong(), random.nextLong(), random.nextInt());
        swarm = Swarm.start(SwarmConfig.on(listen), "hubswarm bench", id, random);
    }

    public static void main(String[] args) throws Exception {
        List<PeerAddress> peers = Stream.of(args[3].split(","))
                .filter(port -> !port.isEmpty())
                .map(port -> PeerAddress.of(new byte[] {127, 0, 0, 1}, Integer.parseInt(port)))
                .toList();
        SwarmPeer peer = new SwarmPeer(Integer.parseInt(args[1]), peers);
        Path folder = Path.of(args[2]);
        boolean seeds = args[0].equals("seed");
        List<Metainfo> torrents = new ArrayList<>();
        for (int i = 4; i < args.length; i++) torrents.add(Metainfo.read(Files.readAllBytes(Path.of(args[i]))));
        if (seeds) for (Metainfo torrent : torrents) peer.seed(torrent, folder.resolve(torrent.name()));
        System.out.println("ready");
        if (!seeds) for (Metainfo torrent : torrents) System.out.println(peer.get(torrent, folder));
        while (System.in.read() >= 0) {}
        peer.swarm.close();
    }

    private void seed(Metainfo torrent, Path file) throws UserError {
        // As if it had been looked at before.
        List<FileStamp> known = SeedFiles.open(torrent, file, List.of(), open).stamps();
        begin(torrent, SeedFiles.open(torrent, file, known, open), new TransferListener() {});
    }

    private double get(Metainfo torrent, Path folder) throws Exception {
        long begun = System.nanoTime();
        CompletableFuture<Void> end = new CompletableFuture<>();
        Path notes = folder.resolve("notes");
        Path where = TorrentFiles.named(torrent, folder);
        begin(torrent, TorrentFiles.open(torrent, where, file -> true, notes, open), new TransferListener() {
            @Override
            public void complete() {
                end.complete(null);
            }

            @Override
            public void failed(UserError failure) {
                end.completeExceptionally(failure);
            }
        });
        end.get();
        return (System.nanoTime() - begun) / 1e9;
    }

    private void begin(Metainfo torrent, PieceFiles files, TransferListener listener) {
        Loop loop = swarm.loop();
        loop.execute(() -> {
            Transfer transfer = Transfer.onDisk(loop, torrent, files, resources, random);
            transfer.listen(listener);
            SwarmTorrent joined = swarm.join(torrent.infoHash(), new NoMagnet());
            joined.begin(transfer, torrent);
            joined.found(peers, PeerOrigin.GIVEN);
        });
    }

    private static final class NoMagnet implements SwarmTorrent.Listener {
        @Override
        public void metadata(Metainfo torrent) {}

        @Override
        public void unusable(UserError failure) {}
    }
}
