package dev.hubswarm.seeder;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.CheckedFiles;
import dev.hubswarm.p2pengine.store.SeedFiles;
import dev.hubswarm.p2pengine.swarm.Offer;
import dev.hubswarm.p2pengine.swarm.PeerOrigin;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A seed in its swarm. Asleep it is a name; it is opened when a peer calls, or is to be called, and goes to sleep when
 * nobody was here for a minute. Confined to the swarm's loop, but for what it counts.
 */
final class SharedFile implements Offer.Owner, SwarmTorrent.Listener, TransferListener {
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final SeederParts parts;
    private final SeedLibrary library;
    private final Seed seed;
    private final Consumer<UserError> unusable;
    private final Loop loop;
    private @Nullable Offer offer;
    private boolean isOpening;
    private boolean isClosed;
    /** To be called once it is open. */
    private final List<PeerAddress> toCall = new ArrayList<>();

    private @Nullable SwarmTorrent torrent;
    private @Nullable Transfer transfer;
    private long idleSince;
    /** By those that went to sleep. */
    private long sentBefore;

    private volatile long sent;
    private volatile int peers;

    /** @param unusable told on the swarm's loop, once, when the file is not what it was; then it must be closed */
    SharedFile(SeederParts parts, SeedLibrary library, Seed seed, Consumer<UserError> unusable) {
        this.parts = parts;
        this.library = library;
        this.seed = seed;
        this.unusable = unusable;
        this.loop = parts.swarm().loop();
    }

    /** Bytes that went to peers. On any thread; as of the last look. */
    long sent() {
        return sent;
    }

    /** How many are connected. On any thread; as of the last look. */
    int peers() {
        return peers;
    }

    void open() {
        if (isClosed) return;
        offer = parts.swarm().offer(seed.infoHash(), this);
    }

    /** These may want it. */
    void found(List<PeerAddress> found) {
        if (isClosed || found.isEmpty()) return;
        if (torrent != null) {
            torrent.found(found, PeerOrigin.TRACKER);
            return;
        }
        toCall.addAll(found);
        wake();
    }

    @Override
    public void called() {
        wake();
    }

    private void wake() {
        if (isOpening || torrent != null) return;
        isOpening = true;
        load();
    }

    private void load() {
        Runnable task = () -> {
            try {
                Metainfo metainfo = library.torrent(seed);
                SeedFiles files = SeedFiles.open(metainfo, seed.file(), List.of(seed.stamp()), parts.files());
                loop.execute(() -> begin(metainfo, files));
            } catch (UserError e) {
                loop.execute(() -> failed(e));
            }
        };
        parts.stores().disk().execute(task, () -> loop.execute(this::load));
    }

    private void begin(Metainfo metainfo, SeedFiles files) {
        isOpening = false;
        Offer ours = offer;
        if (isClosed || ours == null) return;
        if (!files.isTrusted()) {
            failed(Seeder.changed(seed.file()));
            return;
        }
        SwarmTorrent joined = ours.join(this);
        if (joined == null) {
            // Somebody else has it, and serves those who called.
            toCall.clear();
            return;
        }
        torrent = joined;
        CheckedFiles checked = new CheckedFiles(metainfo, files, parts.stores().segments());
        Transfer opened = Transfer.onDisk(loop, metainfo, checked, parts.stores(), parts.random());
        transfer = opened;
        opened.listen(this);
        idleSince = loop.nowNanos();
        joined.begin(opened, metainfo);
        joined.found(toCall, PeerOrigin.TRACKER);
        toCall.clear();
    }

    /** Counts, and lets go of what nobody uses. */
    void look() {
        SwarmTorrent its = torrent;
        if (its == null) return;
        peers = its.group().sessions().size();
        sent = sentBefore + its.group().bytesSent();
        long now = loop.nowNanos();
        if (peers > 0) idleSince = now;
        else if (now - idleSince >= IDLE_NANOS) sleep(() -> {});
    }

    private void sleep(Runnable ended) {
        SwarmTorrent its = torrent;
        Transfer opened = transfer;
        torrent = null;
        transfer = null;
        if (its == null || opened == null) {
            ended.run();
            return;
        }
        its.close();
        sentBefore += its.group().bytesSent();
        sent = sentBefore;
        peers = 0;
        opened.close(ended);
    }

    @Override
    public void displaced() {
        sleep(() -> {});
    }

    /** What it reads is not there, or something else. */
    @Override
    public void failed(UserError failure) {
        isOpening = false;
        if (!isClosed) unusable.accept(failure);
    }

    @Override
    public void lost(int piece) {
        // The disk could not read it.
        failed(Seeder.changed(seed.file()));
    }

    @Override
    public void metadata(Metainfo known) {}

    @Override
    public void unusable(UserError failure) {}

    /** @param ended called once nothing reads the file any more */
    void close(Runnable ended) {
        isClosed = true;
        toCall.clear();
        sleep(ended);
        if (offer != null) offer.close();
    }
}
