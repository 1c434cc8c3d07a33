package dev.hubswarm.trackerserver.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.trackerserver.store.Fact.Attestation;
import io.lettuce.core.MapScanCursor;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.SetArgs;
import io.lettuce.core.ValueScanCursor;
import io.lettuce.core.XAddArgs;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue in Redis, and how this process's copy and it learn from each other. Confined to one thread.
 *
 * <p>Facts are a set, which grows only; snapshots a hash by id, in which the time of its deletion takes a snapshot's
 * place; torrents stand alone, and before the facts that need them. A stream tells the other processes of what is new.
 * It may lose entries, since processes also compare all they have: when they come back, and now and then.
 */
final class RedisCatalogue {
    static final byte[] CHANGES = RedisLink.key("changes");

    private static final byte[] FACTS = RedisLink.key("facts");
    private static final byte[] SNAPSHOTS = RedisLink.key("snapshots");
    private static final int FACTS_AT_A_TIME = 500;
    /** They have some 100 KiB each, up to a few MiB. */
    private static final int TORRENTS_AT_A_TIME = 32;

    private static final int SNAPSHOTS_AT_A_TIME = 32;
    private static final int CHANGES_KEPT = 10_000;
    private static final SnapshotFilter ALL = new SnapshotFilter(null, null, null, true);
    private static final System.Logger LOG = System.getLogger(RedisCatalogue.class.getName());

    private final SqliteStore copy;
    private final byte[] sender;

    RedisCatalogue(SqliteStore copy, byte[] sender) {
        this.copy = copy;
        this.sender = sender;
    }

    /** What to do between two pages of a long piece of work. */
    @FunctionalInterface
    interface Between {
        void pages() throws StoreException;
    }

    /** Gives the copy what only Redis has, and the other way round. */
    void compare(RedisLink link, Between between) throws StoreException {
        compareSnapshots(link);
        Set<Hash> onlyHere = new HashSet<>();
        copy.facts(fact -> onlyHere.add(name(fact.bytes())));
        ScanArgs limit = ScanArgs.Builder.limit(FACTS_AT_A_TIME);
        ValueScanCursor<byte[]> page = link.get(link.commands().sscan(FACTS, limit));
        while (true) {
            absorb(
                    link,
                    page.getValues().stream()
                            .filter(fact -> !onlyHere.remove(name(fact)))
                            .toList());
            if (page.isFinished()) break;
            between.pages();
            page = link.get(link.commands().sscan(FACTS, page, limit));
        }
        if (onlyHere.isEmpty()) return;
        List<Fact> missing = new ArrayList<>();
        copy.facts(fact -> {
            if (onlyHere.contains(name(fact.bytes()))) missing.add(fact);
        });
        for (int from = 0; from < missing.size(); from += FACTS_AT_A_TIME) {
            push(link, missing.subList(from, Math.min(from + FACTS_AT_A_TIME, missing.size())));
            between.pages();
        }
    }

