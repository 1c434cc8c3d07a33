package dev.hubswarm.seeder;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.ThreadLoop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.origin.Openness;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedSnapshot.State;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this machine shares of what it has. Thread-safe: its state belongs to a thread of its own, which may wait for the
 * disk, but not for the Hub, trackers or hashes.
 *
 * <p>Before the Hub said that anybody may read a file, nobody but the Hub hears of it. It is shared for a day from each
 * such answer, as long as it is the file that was hashed.
 */
public final class Seeder implements AutoCloseable {
    /** Smaller ones go over HTTP only (design.md section 4). */
    public static final long LEAST_SIZE = 1 << 20;

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long FIRST_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** In so many ticks each file is looked at once: in an hour. */
    private static final int ROUND = 120;

    private static final int FLUSH_TICKS = 20;
    /** How often trackers are asked whether they still know all: six hours. */
    private static final int CHECK_TICKS = 720;

    private static final Duration STOP = Duration.ofSeconds(3);

    /** One whose torrent is being made. */
    private record Pending(Path file, List<Origin> origins) {}

    private final SeederParts parts;
    private final SeedListener listener;
    private final ThreadLoop loop = new ThreadLoop("hubswarm-seeder");
    private final SeedLibrary library;
    private final Questions questions;
    private final FileHasher hasher;
    private final Map<SeedTracker, Publisher> publishers = new LinkedHashMap<>();
    private final Map<Hash, Pending> pending = new LinkedHashMap<>();
    private final Map<Hash, Share> shares = new HashMap<>();
    /** Of seeders, as trackers counted them last; also of what rests now. */
    private final Map<Hash, Count> counts = new HashMap<>();

    private final Set<RemoteFile> asked = new HashSet<>();
    private int ticks;
    private boolean isClosed;

    private record Count(int seeders, Instant heard) {}

    private Seeder(SeederParts parts, SeedListener listener, SeedLibrary library) {
        this.parts = parts;
        this.listener = listener;
        this.library = library;
        questions = new Questions(parts.hub());
        hasher = new FileHasher(parts.policy().hashBytesPerSecond());
        for (SeedTracker tracker : parts.trackers()) {
            SeedTracker.Catalogue catalogue = tracker.catalogue();
            if (catalogue == null) continue;
            publishers.put(
                    tracker,
                    new Publisher(
                            tracker.url(),
                            catalogue,
                            loop,
                            parts.random(),
                            library,
                            digest -> shares.containsKey(digest) ? library.get(digest) : null,
                            new Published(tracker)));
        }
        loop.execute(this::begin);
    }

    /** Shares what was shared before, as far as it may still be, and what is asked for from now on. */
    public static Seeder open(SeederParts parts, SeedListener listener) throws UserError {
        return new Seeder(parts, listener, SeedLibrary.open(StateFolder.open(parts.home())));
    }

    private void begin() {
        for (Seed seed : library.all()) lookAt(seed);
        publishers.values().forEach(publisher -> publisher.assume(library.all()));
        choose();
        loop.schedule(FIRST_TICK_NANOS, this::tick);
    }

    // Requests.

    /** Shares a file, if anybody may read it on the Hub. The answer never fails. */
    public CompletableFuture<SeedAnswer> add(SeedRequest request) {
        CompletableFuture<SeedAnswer> answer = new CompletableFuture<>();
        loop.execute(() -> consider(request, true, answer));
        return answer;
    }

    private void consider(SeedRequest request, boolean isUrgent, CompletableFuture<SeedAnswer> answer) {
        String no = refusal(request);
        if (no != null) {
            answer.complete(SeedAnswer.refused(no));
            return;
        }
        Seed known = library.get(Origin.digest(request.origin()));
        if (known != null && isIntact(known)) {
            for (Origin origin : known.origins()) {
                if (!origin.isSamePlace(request.origin()) || !origin.vouches(now())) continue;
                accept(request, origin, answer);
                return;
            }
        }
        questions.ask(request.origin(), isUrgent, openness -> loop.execute(() -> heard(request, openness, answer)));
    }

