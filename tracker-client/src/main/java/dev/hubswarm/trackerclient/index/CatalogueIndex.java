package dev.hubswarm.trackerclient.index;

import static java.lang.System.Logger.Level.DEBUG;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.index.CatalogueJson.Listed;
import dev.hubswarm.trackerclient.index.CatalogueJson.Listing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import okhttp3.HttpUrl;
import okhttp3.RequestBody;

/**
 * The catalogue of one tracker of ours (design.md section 9, API v2), which knows canonical torrents by the digest of
 * their file. Thread-safe. What it gives is checked: another torrent than was asked for, or one that is not canonical,
 * is refused.
 */
public final class CatalogueIndex implements TorrentIndex {
    private static final System.Logger LOG = System.getLogger(CatalogueIndex.class.getName());

    /** After two denied ones a file stays on HTTP (design.md section 9). */
    private static final int MAX_CANDIDATES = 2;
    /** Of one question. */
    private static final int MAX_DIGESTS = 1_000;

    private static final int MAX_LISTING_BYTES = 1 << 20;
    private static final int MAX_LOOKUP_BYTES = 4 << 20;
    /** Of a torrent without hashes of pieces; a catalogue drops what it does not need. */
    private static final int MAX_BARE_BYTES = 16 << 10;

    private static final long MAX_CACHED_BYTES = 32 << 20;

    private final TrackerApi api;
    private final AnswerCache<WantedContent, Listing> listings;
    private final AnswerCache<Hash, Optional<Metainfo>> torrents;

    /** What a question is about; where it is makes no difference. */
    private record WantedContent(Hash sha256, long size) {
        static WantedContent of(WantedFile file) {
            return new WantedContent(file.sha256(), file.size());
        }
    }

    /** @param random thread-safe */
    public CatalogueIndex(TrackerApi api, RandomGenerator random) {
        this(api, Ticker.systemTicker(), random);
    }

    CatalogueIndex(TrackerApi api, Ticker ticker, RandomGenerator random) {
        this.api = api;
        listings = new AnswerCache<>(
                MAX_CACHED_BYTES / 4, listing -> 256 * listing.torrents().size(), ticker, random);
        torrents = new AnswerCache<>(
                MAX_CACHED_BYTES, torrent -> torrent.map(AnswerCache::weight).orElse(0), ticker, random);
    }

