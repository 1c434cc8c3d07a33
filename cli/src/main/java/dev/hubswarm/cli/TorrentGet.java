package dev.hubswarm.cli;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.store.TorrentFiles;
import dev.hubswarm.p2pengine.swarm.PeerOrigin;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.p2pengine.swarm.SwarmSnapshot;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.p2pengine.swarm.WebSeeds;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import dev.hubswarm.p2pengine.web.WebLinks;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One torrent on its way: joins its swarm, its files and its trackers. Its methods are for one thread, which may wait;
 * what it hears comes on the swarm's loop.
 */
final class TorrentGet implements AutoCloseable {
    /** Is told now and then, while something is waited for. */
    interface Watcher {
        void show(TorrentStatus status);

        /** Something that the user should know. */
        void say(String what);
    }

    private static final long TICK_MILLIS = 200;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int DISK_QUEUE = 1024;
    private static final int OPEN_FILES = 128;

    private String name;
    private final TlsTrust tls;
    private final Watcher watcher;
    private final RandomGenerator random = new Random();
    private final DiskPool disk = new DiskPool(Math.max(2, Runtime.getRuntime().availableProcessors()), DISK_QUEUE);
    private final OpenFiles open = new OpenFiles(OPEN_FILES);
    private final Swarm swarm;
    private final SwarmTorrent torrent;
    private final CompletableFuture<Metainfo> metadata = new CompletableFuture<>();
    private final CompletableFuture<Boolean> complete = new CompletableFuture<>();
    /** Never ends well. */
    private final CompletableFuture<Boolean> failure = new CompletableFuture<>();

    private final SourceShares shares = new SourceShares();

    private @Nullable TorrentTrackers trackers;
    private @Nullable SwarmKey announced;
    private @Nullable TorrentFiles files;
    private @Nullable Transfer transfer;
    private @Nullable WebSeeds webSeeds;
    private @Nullable WantedPieces pieces;
    private boolean waits;
    private TorrentStatus.Stage stage = TorrentStatus.Stage.METADATA;
    private long heard;
    private long heardNanos = System.nanoTime();
    private long patience = PATIENCE_NANOS;
    private volatile Progress progress = new Progress(0, 0, 1);

    /**
     * @param port null for the usual one, or the next that is free
     * @param bans a file, where it is remembered who lied
     */
    TorrentGet(
            InfoHash infoHash,
            String name,
            SwarmConfig config,
            @Nullable Integer port,
            TlsTrust tls,
            Path bans,
            Watcher watcher)
            throws UserError {
        this.name = name;
        this.tls = tls;
        this.watcher = watcher;
        try {
            swarm = Swarm.start(config, port, "hubswarm " + Version.number(), PeerId.ours(random), random, bans);
        } catch (UserError e) {
            open.close();
            disk.close();
            throw e;
        }
        torrent = CompletableFuture.supplyAsync(() -> swarm.join(infoHash, new News()), swarm.loop()::execute)
                .join();
    }

    /** Where peers reach us. */
    int port() {
        return swarm.address().getPort();
    }

    /** Those whom the user named, also if they lied before. */
    void call(List<PeerAddress> peers) throws UserError, InterruptedException {
        Map<PeerAddress, String> forgiven = inside(() -> {
            Map<PeerAddress, String> lies = new LinkedHashMap<>();
            for (PeerAddress peer : peers) {
                String lie = swarm.forgive(peer);
                if (lie != null) lies.put(peer, lie);
            }
            torrent.found(peers, PeerOrigin.GIVEN);
            return lies;
        });
        forgiven.forEach((peer, lie) -> watcher.say("The peer " + peer + " was banned before, since " + lie
                + ". It is called all the same, because --peer names it."));
    }

    void findPeers(TorrentSource source) {
        if (source.peers().isEmpty()) return;
        startThread(() ->
                source.findPeers(peer -> swarm.loop().execute(() -> torrent.found(List.of(peer), PeerOrigin.TRACKER))));
    }

    /** @param tiers of which one tracker at a time is used (BEP 12) */
    void announce(InfoHash infoHash, List<List<TrackerUrl>> tiers) {
        announced = SwarmKey.allOf(infoHash).get(0);
        if (tiers.isEmpty()) return;
        if (trackers == null) {
            trackers =
                    new TorrentTrackers(swarm.loop(), torrent, tls, swarm.self().peerId(), port(), random);
        }
        trackers.announce(announced, tiers, () -> progress);
    }

    boolean isAnnounced(InfoHash infoHash) {
        return SwarmKey.allOf(infoHash).get(0).equals(announced);
    }

    /** A magnet's metadata, which peers send. */
    Metainfo awaitMetadata() throws UserError, InterruptedException {
        return await(metadata);
    }

