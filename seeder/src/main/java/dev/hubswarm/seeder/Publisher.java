package dev.hubswarm.seeder;

import static java.lang.System.Logger.Level.WARNING;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedTracker.Catalogue;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.PublishResult;
import dev.hubswarm.trackerclient.index.PublishResult.Kind;
import dev.hubswarm.trackerclient.index.RepoFile;
import dev.hubswarm.trackerclient.index.WantedFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Puts torrents in one tracker's catalogue, one at a time, and tries again for as long as it takes. Confined to the
 * seeder's loop.
 *
 * <p>A tracker that fails is said to once, until it works again, however many torrents wait for it.
 */
final class Publisher {
    /** Called on the loop. */
    interface Listener {
        /** The tracker knows it, or never will. */
        void published(Hash digest);

        /** It takes as long as the tracker fails, or lets us publish nothing; somebody else may have done so. */
        void delayed(Hash digest);
    }

    private static final System.Logger LOG = System.getLogger(Publisher.class.getName());
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final int MOST_DOUBLINGS = 8;
    private static final long DOUBT_NANOS = TimeUnit.MINUTES.toNanos(3);

    private final TrackerUrl tracker;
    private final Catalogue catalogue;
    private final Loop loop;
    private final RandomGenerator random;
    private final SeedLibrary library;
    private final Function<Hash, @Nullable Seed> shared;
    private final Listener listener;
    /** Each with whether the tracker may know it already. */
    private final Map<Hash, Boolean> waiting = new LinkedHashMap<>();
    /** What this process published there, or found. */
    private final Set<Hash> known = new HashSet<>();

    private boolean isBusy;
    private boolean isDoubted;
    private int failures;

    /**
     * @param shared tells of a digest what is shared by it; null if it is not any more
     */
    Publisher(
            TrackerUrl tracker,
            Catalogue catalogue,
            Loop loop,
            RandomGenerator random,
            SeedLibrary library,
            Function<Hash, @Nullable Seed> shared,
            Listener listener) {
        this.tracker = tracker;
        this.catalogue = catalogue;
        this.loop = loop;
        this.random = random;
        this.library = library;
        this.shared = shared;
        this.listener = listener;
    }

    /** These were published before; {@link #check} finds out which of them were lost. */
    void assume(Collection<Seed> seeds) {
        seeds.forEach(seed -> known.add(seed.digest()));
    }

    /** Whether the tracker knows it, as far as is known here; if not, it is published. */
    boolean knows(Hash digest) {
        if (known.contains(digest)) return true;
        waiting.put(digest, false);
        step();
        if (failures > 0) listener.delayed(digest);
        return false;
    }

    /** Publishes what is shared and the tracker has lost, as one does that keeps all in memory. */
    @SuppressWarnings("FutureReturnValueIgnored") // It never fails.
    void check() {
        isDoubted = false;
        List<WantedFile> files = new ArrayList<>();
        for (Hash digest : known) {
            Seed seed = shared.apply(digest);
            if (seed != null) files.add(new WantedFile(digest, seed.size(), null));
        }
        if (files.isEmpty()) return;
        catalogue
                .index()
                .known(files)
                .whenComplete((there, never) -> loop.execute(() -> {
                    for (WantedFile file : files) if (!there.contains(file.sha256())) lost(file.sha256());
                    step();
                }));
    }

    private void lost(Hash digest) {
        if (known.remove(digest)) waiting.put(digest, true);
    }

    /** It refuses an announce, or does not answer: soon it is asked what it knows. */
    void doubt() {
        if (isDoubted) return;
        isDoubted = true;
        loop.schedule(DOUBT_NANOS + random.nextLong(DOUBT_NANOS), this::check);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // It never fails.
    private void step() {
        while (!isBusy && !waiting.isEmpty()) {
            Hash digest = waiting.keySet().iterator().next();
            Seed seed = shared.apply(digest);
            Metainfo torrent = seed == null ? null : torrent(seed);
            if (seed == null || torrent == null) {
                waiting.remove(digest);
                continue;
            }
            isBusy = true;
            catalogue
                    .publisher()
                    .publish(torrent, place(seed))
                    .whenComplete((result, never) -> loop.execute(() -> answered(digest, result)));
        }
    }

    private @Nullable Metainfo torrent(Seed seed) {
        try {
            return library.torrent(seed);
        } catch (UserError e) {
            LOG.log(WARNING, () -> "Cannot publish " + seed.file() + ": " + e.getMessage());
            return null;
        }
    }

    private static RepoFile place(Seed seed) {
        RemoteFile file = seed.confirmedLast().file();
        return new RepoFile(file.repo().type().word(), file.repo().id(), file.commit(), file.path());
    }

    private void answered(Hash digest, PublishResult result) {
        boolean isTracker = result.kind() == Kind.UNAVAILABLE || result.kind() == Kind.NOT_ALLOWED;
        if (isTracker) {
            if (failures == 0) say("takes no torrents now, which is tried again", result);
            long wait = RETRY_NANOS << Math.min(failures++, MOST_DOUBLINGS);
            waiting.keySet().forEach(listener::delayed);
            loop.schedule(wait + random.nextLong(wait / 2), this::tryAgain);
            return;
        }
        failures = 0;
        if (!result.kind().isKnown()) say("does not take the torrent of " + digest, result);
        else if (result.kind() == Kind.RIVAL) say("knows another torrent of " + digest + ": somebody lies", result);
        waiting.remove(digest);
        known.add(digest);
        isBusy = false;
        listener.published(digest);
        step();
    }

    private void tryAgain() {
        isBusy = false;
        // What it may have known all the time is not worth sending before that was asked.
        List<Hash> maybeKnown = waiting.keySet().stream().filter(waiting::get).toList();
        waiting.keySet().removeAll(maybeKnown);
        known.addAll(maybeKnown);
        if (!maybeKnown.isEmpty()) check();
        step();
    }

    private void say(String what, PublishResult result) {
        String why = result.message().isEmpty() ? result.kind().toString() : result.message();
        LOG.log(WARNING, () -> "The tracker " + tracker + " " + what + " (" + why + ").");
    }
}
