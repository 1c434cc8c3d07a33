package dev.hubswarm.agent.accelerator;

import dev.hubswarm.agent.control.TransferStatus;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.download.CacheDestination;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.PartFile;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what clients wait for into the cache, each content once however many ask for it, from whatever repository and
 * revision. Confined to the loop, but for what is public, which is thread-safe.
 */
public final class ClientFetches implements Deliveries, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ClientFetches.class.getName());

    /** By then clients have begun anew, or given up. */
    private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Each takes memory and a line; further clients read from storage, as they would without us. */
    private static final int MOST_AT_ONCE = 32;

    private final HubOrigin origin;
    private final RangeReader ranges;
    private final FileFetch.Means means;
    private final HubCache cache;
    private final DiskSpace space;
    private final FetchQuota quota;
    private final Consumer<FetchedFile> fetched;
    /** What was given wrong, and when. */
    private final Map<ContentDigest, Long> wrong = new ConcurrentHashMap<>();

    private final Map<ContentDigest, Content> contents = new HashMap<>();
    /** The first of them first. */
    private int nextOrder;

    private boolean isClosed;

    ClientFetches(
            HubOrigin origin,
            RangeReader ranges,
            FileFetch.Means means,
            HubCache cache,
            DiskSpace space,
            FetchQuota quota,
            Consumer<FetchedFile> fetched) {
        this.origin = origin;
        this.ranges = ranges;
        this.means = means;
        this.cache = cache;
        this.space = space;
        this.quota = quota;
        this.fetched = fetched;
    }

    /** A client that waits for its answer. */
    private record Wish(
            RemoteFile file,
            @Nullable URI location,
            @Nullable Redacted token,
            long from,
            long to,
            CompletableFuture<Optional<Delivery>> answer) {
        void grant(@Nullable Delivery delivery) {
            if (!answer.complete(Optional.ofNullable(delivery)) && delivery != null) delivery.close();
        }
    }

    @Override
    public CompletableFuture<Optional<Delivery>> open(
            RemoteFile file, @Nullable URI location, @Nullable Redacted token, long from, long to) {
        Wish wish = new Wish(file, location, token, from, to, new CompletableFuture<>());
        means.loop().execute(() -> open(wish));
        return wish.answer;
    }

    @Override
    public boolean wasWrong(ContentDigest digest) {
        Long since = wrong.get(digest);
        return since != null && means.loop().nowNanos() - since < REMEMBERED_NANOS;
    }

    /** What is being fetched now. */
    public List<TransferStatus> transfers() throws InterruptedException {
        try {
            return inside(() -> contents.values().stream()
                            .map(content -> content.fetch)
                            .flatMap(fetch -> Optional.ofNullable(fetch).stream())
                            .map(FileFetch::status)
                            .toList())
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private <T> CompletableFuture<T> inside(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, means.loop()::execute);
    }

    /** Keeps what came for the next time; returns when nothing is written any more. */
    @Override
    public void close() {
        CompletableFuture.allOf(inside(this::stopAll).join()).join();
    }

    private CompletableFuture<?>[] stopAll() {
        isClosed = true;
        List<Content> all = List.copyOf(contents.values());
        all.forEach(Content::stop);
        return all.stream().map(content -> content.end).toArray(CompletableFuture[]::new);
    }

    // On the loop.

    private void open(Wish wish) {
        if (isClosed) {
            wish.grant(null);
            return;
        }
        Content content = contents.get(wish.file.digest());
        if (content == null) {
            if (contents.values().stream().filter(Content::isWanted).count() >= MOST_AT_ONCE) {
                wish.grant(null);
                return;
            }
            content = new Content(wish);
            contents.put(wish.file.digest(), content);
            content.begin(wish);
        } else {
            content.join(wish);
        }
    }

    /** Work that blocks. */
    private interface Work<T> {
        T run() throws UserError, IOException, InterruptedException;
    }

    /** Does it elsewhere, and what follows here. */
    private <T> void background(Work<T> work, Consumer<T> then, Consumer<Exception> otherwise) {
        means.background().execute(() -> {
            try {
                T result = work.run();
                means.loop().execute(() -> then.accept(result));
            } catch (UserError | IOException | InterruptedException | RuntimeException e) {
                means.loop().execute(() -> otherwise.accept(e));
            }
        });
    }

    private HubFile listed(RemoteFile file) {
        return new HubFile(
                file.path(), file.size(), file.digest(), file.digest().hex());
    }

    private Destination destination(RemoteFile file) {
        Revision commit = new Revision(file.commit());
        RepoPlan only = new RepoPlan(file.repo(), commit, file.commit(), List.of(listed(file)), List.of());
        return new CacheDestination(cache.repo(file.repo()), only);
    }

    private Path path(RemoteFile file) throws UserError {
        Path path = cache.repo(file.repo()).file(file.commit(), file.path());
        if (path != null) return path;
        throw new UserError(Kind.FAILED, "What was fetched just now is gone from the cache.", "Ask for it again.");
    }

    /** Of the disk, and of what may be fetched. */
    private record Promised(FetchQuota.Share share, DiskSpace.Promise space) implements AutoCloseable {
        @Override
        public void close() {
            space.close();
            share.close();
        }
    }

    private Promised promise(Path folder, long size, long missing) throws UserError {
        FetchQuota.Share share = quota.take(size);
        try {
            return new Promised(share, space.promise(folder, missing));
        } catch (UserError e) {
            share.close();
            throw e;
        }
    }

    /** What a fetch needs, or the file, if it is there already. */
    private record Ready(
            @Nullable Path there,
            @Nullable Promised promise,
            @Nullable PartFile part) {}

    /** One content that somebody wants, until it is there or cannot be had. */
    private final class Content implements FileFetch.Listener {
        /** As it was first asked for. */
        private final RemoteFile file;

        private final Set<RemoteFile> places = new LinkedHashSet<>();
        /** Clients who wait for the beginning. */
        private final List<Wish> wishes = new ArrayList<>();

        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private @Nullable FileFetch fetch;
        private @Nullable Promised promise;

        Content(Wish first) {
            file = first.file;
        }

        void begin(Wish wish) {
            places.add(wish.file);
            wishes.add(wish);
            background(this::prepare, ready -> begin(wish, ready), this::cannotBegin);
        }

        /** Without huggingface_hub's lock: the client who waits for us may hold it. */
        private Ready prepare() throws UserError {
            Destination destination = destination(file);
            HubFile listed = listed(file);
            if (destination.has(listed)) return new Ready(path(file), null, null);
            Promised promised = promise(destination.folder(), listed.size(), destination.missing(List.of(listed)));
            try {
                return new Ready(null, promised, destination.begin(listed));
            } catch (UserError | RuntimeException e) {
                promised.close();
                throw e;
            }
        }

        private void begin(Wish first, Ready ready) {
            PartFile part = ready.part;
            if (part == null) {
                wishes.forEach(wish -> handOver(wish, ready.there));
                wishes.clear();
                end();
                return;
            }
            promise = ready.promise;
            URI location = first.location;
            HubFileReader reader = new HubFileReader(
                    origin.as(first.token), ranges, file, location == null ? null : origin.told(file, location));
            fetch = new FileFetch(means, listed(file), reader, nextOrder++, destination(file), part, null, this);
            if (isClosed) {
                stop();
            } else {
                List<Wish> waiting = List.copyOf(wishes);
                wishes.clear();
                waiting.forEach(this::join);
            }
        }

        /** Then clients are better off without us. */
        private void cannotBegin(Exception why) {
            LOG.log(System.Logger.Level.INFO, () -> file.path() + " is not fetched into the cache: " + why);
            end();
        }

        void join(Wish wish) {
            places.add(wish.file);
            FileFetch running = fetch;
            if (running == null) {
                wishes.add(wish);
                return;
            }
            background(
                    running::open,
                    bytes -> {
                        ClientReader reader =
                                new ClientReader(means.loop(), bytes, wish.from, wish.to, file.size(), this::left);
                        if (fetch == running && !running.isGivenUp()) {
                            running.join(reader);
                            wish.grant(reader);
                        } else if (fetch == running) {
                            reader.close();
                            wish.grant(null);
                        } else {
                            // It ended meanwhile.
                            reader.close();
                            open(wish);
                        }
                    },
                    gone -> {
                        if (fetch == running) wish.grant(null);
                        else open(wish);
                    });
        }

        boolean isWanted() {
            return fetch == null || fetch.hasReaders();
        }

        private void left(ClientReader reader) {
            FileFetch running = fetch;
            if (running == null) return;
            running.leave(reader);
            if (running.hasReaders() || running.isWorthFinishing()) return;
            stop();
        }

        void stop() {
            if (fetch != null) fetch.fail(new UserError(Kind.FAILED, "It was stopped.", "Ask for it again."));
        }

        @Override
        public void ended(FileFetch ended, FileResult result) {
            UserError why = result.failure();
            if (why != null) LOG.log(System.Logger.Level.INFO, () -> file.path() + " was not fetched: " + why);
            fetch = null;
            if (why == null) background(() -> name(result.shareable()), this::named, unnamed -> end());
            else end();
        }

        /** Wherever it was asked for it will be found. */
        private FetchedFile name(@Nullable Shareable shareable) throws UserError {
            Path path = path(file);
            for (RemoteFile place : places) {
                RepoCache repo = cache.repo(place.repo());
                if (place.repo().equals(file.repo()) || repo.adopt(place.digest(), path))
                    destination(place).has(listed(place));
            }
            cache.repo(file.repo()).sync();
            quota.fetched(path);
            return new FetchedFile(file, path, shareable);
        }

        private void named(FetchedFile here) {
            List<Wish> late = List.copyOf(wishes);
            wishes.clear();
            end();
            late.forEach(ClientFetches.this::open);
            fetched.accept(here);
        }

        @Override
        public void gaveWrong() {
            long now = means.loop().nowNanos();
            wrong.values().removeIf(since -> now - since >= REMEMBERED_NANOS);
            wrong.put(file.digest(), now);
        }

        @Override
        public void broke(Throwable fault) {
            LOG.log(System.Logger.Level.ERROR, () -> "Fetching " + file.path() + " broke", fault);
            stop();
        }

        private void end() {
            contents.remove(file.digest());
            if (promise != null) promise.close();
            wishes.forEach(wish -> wish.grant(null));
            end.complete(null);
        }

        private void handOver(Wish wish, @Nullable Path there) {
            if (there == null) return;
            background(
                    () -> FileChannel.open(there, StandardOpenOption.READ),
                    bytes -> wish.grant(new WholeFile(bytes, wish.file.size())),
                    gone -> wish.grant(null));
        }
    }

    /** It was there when it was asked for. Immutable. */
    private record WholeFile(FileChannel bytes, long size) implements Delivery {
        @Override
        public CompletableFuture<Long> released(long at) {
            return CompletableFuture.completedFuture(size);
        }

        @Override
        public void close() {
            try {
                bytes.close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "a file did not close", e);
            }
        }
    }
}