    /** Opens the files, and has looked at by and by what is there. Nobody is told of it before {@link #begin}. */
    void open(Metainfo metainfo, TorrentPlace place, Predicate<FileEntry> wanted, Path notes)
            throws UserError, InterruptedException {
        WantedPieces counted = new WantedPieces(metainfo, wanted);
        pieces = counted;
        name = place.named().getFileName().toString();
        stage = TorrentStatus.Stage.CHECKING;
        TorrentFiles opened = place.open(metainfo, wanted, counted.total(), notes, open);
        files = opened;
        StoreResources resources = new StoreResources(
                disk,
                new SegmentPool(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL / 2));
        transfer = inside(() -> {
            Transfer made = Transfer.onDisk(swarm.loop(), metainfo, opened, resources, random);
            selectWanted(made, counted);
            made.listen(new Ends());
            if (made.isComplete()) complete.complete(true);
            return made;
        });
    }

    private static void selectWanted(Transfer made, WantedPieces pieces) {
        for (int from = 0; from < pieces.count(); ) {
            int to = from + 1;
            while (to < pieces.count() && pieces.isWanted(to) == pieces.isWanted(from)) to++;
            if (!pieces.isWanted(from)) made.select(from, to, false);
            from = to;
        }
    }

    /**
     * Fetches what is missing, and sends what others want.
     *
     * @param named web servers (BEP 19) that the user named, which may be anywhere
     * @param others that the torrent names, of which only public ones are called (reliability.md T27)
     * @param waitsForCallers also when there is nobody else to hope for
     */
    void begin(Metainfo metainfo, List<String> named, List<String> others, boolean waitsForCallers)
            throws UserError, InterruptedException {
        List<WebLinks> trusted = new ArrayList<>();
        for (String server : named) {
            WebLinks links = WebLinks.of(metainfo, server);
            if (links == null) {
                throw new UserError(
                        Kind.USAGE,
                        "The web seed " + server + " is no address of a web server.",
                        "Give it as http://HOST/PATH or https://HOST/PATH, without a password.");
            }
            trusted.add(links);
        }
        List<WebLinks> foreign = others.stream()
                .flatMap(server -> Stream.ofNullable(WebLinks.of(metainfo, server)))
                .toList();
        Transfer made = transfer();
        webSeeds = inside(() -> {
            torrent.begin(made, metainfo);
            WebSeeds seeds = new WebSeeds(swarm, torrent, made, tls, TorrentGet::startThread);
            seeds.add(trusted, PeerAddress.Scope.LOOPBACK);
            seeds.add(foreign, PeerAddress.Scope.GLOBAL);
            return seeds;
        });
        waits = waitsForCallers;
        stage = TorrentStatus.Stage.DOWNLOADING;
    }