    private @Nullable String refusal(SeedRequest request) {
        RemoteFile origin = request.origin();
        if (origin.digest().kind() != ContentDigest.Kind.SHA256 || origin.size() < LEAST_SIZE)
            return "Files below 1 MiB, and those that git keeps itself, are not worth sharing.";
        Hash digest = Origin.digest(origin);
        if (parts.denied().test(digest)) return "This content was found to be wrong before.";
        if (library.isTakenDown(digest) && !request.asked()) return "It was taken down before.";
        FileStamp stamp = stamp(request.file());
        if (stamp == null) return request.file() + " cannot be read.";
        return stamp.size() == origin.size() ? null : request.file() + " has another size than on the Hub.";
    }

    private void heard(SeedRequest request, Openness openness, CompletableFuture<SeedAnswer> answer) {
        String no = isClosed ? "The seeder was closed." : refusal(request);
        if (openness == Openness.CLOSED) no = "The Hub does not let everybody read it.";
        if (openness == Openness.UNKNOWN) no = "The Hub did not say whether everybody may read it.";
        if (no != null) {
            answer.complete(SeedAnswer.refused(no));
            return;
        }
        Instant now = now();
        accept(request, new Origin(request.origin(), now, now), answer);
    }

    private void accept(SeedRequest request, Origin origin, CompletableFuture<SeedAnswer> answer) {
        Hash digest = Origin.digest(request.origin());
        if (request.asked()) library.bringBack(digest);
        Seed known = library.get(digest);
        if (known != null && isIntact(known)) {
            Seed more = known.with(origin);
            if (!more.equals(known)) library.put(more);
            answer.complete(SeedAnswer.accepted(known.infoHash()));
            choose();
            return;
        }
        if (known != null) forget(known, "its file is not what it was");
        Metainfo torrent = request.torrent();
        FileStamp stamp = request.stamp();
        if (torrent != null
                && stamp != null
                && stamp.equals(stamp(request.file()))
                && CanonicalTorrent.isOf(torrent, digest)
                && torrent.payloadSize() == stamp.size()) {
            take(new Pending(real(request.file()), List.of(origin)), torrent, stamp, 0);
            answer.complete(SeedAnswer.accepted(torrent.infoHash()));
            return;
        }
        // By a link to it the same name could lead to something else later.
        hash(digest, real(request.file()), origin);
        answer.complete(SeedAnswer.accepted(null));
    }

    private void hash(Hash digest, Path file, Origin origin) {
        Pending before = pending.get(digest);
        List<Origin> origins = new ArrayList<>();
        if (before != null) {
            origins.addAll(before.origins);
            origins.removeIf(one -> one.isSamePlace(origin.file()));
        }
        origins.add(origin);
        pending.put(digest, new Pending(before == null ? file : before.file, List.copyOf(origins)));
        if (before == null) hash(digest, file, 0);
    }

    private void hash(Hash digest, Path file, long uploaded) {
        hasher.hash(file, new FileHasher.Result() {
            @Override
            public void made(Metainfo torrent, FileStamp stamp) {
                loop.execute(() -> hashed(digest, torrent, stamp, uploaded));
            }

            @Override
            public void failed(UserError why) {
                loop.execute(() -> fail(digest, String.valueOf(why.getMessage())));
            }
        });
    }

    private void hashed(Hash digest, Metainfo torrent, FileStamp stamp, long uploaded) {
        if (!CanonicalTorrent.isOf(torrent, digest)) {
            fail(digest, "It is not what the Hub has by this name.");
            return;
        }
        Pending its = pending.remove(digest);
        // Taken down in the meantime.
        if (its == null) return;
        take(its, torrent, stamp, uploaded);
    }

    private void fail(Hash digest, String why) {
        Pending its = pending.remove(digest);
        if (its != null) listener.failed(snapshot(digest, its), why);
    }

    private void take(Pending its, Metainfo torrent, FileStamp stamp, long uploaded) {
        Hash digest = Objects.requireNonNull(CanonicalTorrent.digestOf(torrent));
        library.add(new Seed(digest, its.file, stamp, torrent.infoHash(), its.origins, now(), uploaded), torrent);
        choose();
    }