    @Override
    public CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early) {
        long end = System.nanoTime() + BUDGET_NANOS;
        return listing(WantedContent.of(file), end)
                .thenCompose(listing -> candidates(file, listing, end, early))
                .exceptionally(failure -> {
                    LOG.log(DEBUG, () -> api.tracker() + " has no answer about " + file.sha256() + ": " + failure);
                    return List.of();
                });
    }

    private CompletableFuture<Listing> listing(WantedContent wanted, long end) {
        Listing known = listings.get(wanted);
        if (known != null) return CompletableFuture.completedFuture(known);
        HttpUrl url = api.url("/api/v2/files/" + wanted.sha256.hex())
                .addQueryParameter("size", Long.toString(wanted.size))
                .build();
        return api.ask(url, null, MAX_LISTING_BYTES, end, reply -> {
            Listing listing = reply.isThere() ? CatalogueJson.file(reply.body()).of(wanted.size) : Listing.NONE;
            listings.put(wanted, listing);
            return listing;
        });
    }

    private CompletableFuture<List<Candidate>> candidates(
            WantedFile file, Listing listing, long end, Consumer<Candidate> early) {
        List<CompletableFuture<Optional<Candidate>>> asked = new ArrayList<>();
        for (Listed listed : listing.torrents()) {
            if (asked.size() == MAX_CANDIDATES) break;
            asked.add(torrent(file, listed, end).handle((torrent, failure) -> {
                if (torrent == null) {
                    LOG.log(DEBUG, () -> "no torrent " + listed.v2() + " of " + api.tracker() + ": " + failure);
                    return Optional.empty();
                }
                Candidate candidate =
                        torrent.map(found -> candidate(found, listed)).orElse(null);
                if (candidate != null) early.accept(candidate);
                return Optional.ofNullable(candidate);
            }));
        }
        return Answers.all(asked)
                .thenApply(all -> all.stream().flatMap(Optional::stream).toList());
    }

    private Candidate candidate(Metainfo torrent, Listed listed) {
        boolean attested = listed.attestedByToken() && api.isTrusted();
        return new Candidate(torrent, torrent.files().get(0), attested, listed.seeders());
    }

    private CompletableFuture<Optional<Metainfo>> torrent(WantedFile file, Listed listed, long end) {
        Optional<Metainfo> known = torrents.get(listed.v2());
        if (known != null) return CompletableFuture.completedFuture(known);
        HttpUrl url = api.url("/api/v2/files/" + file.sha256().hex() + "/torrent")
                .addQueryParameter("info_hash", listed.v2().hex())
                .build();
        return api.ask(url, null, maxTorrentBytes(file.size()), end, reply -> {
            Optional<Metainfo> torrent = reply.isThere()
                    ? Optional.of(Candidate.torrent(reply.body(), found -> isWanted(found, file, listed)))
                    : Optional.empty();
            torrents.put(listed.v2(), torrent);
            return torrent;
        });
    }

    /** Two hashes for each piece, and some for the rest: else many at once would be too much to hold. */
    private static int maxTorrentBytes(long size) {
        long pieces = size / PieceLengthPolicy.forSize(size) + 1;
        long bytes = MAX_BARE_BYTES + pieces * (Hash.SHA1_LENGTH + Hash.SHA256_LENGTH);
        return (int) Math.min(bytes, Metainfo.MAX_TORRENT_BYTES);
    }

    private static boolean isWanted(Metainfo torrent, WantedFile file, Listed listed) {
        return torrent.infoHash().equals(new InfoHash(listed.v1(), listed.v2()))
                && torrent.payloadSize() == file.size()
                && CanonicalTorrent.isOf(torrent, file.sha256());
    }

    @Override
    public CompletableFuture<Set<Hash>> known(Collection<WantedFile> files) {
        long end = System.nanoTime() + BUDGET_NANOS;
        List<WantedContent> wanted =
                files.stream().map(WantedContent::of).distinct().toList();
        List<CompletableFuture<List<Hash>>> asked = new ArrayList<>();
        for (int from = 0; from < wanted.size(); from += MAX_DIGESTS) {
            List<WantedContent> some = wanted.subList(from, Math.min(wanted.size(), from + MAX_DIGESTS));
            asked.add(lookup(some, end).exceptionally(failure -> {
                LOG.log(DEBUG, () -> api.tracker() + " has no answer about many files: " + failure);
                return List.of();
            }));
        }
        return Answers.all(asked)
                .thenApply(all -> all.stream().flatMap(List::stream).collect(Collectors.toUnmodifiableSet()));
    }

    private CompletableFuture<List<Hash>> lookup(List<WantedContent> wanted, long end) {
        HttpUrl url = api.url("/api/v2/lookup").build();
        return api.ask(url, digests(wanted), MAX_LOOKUP_BYTES, end, reply -> {
            Map<Hash, Listing> found = reply.isThere() ? CatalogueJson.lookup(reply.body()) : Map.of();
            List<Hash> known = new ArrayList<>();
            for (WantedContent one : wanted) {
                Listing listing = found.getOrDefault(one.sha256, Listing.NONE).of(one.size);
                listings.put(one, listing);
                if (!listing.torrents().isEmpty()) known.add(one.sha256);
            }
            return known;
        });
    }

    private static RequestBody digests(List<WantedContent> wanted) {
        return Json.body(json -> {
            json.writeStartObject().writeArrayPropertyStart("digests");
            for (WantedContent one : wanted) json.writeString(one.sha256.hex());
            json.writeEndArray().writeEndObject();
        });
    }
}
