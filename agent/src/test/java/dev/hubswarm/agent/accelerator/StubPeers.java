package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.PieceFiles;
import dev.hubswarm.p2pengine.store.SeedFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.index.Candidate;
import dev.hubswarm.trackerclient.index.MemoryIndex;
import dev.hubswarm.trackerclient.index.TorrentIndex;
import dev.hubswarm.trackerclient.index.WantedFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One swarm that seeds, another to download with, and an index in which what it has is listed. Confined to one thread. */
final class StubPeers implements AutoCloseable {
    private final Path folder;
    private final DiskPool disk = new DiskPool(2, 64);
    private final OpenFiles open = new OpenFiles(16);
    private final Swarm seeder;
    private final Swarm swarm;
    private final TrackerHttp http = new TrackerHttp("test", TlsTrust.of(null));
    private final Announcer announcer;
    private MemoryIndex index = new MemoryIndex();
    private final List<SwarmTorrent> all = new ArrayList<>();
    private final List<Swarm> others = new ArrayList<>();
    private final AtomicInteger questions = new AtomicInteger();
    private final AtomicInteger together = new AtomicInteger();
    private int files;

    StubPeers(Path folder) throws UserError {
        this.folder = folder;
        seeder = start(1);
        swarm = start(2);
        announcer = new Announcer(http, new PeerId(2, 2, 2), swarm.address().getPort(), any -> true, new Random(1));
    }

    private static Swarm start(int id) throws UserError {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return Swarm.start(SwarmConfig.on(any), "test", new PeerId(id, id, id), new Random(id));
    }

    Peers peers() {
        List<PeerAddress> neighbours = new ArrayList<>(List.of(address(seeder)));
        for (Swarm other : others) neighbours.add(address(other));
        DeniedTorrents denied = new DeniedTorrents(folder.resolve("denied"), InstantSource.system());
        return Peers.of(swarm, new Counting(index), announcer, List.of(), neighbours, denied);
    }

    private static PeerAddress address(Swarm swarm) {
        InetSocketAddress at = swarm.address();
        return PeerAddress.of(at.getAddress().getAddress(), at.getPort());
    }

    /** Whether the downloading side refuses the one that seeds what it is. */
    boolean isSeederRefused() throws Exception {
        return inside(swarm, () -> swarm.forgive(address(seeder))) != null;
    }

    /** One more peer that has something else where the torrent says that this is. */
    void poison(Metainfo right, byte[] other) throws Exception {
        poisonFrom(right, write(other));
    }

    void poisonFrom(Metainfo right, Path other) throws Exception {
        Swarm poisoner = start(10 + others.size());
        others.add(poisoner);
        seed(poisoner, right, other);
    }

    /** One more peer that has it, lets others ask, and sends next to nothing. */
    void silent(Metainfo torrent, byte[] content) throws Exception {
        Swarm silent = start(10 + others.size());
        others.add(silent);
        SwarmTorrent joined = seed(silent, torrent, write(content));
        inside(silent, () -> {
            joined.limit(1, 0);
            return true;
        });
    }

    /** Seeds what it is. */
    Metainfo seed(byte[] content) throws Exception {
        Path file = write(content);
        Metainfo torrent = torrent(file);
        seed(torrent, file);
        return torrent;
    }

    /** Seeds something else of the same length by the file's name. */
    Metainfo seedInsteadOf(StubContent wanted, byte[] other) throws Exception {
        Path file = write(other);
        Metainfo real = torrent(file);
        FileEntry only = real.files().get(0);
        byte[] v1 = new byte[real.v1Pieces().remaining()];
        real.v1Pieces().get(v1);
        Hash digest = digest(wanted);
        Metainfo lie = Metainfo.read(CanonicalTorrent.torrent(
                digest,
                other.length,
                v1,
                Objects.requireNonNull(only.piecesRoot()),
                real.v2Pieces(only),
                TorrentExtras.NONE));
        seed(lie, file);
        return lie;
    }