    /**
     * Shares what is in a cache, but for what was taken down: each file is read once.
     *
     * @return how many files may be worth it; whether each is shows later
     */
    public CompletableFuture<Integer> takeOver(HubCache cache) {
        return takeOver(() -> Takeover.of(cache));
    }

    /** As of a cache, of a folder with the files of one repository. */
    public CompletableFuture<Integer> takeOver(LocalDir folder, RepoRef repo) {
        return takeOver(() -> Takeover.of(folder, repo));
    }

    private interface Scan {
        List<SeedRequest> run() throws UserError;
    }

    private CompletableFuture<Integer> takeOver(Scan scan) {
        CompletableFuture<Integer> found = new CompletableFuture<>();
        hasher.read(() -> {
            try {
                List<SeedRequest> requests = scan.run();
                for (SeedRequest request : requests)
                    loop.execute(() -> consider(request, false, new CompletableFuture<>()));
                found.complete(requests.size());
            } catch (UserError e) {
                found.completeExceptionally(e);
            }
        });
        return found;
    }

    /** Stops sharing what is known by this info hash, or has this digest, until the user asks for it again. */
    public CompletableFuture<List<SeedSnapshot>> takeDown(Hash hash) {
        return takeDown(seed -> Seed.names(seed.digest(), seed.infoHash()).anyMatch(hash::equals));
    }

    /** As of a hash: all that was taken from this repository. */
    public CompletableFuture<List<SeedSnapshot>> takeDown(RepoRef repo) {
        return takeDown(
                seed -> seed.origins().stream().anyMatch(origin -> origin.repo().equals(repo)));
    }

    /** As of a hash: this file, or all below this folder. */
    public CompletableFuture<List<SeedSnapshot>> takeDown(Path path) {
        Path named = path.toAbsolutePath().normalize();
        return takeDown(seed -> seed.file().startsWith(named) || seed.file().startsWith(real(named)));
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }

    private CompletableFuture<List<SeedSnapshot>> takeDown(Predicate<SeedSnapshot> which) {
        return inside(() -> {
            List<SeedSnapshot> down = snapshots().stream().filter(which).toList();
            library.takeDown(down.stream().map(SeedSnapshot::digest).toList());
            for (SeedSnapshot seed : down) {
                pending.remove(seed.digest());
                stop(seed.digest(), "it was taken down");
                library.remove(seed.digest());
            }
            return down;
        });
    }

    /** What is shared, or is to be. */
    public CompletableFuture<List<SeedSnapshot>> list() {
        CompletableFuture<Boolean> looked = new CompletableFuture<>();
        loop.execute(() -> {
            List<SharedFile> files = shares.values().stream().map(Share::file).toList();
            parts.swarm().loop().execute(() -> {
                files.forEach(SharedFile::look);
                looked.complete(true);
            });
        });
        return looked.thenComposeAsync(done -> inside(this::snapshots), loop::execute);
    }