    /** For a name service, which may keep it waiting. */
    private static void startThread(Runnable work) {
        Thread thread = new Thread(work, "hubswarm-names");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until what was there has been looked at. */
    void awaitChecked() throws UserError, InterruptedException {
        Transfer made = transfer();
        while (!inside(made::isChecked)) waitFor(complete);
    }

    /** Waits until all that is wanted is here. */
    void awaitComplete() throws UserError, InterruptedException {
        await(complete);
        TorrentStatus status = status();
        boolean hasFetched = status.received() > 0;
        stage = TorrentStatus.Stage.SEEDING;
        // Not to be said of what was there from the beginning (BEP 3).
        if (trackers != null && hasFetched) trackers.completed();
    }

    /** Gives what is right its name. */
    void land(TorrentPlace place) throws UserError {
        if (files != null && !place.isThere()) place.land(files);
    }

    /** Waits until so much was sent, or so much time is over. */
    void seed(SeedGoal goal) throws UserError, InterruptedException {
        stage = TorrentStatus.Stage.SEEDING;
        long begun = System.nanoTime();
        TorrentStatus status = status();
        while (!goal.isReached(status.sent(), status.total(), (System.nanoTime() - begun) / 1e9)) {
            waitFor(failure);
            status = status();
        }
    }

    private <T> T await(CompletableFuture<T> what) throws UserError, InterruptedException {
        while (!what.isDone()) waitFor(what);
        return result(what);
    }

    /** For a moment, in which the watcher sees how far it is. */
    private void waitFor(CompletableFuture<?> what) throws UserError, InterruptedException {
        TorrentStatus status = status();
        watcher.show(status);
        failIfAlone(status);
        sayIfNothingComes(status);
        try {
            what.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // That was the moment.
        } catch (ExecutionException e) {
            throw userError(e);
        }
    }

    /** Web servers end, or are of no use; of peers and trackers there is always something to hope for. */
    private void failIfAlone(TorrentStatus status) throws UserError, InterruptedException {
        WebSeeds servers = webSeeds;
        boolean isOpen = stage != TorrentStatus.Stage.DOWNLOADING || trackers != null || status.known() > 0;
        if (waits || isOpen || servers == null || !status.peers().isEmpty()) return;
        if (!inside(servers::areHopeless)) return;
        throw new UserError(
                Kind.FAILED,
                "There is nobody left to fetch " + name + " from." + failures(),
                "Name another web server with --web-seed URL, somebody who has it with --peer HOST:PORT, or a tracker with"
                        + " --tracker URL. What has come is kept.");
    }

    /** Of trackers and web servers. */
    private String failures() throws UserError, InterruptedException {
        StringBuilder text = new StringBuilder();
        if (trackers != null) trackers.failures().forEach((tracker, why) -> add(text, "tracker " + tracker, why));
        WebSeeds servers = webSeeds;
        if (servers != null) inside(servers::failures).forEach((server, why) -> add(text, "web server " + server, why));
        return text.toString();
    }

    private static void add(StringBuilder text, String who, String why) {
        text.append(" The ").append(who).append(" failed: ").append(why).append('.');
    }

    /** Seldomer each time. */
    private void sayIfNothingComes(TorrentStatus status) throws UserError, InterruptedException {
        long now = System.nanoTime();
        boolean isWaiting = stage == TorrentStatus.Stage.METADATA || stage == TorrentStatus.Stage.DOWNLOADING;
        if (!isWaiting || status.received() != heard) {
            heard = status.received();
            heardNanos = now;
            patience = PATIENCE_NANOS;
        }
        if (now - heardNanos < patience) return;
        patience *= 2;
        wantPeers();
        String peers = status.peers().isEmpty()
                ? "nobody is connected, of " + status.known() + " known."
                : TorrentText.count(status.peers().size(), "peer") + " connected, and none sends anything.";
        watcher.say("Nothing came for " + TimeUnit.NANOSECONDS.toSeconds(now - heardNanos) + " s: " + peers + failures()
                + " Name somebody who has it with --peer HOST:PORT, or a tracker with --tracker URL. It goes on"
                + " waiting; Ctrl-C ends it.");
    }

    private static <T> T result(CompletableFuture<T> done) throws UserError, InterruptedException {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw userError(e);
        }
    }

    private static UserError userError(ExecutionException e) {
        if (e.getCause() instanceof UserError error) return error;
        throw new IllegalStateException(e.getCause());
    }

    private <T> T inside(Supplier<T> task) throws UserError, InterruptedException {
        return result(CompletableFuture.supplyAsync(task, swarm.loop()::execute));
    }

    private Transfer transfer() {
        if (transfer == null) throw new IllegalStateException("it is not open");
        return transfer;
    }

    TorrentStatus status() throws UserError, InterruptedException {
        Transfer made = transfer;
        WebSeeds servers = webSeeds;
        TorrentStatus status = inside(() -> {
            SwarmSnapshot seen = torrent.snapshot();
            TransferSnapshot got = made == null ? null : made.snapshot();
            return new TorrentStatus(
                    stage,
                    name,
                    got == null ? new BitSet() : got.verified(),
                    pieces,
                    got == null ? 0 : got.bytesFromOthers(),
                    seen.bytesSent(),
                    seen.peers(),
                    seen.known(),
                    shares.with(seen.peers()),
                    servers == null ? Map.of() : servers.received());
        });
        progress = new Progress(
                status.sent(), status.received(), Math.max(made == null ? 1 : 0, status.total() - status.done()));
        return status;
    }

    private void wantPeers() {
        if (trackers != null) trackers.wantPeers();
    }

    /** Leaves the swarm; what is there is noted down, so that the next time nobody has to look at it. */
    @Override
    public void close() throws UserError {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Transfer made = transfer;
        WebSeeds servers = webSeeds;
        swarm.loop().execute(() -> {
            if (servers != null) servers.close();
            torrent.close();
            if (made == null) ended.complete(true);
            else made.close(() -> ended.complete(true));
        });
        ended.join();
        try {
            if (files != null) files.close();
        } finally {
            if (trackers != null) trackers.close();
            swarm.close();
            open.close();
            disk.close();
        }
    }

    private void fail(UserError why) {
        metadata.completeExceptionally(why);
        complete.completeExceptionally(why);
        failure.completeExceptionally(why);
    }

    private final class News implements SwarmTorrent.Listener {
        @Override
        public void metadata(Metainfo found) {
            metadata.complete(found);
        }

        @Override
        public void left(PeerSnapshot peer) {
            shares.ended(peer);
        }

        @Override
        public void unusable(UserError why) {
            fail(why);
        }
    }

    private final class Ends implements TransferListener {
        @Override
        public void complete() {
            complete.complete(true);
        }

        @Override
        public void failed(UserError why) {
            fail(why);
        }
    }
}
