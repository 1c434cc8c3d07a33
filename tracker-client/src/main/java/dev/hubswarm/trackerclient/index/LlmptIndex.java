package dev.hubswarm.trackerclient.index;

import static java.lang.System.Logger.Level.DEBUG;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerclient.contact.SharedQuestions;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.index.LlmptJson.Snapshot;
import dev.hubswarm.trackerclient.index.LlmptJson.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue of a tracker that speaks llmpt's API v1, which knows torrents of whole repositories by commit.
 * Thread-safe. A repository that waits for the tracker's administrator is on no list, but its torrent can be had.
 */
public final class LlmptIndex implements TorrentIndex {
    private static final System.Logger LOG = System.getLogger(LlmptIndex.class.getName());

    private static final int MAX_LIST_BYTES = 4 << 20;
    private static final long MAX_CACHED_BYTES = 64 << 20;
    /** Repositories of which one question about many files may be. */
    private static final int MAX_REPOS = 8;
    /** Other repositories with the same file that are asked for. */
    private static final int MAX_SOURCES = 2;

    private final TrackerApi api;
    private final AnswerCache<Repo, Optional<Found>> snapshots;
    private final SharedQuestions<Repo, Optional<Found>> questions = new SharedQuestions<>();

    /** A repository at a commit. */
    private record Repo(String type, String id, String commit) {
        static Repo of(RepoFile file) {
            return new Repo(file.repoType(), file.repoId(), file.commit());
        }
    }

    /** Its torrent. */
    private record Found(Metainfo torrent, int seeders) {
        Optional<Candidate> candidate(String path, long size, @Nullable Hash root) {
            for (FileEntry file : torrent.files()) {
                boolean same = !file.padding()
                        && file.length() == size
                        && file.displayPath().equals(path);
                if (same && (root == null || Objects.equals(file.piecesRoot(), root)))
                    return Optional.of(new Candidate(torrent, file, false, seeders));
            }
            return Optional.empty();
        }
    }

    /** @param random thread-safe */
    public LlmptIndex(TrackerApi api, RandomGenerator random) {
        this(api, Ticker.systemTicker(), random);
    }

    LlmptIndex(TrackerApi api, Ticker ticker, RandomGenerator random) {
        this.api = api;
        snapshots = new AnswerCache<>(
                MAX_CACHED_BYTES,
                found -> found.map(some -> AnswerCache.weight(some.torrent)).orElse(0),
                ticker,
                random);
    }