    private <T> CompletableFuture<T> inside(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, loop::execute);
    }

    private List<SeedSnapshot> snapshots() {
        List<SeedSnapshot> all = new ArrayList<>();
        for (Seed seed : library.all()) all.add(snapshot(seed));
        pending.forEach((digest, its) -> all.add(snapshot(digest, its)));
        return all;
    }

    private SeedSnapshot snapshot(Seed seed) {
        Share share = shares.get(seed.digest());
        Count count = counts.get(seed.digest());
        State state = State.QUEUED;
        if (share != null) state = State.SHARED;
        else if (!seed.isPublic(now())) state = State.NOT_PUBLIC;
        else if (parts.policy().isDone(seed.size(), seed.uploaded(), seed.since(), now())) state = State.DONE;
        return new SeedSnapshot(
                seed.digest(),
                seed.size(),
                seed.file(),
                seed.places(),
                seed.infoHash(),
                state,
                seed.confirmedLast().confirmed(),
                seed.uploaded() + (share == null ? 0 : share.uncounted()),
                share == null ? 0 : share.file().peers(),
                count == null ? 0 : count.seeders);
    }

    private static SeedSnapshot snapshot(Hash digest, Pending its) {
        Origin last = its.origins.get(its.origins.size() - 1);
        return new SeedSnapshot(
                digest,
                last.file().size(),
                its.file,
                its.origins.stream().map(Origin::file).toList(),
                null,
                State.HASHING,
                last.confirmed(),
                0,
                0,
                0);
    }

    // What follows from it.

    private Instant now() {
        return parts.clock().instant();
    }

    /** Starts and stops what the policy says. */
    private void choose() {
        if (isClosed) return;
        Instant now = now();
        List<SeedPolicy.Standing> standings = new ArrayList<>();
        for (Seed seed : library.all()) {
            if (!seed.isPublic(now) || isDenied(seed)) continue;
            Count count = counts.getOrDefault(seed.digest(), new Count(0, Instant.EPOCH));
            standings.add(new SeedPolicy.Standing(
                    seed.digest(),
                    seed.size(),
                    seed.uploaded(),
                    seed.since(),
                    count.seeders,
                    count.heard,
                    shares.containsKey(seed.digest())));
        }
        Set<Hash> chosen = parts.policy().choose(standings, now);
        for (Seed seed : library.all()) {
            boolean isShared = shares.containsKey(seed.digest());
            if (isShared && !chosen.contains(seed.digest())) stop(seed.digest(), whyNot(seed, now));
            else if (!isShared && chosen.contains(seed.digest())) start(seed);
        }
    }

    private String whyNot(Seed seed, Instant now) {
        if (isDenied(seed)) return "it was found to be wrong";
        if (!seed.isPublic(now)) return "it is not known any more that anybody may read it on the Hub";
        return parts.policy().isDone(seed.size(), seed.uploaded(), seed.since(), now)
                ? "it was given as much as it was to be"
                : "others are scarcer";
    }

    private boolean isDenied(Seed seed) {
        return seed.names().anyMatch(parts.denied());
    }

    private void start(Seed seed) {
        Hash digest = seed.digest();
        SharedFile file = new SharedFile(
                parts, library, seed, why -> loop.execute(() -> unusable(seed, String.valueOf(why.getMessage()))));
        Share share = new Share(parts, seed, file, new Trackers(digest));
        shares.put(digest, share);
        parts.swarm().loop().execute(file::open);
        for (SeedTracker tracker : parts.trackers()) {
            Publisher publisher = publishers.get(tracker);
            // A tracker may refuse what its catalogue does not have.
            if (publisher == null || publisher.knows(digest)) share.announce(tracker);
        }
        listener.shared(snapshot(seed));
    }

    private final class Published implements Publisher.Listener {
        private final SeedTracker tracker;

        Published(SeedTracker tracker) {
            this.tracker = tracker;
        }

        @Override
        public void published(Hash digest) {
            Share share = shares.get(digest);
            if (share != null) share.announceAnew(tracker);
        }

        @Override
        public void delayed(Hash digest) {
            Share share = shares.get(digest);
            if (share != null) share.announce(tracker);
        }
    }

    private final class Trackers implements Share.Listener {
        private final Hash digest;

        Trackers(Hash digest) {
            this.digest = digest;
        }

        @Override
        public void counted(int seeders) {
            loop.execute(() -> counts.put(digest, new Count(seeders, now())));
        }

        @Override
        public void failed(SeedTracker tracker) {
            Publisher publisher = publishers.get(tracker);
            if (publisher != null) loop.execute(publisher::doubt);
        }
    }

    private void stop(Hash digest, String why) {
        Share share = shares.remove(digest);
        if (share == null) return;
        share.close(() -> loop.execute(() -> count(digest, share)));
        Seed seed = library.get(digest);
        if (seed != null) listener.stopped(snapshot(seed), why);
    }

    private void count(Hash digest, Share share) {
        long more = share.count();
        Seed seed = library.get(digest);
        if (more > 0 && seed != null) library.note(seed.plusUploaded(more));
    }

    private void forget(Seed seed, String why) {
        stop(seed.digest(), why);
        library.remove(seed.digest());
    }

    private void unusable(Seed seed, String why) {
        Seed now = library.get(seed.digest());
        if (now == null || !now.stamp().equals(seed.stamp())) return;
        stop(seed.digest(), why);
        again(now);
    }

    static UserError changed(Path file) {
        return new UserError(Kind.DAMAGED, file + " is not what it was when it was shared.", "Share it again.");
    }

    /** Stops if the file is not what it was; one of the same length may only have been touched, and is read again. */
    private void lookAt(Seed seed) {
        if (isIntact(seed)) return;
        stop(seed.digest(), String.valueOf(changed(seed.file()).getMessage()));
        again(seed);
    }

    private void again(Seed seed) {
        Seed last = library.get(seed.digest());
        FileStamp stamp = stamp(seed.file());
        library.remove(seed.digest());
        if (last == null || stamp == null || stamp.size() != seed.size() || pending.containsKey(seed.digest())) return;
        pending.put(seed.digest(), new Pending(seed.file(), last.origins()));
        hash(seed.digest(), seed.file(), last.uploaded());
    }

    private static boolean isIntact(Seed seed) {
        return seed.stamp().equals(stamp(seed.file()));
    }

    private static @Nullable FileStamp stamp(Path file) {
        try {
            return FileStamp.of(file);
        } catch (IOException e) {
            return null;
        }
    }

    // Now and then.

    private void tick() {
        if (isClosed) return;
        loop.schedule(TICK_NANOS, this::tick);
        look();
    }

    /** For tests. */
    void lookNow() {
        loop.execute(this::look);
    }

    /** Looks after everything: files, what the Hub said, what was sent. */
    private void look() {
        Instant now = now();
        int turn = ticks++ % ROUND;
        int number = 0;
        for (Seed seed : library.all()) {
            if (number++ % ROUND == turn) lookAt(seed);
        }
        for (Seed seed : library.all()) askAgain(seed, now);
        List<SharedFile> files = shares.values().stream().map(Share::file).toList();
        parts.swarm().loop().execute(() -> files.forEach(SharedFile::look));
        shares.forEach(this::count);
        choose();
        if (ticks % FLUSH_TICKS == 0) library.flush();
        if (ticks % CHECK_TICKS == 1) publishers.values().forEach(Publisher::check);
    }

    private void askAgain(Seed seed, Instant now) {
        for (Origin origin : seed.origins()) {
            if (now.isBefore(origin.next()) || !asked.add(origin.file())) continue;
            questions.ask(
                    origin.file(),
                    false,
                    openness -> loop.execute(() -> confirmed(seed.digest(), origin.file(), openness)));
        }
    }

    private void confirmed(Hash digest, RemoteFile place, Openness openness) {
        asked.remove(place);
        Seed seed = library.get(digest);
        if (seed == null) return;
        for (Origin origin : seed.origins()) {
            if (!origin.isSamePlace(place)) continue;
            Seed now = seed.with(origin.answered(openness, now()));
            if (openness == Openness.UNKNOWN) library.note(now);
            else library.put(now);
        }
        choose();
    }

    /** Stops sharing, and writes down what is to be known the next time. What it was given stays open. */
    @Override
    public void close() {
        questions.close();
        hasher.close();
        List<CompletableFuture<Boolean>> ended = inside(this::closeShares).join();
        CompletableFuture.allOf(ended.toArray(CompletableFuture<?>[]::new))
                .completeOnTimeout(null, STOP.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        inside(() -> {
                    shares.forEach(this::count);
                    library.flush();
                    return true;
                })
                .join();
        loop.close();
    }

    private List<CompletableFuture<Boolean>> closeShares() {
        isClosed = true;
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (Share share : shares.values()) {
            CompletableFuture<Boolean> ended = new CompletableFuture<>();
            share.close(() -> ended.complete(true));
            all.add(ended);
        }
        return all;
    }
}
