package dev.hubswarm.trackerserver.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hubswarm.base.UserError;
import dev.hubswarm.trackerserver.store.TrackerStore.Follower;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.Range.Boundary;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.SetArgs;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this tracker process in step with the others, by way of Redis. Thread-safe: one thread of its own talks to
 * Redis, in rounds; all others leave what they have to say in queues.
 *
 * <p>A round sends what was queued and reads what others sent, many times a second. Asking again and again is simpler
 * than being told, as it needs neither a second connection nor a time-out without end, and costs a few commands per
 * second. When the link is lost, whatever is not known to have arrived is found by comparing everything afterwards.
 */
final class RedisExchange implements AutoCloseable {
    /** Peers are handed out by the other processes within about two of them. */
    private static final long ROUND_MILLIS = 100;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);
    /** In case entries of the stream are lost unnoticed, as after a long sleep of this machine. */
    private static final Duration COMPARE_EVERY = Duration.ofMinutes(10);
    /**
     * Two of the usual intervals at which they announce. Where the interval has grown, a process that starts hears of
     * the rest as they announce again.
     */
    private static final Duration PEERS_KEPT = Duration.ofMinutes(65);

    /** What a publisher waits for Redis. Its torrent is in the copy, so it is kept anyway. */
    private static final long SHARE_MILLIS = 2_000;

    private static final int REPORTS_QUEUED = 1 << 18;
    private static final int REPORTS_PER_BATCH = 4096;
    private static final int CHANGES_QUEUED = 10_000;
    private static final int CHANGES_PER_ROUND = 256;
    private static final int ENTRIES_READ = 500;

    private static final byte[] EPOCH = RedisLink.key("epoch");
    private static final byte[] PEERS = RedisLink.key("peers");
    private static final String BEGINNING = "0-0";
    private static final System.Logger LOG = System.getLogger(RedisExchange.class.getName());

    /** Something to do in Redis: facts to add, or a snapshot to put as it is in the copy by then, or to delete. */
    private record Change(
            List<Fact> facts, @Nullable Snapshot snapshot, boolean delete, CompletableFuture<Boolean> sent) {}

    private final RedisServer server;
    private final RedisCatalogue catalogue;
    private final Follower follower;
    private final Thread thread = new Thread(this::run, "hubswarm-redis");
    private final CountDownLatch tried = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);

    private final BlockingQueue<PeerReport> reports = new ArrayBlockingQueue<>(REPORTS_QUEUED);
    private final BlockingQueue<Change> changes = new ArrayBlockingQueue<>(CHANGES_QUEUED);
    /** Whether it makes sense to wait for a change to be sent. */
    private volatile boolean linked;

    private volatile boolean changesDropped;
    private volatile long heardNanos = System.nanoTime();

    /** Names this process in what it sends, so that it does not hear itself. */
    private final byte[] sender = random();
    /** The name of what Redis holds; another one means that it has forgotten everything. Of the thread, as is all below. */
    private byte[] epoch = {};

    private String changesSeen = BEGINNING;
    private String peersSeen = BEGINNING;
    private long compared;
    private boolean epochEnded;
    private long serverAheadMillis;

    RedisExchange(RedisServer server, SqliteStore copy, Follower follower) {
        this.server = server;
        this.follower = follower;
        this.catalogue = new RedisCatalogue(copy, sender);
    }

    private static byte[] random() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /** Returns when this process knows what the others do, or has found that Redis is gone. */
    void start() {
        thread.setDaemon(true);
        thread.start();
        try {
            tried.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Never blocks. If Redis is gone for long, the oldest reports are dropped. */
    void announced(PeerReport report) {
        while (!reports.offer(report)) reports.poll();
    }

    /** Sends what was written to the copy. */
    void added(List<Fact> facts) {
        share(facts, null, false);
    }

    /** Sends a snapshot of the copy. */
    void put(Snapshot snapshot) {
        share(List.of(), snapshot, false);
    }

    /** Returns whether Redis has forgotten the snapshot; the copy is left to the caller. */
    boolean delete(Snapshot snapshot) {
        return share(List.of(), snapshot, true);
    }

    /** Returns when Redis has it, or will not have it soon. */
    private boolean share(List<Fact> facts, @Nullable Snapshot snapshot, boolean delete) {
        Change change = new Change(facts, snapshot, delete, new CompletableFuture<>());
        if (!changes.offer(change)) changesDropped = true;
        else if (linked) {
            try {
                return change.sent.get(SHARE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return false;
    }

    Sharing sharing() {
        Duration silence = Duration.ofNanos(System.nanoTime() - heardNanos);
        return new Sharing(linked, reports.size() + changes.size(), silence);
    }

    private void run() {
        Duration pause = FIRST_PAUSE;
        boolean lost = false;
        while (closing.getCount() > 0) {
            try (RedisLink link = server.connect()) {
                compare(link);
                if (lost) LOG.log(System.Logger.Level.INFO, () -> server + " is back.");
                lost = false;
                pause = FIRST_PAUSE;
                linked = true;
                tried.countDown();
                keepInStep(link);
            } catch (UserError | RedisException | StoreException e) {
                if (!lost && closing.getCount() > 0)
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> server + " is gone; this tracker answers from its own copy. " + e.getMessage());
                lost = true;
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, () -> "The exchange with Redis failed and begins anew.", e);
                lost = true;
            } catch (InterruptedException e) {
                return;
            } finally {
                linked = false;
                tried.countDown();
                dropChanges();
            }
            try {
                if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) return;
            } catch (InterruptedException e) {
                return;
            }
            pause = pause.multipliedBy(2);
            if (pause.compareTo(LONGEST_PAUSE) > 0) pause = LONGEST_PAUSE;
        }
    }

    /** They stand in the copy, so comparing finds them. */
    private void dropChanges() {
        List<Change> dropped = new ArrayList<>();
        changes.drainTo(dropped);
        dropped.forEach(change -> change.sent.complete(false));
    }

    private void keepInStep(RedisLink link) throws StoreException, InterruptedException {
        while (true) {
            boolean last = closing.getCount() == 0;
            Change change = changes.poll(last ? 0 : ROUND_MILLIS, TimeUnit.MILLISECONDS);
            round(link, change);
            if (last) return;
            boolean overdue = System.nanoTime() - compared > COMPARE_EVERY.toNanos();
            if (epochEnded || changesDropped || overdue) compare(link);
        }
    }

    private void compare(RedisLink link) throws StoreException {
        // Before the copy is looked through: what is dropped here is in it, what comes later stays queued.
        dropChanges();
        changesDropped = false;
        RedisFuture<List<byte[]>> time = link.commands().time();
        link.send(link.commands().set(EPOCH, random(), SetArgs.Builder.nx()));
        RedisFuture<byte[]> found = link.commands().get(EPOCH);
        RedisFuture<List<StreamMessage<byte[], byte[]>>> lastChange =
                link.commands().xrevrange(RedisCatalogue.CHANGES, Range.unbounded(), Limit.from(1));
        byte[] now = link.get(found);
        if (!Arrays.equals(now, epoch)) peersSeen = BEGINNING;
        epoch = now;
        epochEnded = false;
        changesSeen = link.get(lastChange).stream()
                .map(StreamMessage::getId)
                .findAny()
                .orElse(BEGINNING);
        serverAheadMillis = Long.parseLong(new String(link.get(time).get(0), US_ASCII)) * 1000 - steadyMillis();
        catalogue.compare(link, () -> round(link, null));
        round(link, null);
        compared = System.nanoTime();
    }

    private void round(RedisLink link, @Nullable Change first) throws StoreException {
        sendChanges(link, first);
        sendReports(link);
        RedisFuture<byte[]> now = link.commands().get(EPOCH);
        boolean more = true;
        while (more) {
            // Asked for later, but heard first: the peers may be those of a torrent that is just being registered.
            RedisFuture<List<StreamMessage<byte[], byte[]>>> newReports = read(link, PEERS, peersSeen);
            List<StreamMessage<byte[], byte[]>> newChanges = link.get(read(link, RedisCatalogue.CHANGES, changesSeen));
            hearChanges(link, newChanges);
            hearReports(link.get(newReports));
            more = newChanges.size() >= ENTRIES_READ || link.get(newReports).size() >= ENTRIES_READ;
        }
        if (!Arrays.equals(link.get(now), epoch)) epochEnded = true;
        heardNanos = System.nanoTime();
    }

    private static RedisFuture<List<StreamMessage<byte[], byte[]>>> read(RedisLink link, byte[] stream, String seen) {
        Range<String> unseen = Range.from(Boundary.excluding(seen), Boundary.unbounded());
        return link.commands().xrange(stream, unseen, Limit.from(ENTRIES_READ));
    }

    private void sendChanges(RedisLink link, @Nullable Change first) throws StoreException {
        List<Change> batch = new ArrayList<>();
        if (first != null) batch.add(first);
        changes.drainTo(batch, CHANGES_PER_ROUND);
        if (batch.isEmpty()) return;
        try {
            List<Fact> facts =
                    batch.stream().flatMap(change -> change.facts.stream()).toList();
            catalogue.push(link, facts);
            for (Change change : batch) {
                if (change.snapshot == null) continue;
                if (change.delete) catalogue.delete(link, change.snapshot, Instant.now());
                else catalogue.push(link, change.snapshot.id());
            }
            batch.forEach(change -> change.sent.complete(true));
        } finally {
            batch.forEach(change -> change.sent.complete(false));
        }
    }

    private void sendReports(RedisLink link) {
        List<PeerReport> batch = new ArrayList<>();
        for (int left = reports.size(); left > 0; left -= batch.size()) {
            batch.clear();
            reports.drainTo(batch, Math.min(left, REPORTS_PER_BATCH));
            if (batch.isEmpty()) return;
            XAddArgs recent = new XAddArgs()
                    .minId(Long.toString(serverMillis() - PEERS_KEPT.toMillis()))
                    .approximateTrimming();
            link.send(link.commands().xadd(PEERS, recent, sender, PeerBatch.encode(batch)));
            link.send(link.commands().pexpire(PEERS, PEERS_KEPT.toMillis()));
        }
    }

    private long serverMillis() {
        return steadyMillis() + serverAheadMillis;
    }

    /** Somebody may set this machine's clock meanwhile. */
    private static long steadyMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void hearChanges(RedisLink link, List<StreamMessage<byte[], byte[]>> entries) throws StoreException {
        List<byte[]> heard = new ArrayList<>();
        for (StreamMessage<byte[], byte[]> entry : entries) {
            changesSeen = entry.getId();
            heard.addAll(fromOthers(entry));
        }
        if (!heard.isEmpty()) catalogue.heard(link, heard);
    }

    private void hearReports(List<StreamMessage<byte[], byte[]>> entries) {
        for (StreamMessage<byte[], byte[]> entry : entries) {
            peersSeen = entry.getId();
            long sent = Long.parseLong(entry.getId().substring(0, entry.getId().indexOf('-')));
            long ageNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(0, serverMillis() - sent));
            for (byte[] batch : fromOthers(entry)) {
                for (PeerReport report : PeerBatch.decode(batch)) follower.announced(report, ageNanos);
            }
        }
    }

    private List<byte[]> fromOthers(StreamMessage<byte[], byte[]> entry) {
        return entry.getBody().entrySet().stream()
                .filter(said -> !Arrays.equals(said.getKey(), sender))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** Sends what is queued, if Redis is there. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(RedisServer.PATIENCE.toMillis());
            thread.interrupt();
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