    private Path write(byte[] content) throws Exception {
        return Files.write(folder.resolve("seeded-" + files++), content);
    }

    /** Of what nobody has. */
    Metainfo torrent(byte[] content) throws Exception {
        return torrent(write(content));
    }

    private static Metainfo torrent(Path file) throws Exception {
        try (HashPool pool = HashPool.perCore()) {
            return new TorrentCreator(pool)
                    .create(TorrentCreator.Request.of(file, TorrentKind.FILE), (done, total) -> {})
                    .torrent();
        }
    }

    InetSocketAddress seederAddress() {
        return seeder.address();
    }

    /** Seeds what lies there, whatever the torrent says of it. */
    void seed(Metainfo torrent, Path file) throws Exception {
        all.add(seed(seeder, torrent, file));
    }

    private SwarmTorrent seed(Swarm by, Metainfo torrent, Path file) throws Exception {
        PieceFiles pieces = SeedFiles.open(
                torrent, file, SeedFiles.open(torrent, file, List.of(), open).stamps(), open);
        StoreResources resources = new StoreResources(
                disk, new SegmentPool(16 << 20), new MemoryBudget(0), new MemoryBudget(MemoryBudget.USUAL));
        return inside(by, () -> {
            SwarmTorrent joined = by.join(torrent.infoHash(), FilePeers.NO_NEWS);
            joined.begin(Transfer.onDisk(by.loop(), torrent, pieces, resources, new Random(1)), torrent);
            return joined;
        });
    }

    private <T extends @Nullable Object> T inside(Swarm of, Supplier<T> task) throws Exception {
        return CompletableFuture.supplyAsync(task, of.loop()::execute).get(60, TimeUnit.SECONDS);
    }

    /** Seeds nothing any more, and forgets what is listed. */
    void leaveAll() throws Exception {
        inside(seeder, () -> {
            all.forEach(SwarmTorrent::close);
            return true;
        });
        all.clear();
        index = new MemoryIndex();
    }

    /** Sends each of them at most so many bytes per second. */
    void limit(long upload) throws Exception {
        inside(seeder, () -> {
            all.forEach(joined -> joined.limit(upload, 0));
            return true;
        });
    }

    /** How often the index was asked. */
    int questions() {
        return questions.get();
    }

    static Hash digest(StubContent content) {
        return Hash.ofHex(content.digest(ContentDigest.Kind.SHA256).hex());
    }

    /** As a tracker does. */
    void list(StubContent content, Metainfo torrent) {
        index.add(digest(content), new Candidate(torrent, torrent.files().get(0), false, 1));
    }

    /** As a tracker does that knows a whole repo. */
    void listIn(Metainfo snapshot, StubContent content) {
        FileEntry file = snapshot.files().stream()
                .filter(one -> one.length() == content.size() && !one.padding())
                .findFirst()
                .orElseThrow();
        index.add(digest(content), new Candidate(snapshot, file, false, 1));
    }

    /** As a tracker does whom the user trusts, of what a publisher with a token attests. */
    void listAttested(StubContent content, Metainfo torrent) {
        index.add(digest(content), new Candidate(torrent, torrent.files().get(0), true, 1));
    }

    /** How many files the index was asked about together. */
    int askedTogether() {
        return together.get();
    }

    private final class Counting implements TorrentIndex {
        private final TorrentIndex of;

        Counting(TorrentIndex of) {
            this.of = of;
        }

        @Override
        public CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early) {
            questions.incrementAndGet();
            return of.find(file, early);
        }

        @Override
        public CompletableFuture<Set<Hash>> known(Collection<WantedFile> files) {
            questions.incrementAndGet();
            together.addAndGet(files.size());
            return of.known(files);
        }
    }

    @Override
    public void close() {
        announcer.close();
        http.close();
        swarm.close();
        seeder.close();
        others.forEach(Swarm::close);
        disk.close();
        open.close();
    }
}
