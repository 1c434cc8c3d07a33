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
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
    private static final System.Logger LOG = System.getLogger(Publisher.class.getName());
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final int MOST_DOUBLINGS = 8;

    private final TrackerUrl tracker;
    private final Catalogue catalogue;
    private final Loop loop;
    private final RandomGenerator random;
    private final SeedLibrary library;
    private final Function<Hash, @Nullable Seed> shared;
    private final Consumer<Hash> published;
    private final Set<Hash> waiting = new LinkedHashSet<>();
    private boolean isBusy;
    private int failures;

    /**
     * @param shared tells of a digest what is shared by it; null if it is not any more
     * @param published told when the tracker knows it, or never will: then it may be announced
     */
    Publisher(
            TrackerUrl tracker,
            Catalogue catalogue,
            Loop loop,
            RandomGenerator random,
            SeedLibrary library,
            Function<Hash, @Nullable Seed> shared,
            Consumer<Hash> published) {
        this.tracker = tracker;
        this.catalogue = catalogue;
        this.loop = loop;
        this.random = random;
        this.library = library;
        this.shared = shared;
        this.published = published;
    }

    void publish(Hash digest) {
        if (waiting.add(digest)) step();
    }

    /** Publishes those that the tracker does not know: it may have lost them, as one that keeps them in memory does. */
    @SuppressWarnings("FutureReturnValueIgnored") // It never fails.
    void check(Collection<Seed> seeds) {
        List<WantedFile> files = seeds.stream()
                .map(seed -> new WantedFile(seed.digest(), seed.size(), null))
                .toList();
        catalogue
                .index()
                .known(files)
                .whenComplete((known, never) -> loop.execute(() -> seeds.stream()
                        .map(Seed::digest)
                        .filter(digest -> !known.contains(digest))
                        .forEach(this::publish)));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // It never fails.
    private void step() {
        while (!isBusy && !waiting.isEmpty()) {
            Hash digest = waiting.iterator().next();
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

    private static @Nullable RepoFile place(Seed seed) {
        // The one that was confirmed last.
        RemoteFile file = seed.origins().get(seed.origins().size() - 1).file();
        return new RepoFile(file.repo().type().word(), file.repo().id(), file.commit(), file.path());
    }

    private void answered(Hash digest, PublishResult result) {
        boolean isTracker = result.kind() == Kind.UNAVAILABLE || result.kind() == Kind.NOT_ALLOWED;
        if (isTracker) {
            if (failures == 0) say("takes no torrents now, which is tried again", result);
            long wait = RETRY_NANOS << Math.min(failures++, MOST_DOUBLINGS);
            loop.schedule(wait + random.nextLong(wait / 2), () -> {
                isBusy = false;
                step();
            });
            return;
        }
        failures = 0;
        if (!result.kind().isKnown()) say("does not take the torrent of " + digest, result);
        else if (result.kind() == Kind.RIVAL) say("knows another torrent of " + digest + ": somebody lies", result);
        waiting.remove(digest);
        isBusy = false;
        published.accept(digest);
        step();
    }

    private void say(String what, PublishResult result) {
        String why = result.message().isEmpty() ? result.kind().toString() : result.message();
        LOG.log(WARNING, () -> "The tracker " + tracker + " " + what + " (" + why + ").");
    }
}