    private static Hash name(byte[] fact) {
        try {
            return Hash.of(MessageDigest.getInstance("SHA-256").digest(fact)).truncated();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static byte[] torrentKey(Hash v2) {
        return RedisLink.key("torrent:" + v2.hex());
    }

    /** Puts facts of the copy into Redis, and tells the other processes of those that are new there. */
    void push(RedisLink link, List<Fact> facts) throws StoreException {
        Map<Hash, RedisFuture<Long>> there = new LinkedHashMap<>();
        for (Fact fact : facts) {
            if (fact instanceof Attestation attestation)
                there.computeIfAbsent(attestation.v2(), v2 -> link.commands().exists(torrentKey(v2)));
        }
        int unsettled = 0;
        for (Map.Entry<Hash, RedisFuture<Long>> torrent : there.entrySet()) {
            if (link.get(torrent.getValue()) > 0) continue;
            pushTorrent(link, torrent.getKey());
            if (++unsettled % TORRENTS_AT_A_TIME == 0) link.settle();
        }
        List<RedisFuture<Long>> added = facts.stream()
                .map(fact -> link.commands().sadd(FACTS, fact.bytes()))
                .toList();
        for (int i = 0; i < facts.size(); i++) {
            if (link.get(added.get(i)) > 0) tell(link, facts.get(i).bytes());
        }
        link.settle();
    }

    private void pushTorrent(RedisLink link, Hash v2) throws StoreException {
        byte[] torrent = copy.torrent(v2);
        if (torrent != null) link.send(link.commands().set(torrentKey(v2), torrent, SetArgs.Builder.nx()));
    }

    private void tell(RedisLink link, byte[] change) {
        XAddArgs few = new XAddArgs().maxlen(CHANGES_KEPT).approximateTrimming();
        link.send(link.commands().xadd(CHANGES, few, sender, change));
    }

    /** Takes over what other processes told. */
    void heard(RedisLink link, List<byte[]> changes) throws StoreException {
        Set<String> snapshots = new HashSet<>();
        List<byte[]> facts = new ArrayList<>();
        for (byte[] change : changes) {
            if (change.length > 0 && change[0] == 'S')
                snapshots.add(new String(change, 1, change.length - 1, US_ASCII));
            else facts.add(change);
        }
        absorb(link, facts);
        for (String id : snapshots) {
            byte[] value = link.get(link.commands().hget(SNAPSHOTS, id.getBytes(US_ASCII)));
            if (value != null) agree(link, id, value);
        }
    }

    /** Puts facts of Redis into the copy. */
    private void absorb(RedisLink link, List<byte[]> encoded) throws StoreException {
        List<Fact> facts = new ArrayList<>();
        Set<Hash> wanted = new HashSet<>();
        for (byte[] bytes : encoded) {
            Fact fact = decoded(bytes);
            if (fact == null) continue;
            facts.add(fact);
            if (fact instanceof Attestation attestation && !copy.knows(attestation.v2())) wanted.add(attestation.v2());
            if (wanted.size() < TORRENTS_AT_A_TIME) continue;
            absorb(link, facts, wanted);
            facts.clear();
            wanted.clear();
        }
        if (!facts.isEmpty()) absorb(link, facts, wanted);
    }

    private void absorb(RedisLink link, List<Fact> facts, Set<Hash> wanted) throws StoreException {
        Map<Hash, RedisFuture<byte[]>> asked = new HashMap<>();
        for (Hash v2 : wanted) asked.put(v2, link.commands().get(torrentKey(v2)));
        Map<Hash, byte[]> torrents = new HashMap<>();
        for (Map.Entry<Hash, RedisFuture<byte[]>> torrent : asked.entrySet()) {
            byte[] bytes = link.get(torrent.getValue());
            if (bytes != null) torrents.put(torrent.getKey(), bytes);
        }
        wanted.removeAll(torrents.keySet());
        for (Fact fact : facts) {
            // Without its torrent it is worth nothing; whoever has both puts both back.
            if (fact instanceof Attestation attestation && wanted.contains(attestation.v2()))
                link.send(link.commands().srem(FACTS, fact.bytes()));
        }
        copy.merge(facts, torrents);
    }

    private static @Nullable Fact decoded(byte[] bytes) {
        try {
            return Fact.of(bytes);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "What is in Redis is no fact: " + e);
            return null;
        }
    }

    private void compareSnapshots(RedisLink link) throws StoreException {
        Set<String> onlyHere = copy.snapshots(ALL, Integer.MAX_VALUE).stream()
                .map(Snapshot::id)
                .collect(Collectors.toSet());
        ScanArgs limit = ScanArgs.Builder.limit(SNAPSHOTS_AT_A_TIME);
        MapScanCursor<byte[], byte[]> page = link.get(link.commands().hscan(SNAPSHOTS, limit));
        while (true) {
            for (Map.Entry<byte[], byte[]> entry : page.getMap().entrySet()) {
                String id = new String(entry.getKey(), US_ASCII);
                onlyHere.remove(id);
                agree(link, id, entry.getValue());
            }
            if (page.isFinished()) break;
            page = link.get(link.commands().hscan(SNAPSHOTS, page, limit));
        }
        for (String id : onlyHere) push(link, id);
    }

    /** Puts a snapshot of the copy into Redis, as it is now, and tells the other processes. */
    void push(RedisLink link, String id) throws StoreException {
        Snapshot snapshot = copy.snapshot(id);
        if (snapshot == null) return;
        pushTorrent(link, snapshot.infoHash());
        put(link, id, new SnapshotRecord(snapshot, copy.snapshotFiles(id)).bytes());
    }

    /** Lets all other processes delete it. */
    void delete(RedisLink link, Snapshot snapshot, Instant now) {
        // The clock of the process that it was added by may be ahead.
        long deleted = Math.max(now.toEpochMilli(), snapshot.created().toEpochMilli());
        put(link, snapshot.id(), new Bytes().put(deleted).toArray());
    }

    private void put(RedisLink link, String id, byte[] value) {
        link.send(link.commands().hset(SNAPSHOTS, id.getBytes(US_ASCII), value));
        tell(link, ("S" + id).getBytes(US_ASCII));
        link.settle();
    }

    /** Makes the copy and Redis agree about a snapshot. */
    private void agree(RedisLink link, String id, byte[] value) throws StoreException {
        Snapshot here = copy.snapshot(id);
        if (value.length == Long.BYTES) {
            long deleted = ByteBuffer.wrap(value).getLong();
            if (here == null) return;
            if (here.created().toEpochMilli() <= deleted) copy.deleteSnapshot(id);
            else push(link, id);
            return;
        }
        SnapshotRecord there;
        try {
            there = SnapshotRecord.of(value);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "What is in Redis is no snapshot: " + e);
            return;
        }
        if (here == null) adopt(link, there);
        else if (there.snapshot().active() && !here.active()) copy.approveSnapshot(id);
        else if (here.active() && !there.snapshot().active()) push(link, id);
    }

    private void adopt(RedisLink link, SnapshotRecord there) throws StoreException {
        Snapshot snapshot = there.snapshot();
        Snapshot other = copy.snapshot(snapshot.repo(), snapshot.commit());
        if (other != null && !there.winsOver(other)) return;
        byte[] torrent = link.get(link.commands().get(torrentKey(snapshot.infoHash())));
        if (torrent == null) return;
        if (other != null) copy.deleteSnapshot(other.id());
        copy.addSnapshot(snapshot, there.files(), torrent);
    }
}