    @Override
    public CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early) {
        RepoFile place = file.place();
        if (place == null) return CompletableFuture.completedFuture(List.of());
        long end = System.nanoTime() + BUDGET_NANOS;
        return snapshot(Repo.of(place), end)
                .thenCompose(found -> {
                    Optional<Candidate> exact = found.flatMap(some -> some.candidate(place.path(), file.size(), null));
                    exact.ifPresent(early);
                    List<Candidate> known = exact.stream().toList();
                    boolean enough = exact.isEmpty() || exact.get().seeders() != 0;
                    if (enough) return CompletableFuture.completedFuture(known);
                    // Nobody has this commit whole; another of the same file may be alive.
                    return elsewhere(place, exact.get(), end, early)
                            .exceptionally(failure -> failed(failure, List.of()))
                            .thenApply(others -> join(others, known));
                })
                .exceptionally(failure -> failed(failure, List.of()));
    }

    private <T> T failed(Throwable failure, T none) {
        LOG.log(DEBUG, () -> api.tracker() + " has no answer about a repository: " + failure);
        return none;
    }

    private static <T> List<T> join(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    /** Asked for once, however many files of it are wanted at a time: its torrent may be large. */
    private CompletableFuture<Optional<Found>> snapshot(Repo repo, long end) {
        return questions.ask(repo, asked -> {
            Optional<Found> known = snapshots.get(asked);
            return known == null ? ask(asked, end) : CompletableFuture.completedFuture(known);
        });
    }

    private CompletableFuture<Optional<Found>> ask(Repo repo, long end) {
        return api.ask(
                        url("/api/v1/torrents", repo).build(),
                        null,
                        MAX_LIST_BYTES,
                        end,
                        reply -> Optional.ofNullable(reply.isThere() ? LlmptJson.firstOfList(reply.body()) : null))
                .thenCompose(listed -> torrent(repo, listed.orElse(null), end));
    }

    private CompletableFuture<Optional<Found>> torrent(Repo repo, @Nullable Snapshot listed, long end) {
        HttpUrl url = url("/api/v1/torrents/torrent", repo).build();
        return api.ask(url, null, Metainfo.MAX_TORRENT_BYTES, end, reply -> {
            Optional<Found> found = Optional.empty();
            if (reply.isThere()) {
                Metainfo torrent = Candidate.torrent(reply.body(), one -> isWanted(one, repo, listed));
                found = Optional.of(new Found(torrent, listed == null ? Candidate.UNSAID : listed.seeders()));
            }
            snapshots.put(repo, found);
            return found;
        });
    }

    private static boolean isWanted(Metainfo torrent, Repo repo, @Nullable Snapshot listed) {
        if (!torrent.name().equals(repo.commit)) return false;
        Hash hash = listed == null ? null : listed.infoHash();
        return hash == null
                || Objects.equals(torrent.infoHash().v2(), hash)
                || Objects.equals(torrent.infoHash().v1(), hash);
    }

    private CompletableFuture<List<Candidate>> elsewhere(
            RepoFile place, Candidate exact, long end, Consumer<Candidate> early) {
        HttpUrl url = url("/api/v1/file-sources", Repo.of(place))
                .addQueryParameter("path", place.path())
                .build();
        // An old tracker has no such thing, and says 404.
        return api.ask(
                        url,
                        null,
                        MAX_LIST_BYTES,
                        end,
                        reply -> reply.isThere() ? LlmptJson.sources(reply.body()) : List.<Source>of())
                .thenCompose(sources -> {
                    List<CompletableFuture<Optional<Candidate>>> asked = new ArrayList<>();
                    for (Source source : sources) {
                        if (asked.size() == MAX_SOURCES) break;
                        if (isUseful(source, place, exact)) asked.add(candidate(source, exact, end, early));
                    }
                    return Answers.all(asked)
                            .thenApply(all ->
                                    all.stream().flatMap(Optional::stream).toList());
                });
    }

    private static boolean isUseful(Source source, RepoFile place, Candidate exact) {
        Hash root = exact.file().piecesRoot();
        return !source.file().equals(place)
                && source.seeders() != 0
                && source.size() == exact.file().length()
                && root != null
                && (source.root().isEmpty() || source.root().equalsIgnoreCase(root.hex()));
    }

    private CompletableFuture<Optional<Candidate>> candidate(
            Source source, Candidate exact, long end, Consumer<Candidate> early) {
        // Its torrent alone, for that it is alive was just said.
        return torrent(Repo.of(source.file()), new Snapshot(null, source.seeders()), end)
                .thenApply(found -> {
                    Optional<Candidate> candidate = found.flatMap(some -> some.candidate(
                            source.file().path(),
                            exact.file().length(),
                            exact.file().piecesRoot()));
                    candidate.ifPresent(early);
                    return candidate;
                })
                .exceptionally(failure -> failed(failure, Optional.empty()));
    }

    @Override
    public CompletableFuture<Set<Hash>> known(Collection<WantedFile> files) {
        long end = System.nanoTime() + BUDGET_NANOS;
        List<Repo> repos = files.stream()
                .flatMap(file -> Stream.ofNullable(file.place()))
                .map(Repo::of)
                .distinct()
                .limit(MAX_REPOS)
                .toList();
        List<CompletableFuture<Set<Hash>>> asked = new ArrayList<>();
        for (Repo repo : repos) {
            asked.add(snapshot(repo, end)
                    .thenApply(found ->
                            found.map(some -> within(some, repo, files)).orElse(Set.of()))
                    .exceptionally(failure -> failed(failure, Set.of())));
        }
        return Answers.all(asked)
                .thenApply(all -> all.stream().flatMap(Set::stream).collect(Collectors.toUnmodifiableSet()));
    }

    private static Set<Hash> within(Found found, Repo repo, Collection<WantedFile> files) {
        record Entry(String path, long size) {}
        Set<Entry> entries = found.torrent.files().stream()
                .map(file -> new Entry(file.displayPath(), file.length()))
                .collect(Collectors.toSet());
        return files.stream()
                .filter(file -> file.place() != null
                        && Repo.of(file.place()).equals(repo)
                        && entries.contains(new Entry(file.place().path(), file.size())))
                .map(WantedFile::sha256)
                .collect(Collectors.toSet());
    }

    private HttpUrl.Builder url(String path, Repo repo) {
        return api.url(path)
                .addQueryParameter("repo_id", repo.id)
                .addQueryParameter("revision", repo.commit)
                .addQueryParameter("repo_type", repo.type);
    }
}
