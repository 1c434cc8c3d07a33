package dev.hubswarm.seeder;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
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
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.DiskPool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Somebody who fetches one torrent, on loopback. Thread-safe. */
final class Leecher implements SwarmTorrent.Listener, AutoCloseable {
    private final Swarm swarm;
    private final DiskPool disk = new DiskPool(2, 64);
    private final OpenFiles open = new OpenFiles(4);
    private final TorrentFiles files;
    private final SwarmTorrent torrent;
    private final Transfer transfer;
    private final Path file;
    private final AtomicInteger wrong = new AtomicInteger();

    Leecher(int number, Metainfo metainfo, Path folder) throws UserError {
        file = TorrentFiles.named(metainfo, folder);
        files = TorrentFiles.open(metainfo, file, any -> true, folder.resolve("notes"), open);
        swarm = Swarm.start(
                SwarmConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                "leecher",
                new PeerId(2, 2, number),
                new Random(number));
        StoreResources stores =
                new StoreResources(disk, new SegmentPool(4 << 20), new MemoryBudget(0), new MemoryBudget(0));
        transfer = inside(() -> Transfer.onDisk(swarm.loop(), metainfo, files, stores, new Random(number)));
        inside(() -> {
            transfer.listen(new TransferListener() {
                @Override
                public void lied(Source liar) {
                    wrong.incrementAndGet();
                }
            });
            return true;
        });
        torrent = inside(() -> {
            SwarmTorrent joined = swarm.join(metainfo.infoHash(), this);
            joined.begin(transfer, metainfo);
            return joined;
        });
    }

    private <T> T inside(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, swarm.loop()::execute).join();
    }

    int port() {
        return swarm.address().getPort();
    }

    void call(Swarm seed) {
        PeerAddress address = PeerAddress.of(
                seed.address().getAddress().getAddress(), seed.address().getPort());
        inside(() -> {
            torrent.found(List.of(Objects.requireNonNull(address)), PeerOrigin.GIVEN);
            return true;
        });
    }

    boolean isDone() {
        return inside(transfer::isComplete);
    }

    int pieces() {
        return inside(() -> transfer.verified().cardinality());
    }

    /** How many sent something that is not what the torrent says. */
    int wrong() {
        return wrong.get();
    }

    boolean isAlone() {
        return inside(() -> torrent.group().sessions().isEmpty());
    }

    void limit(long bytesPerSecond) {
        inside(() -> {
            torrent.limit(0, bytesPerSecond);
            return true;
        });
    }

    Path file() {
        return file;
    }

    @Override
    public void metadata(Metainfo found) {}

    @Override
    public void unusable(UserError failure) {}

    @Override
    public void close() throws UserError {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        swarm.loop().execute(() -> {
            torrent.close();
            transfer.close(() -> ended.complete(true));
        });
        ended.join();
        files.close();
        swarm.close();
        open.close();
        disk.close();
    }
}
