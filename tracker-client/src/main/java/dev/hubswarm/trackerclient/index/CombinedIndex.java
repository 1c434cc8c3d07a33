package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** Asks several indexes at once. Immutable. */
public final class CombinedIndex implements TorrentIndex {
    private final List<TorrentIndex> indexes;

    /** @param indexes the preferred ones first */
    public CombinedIndex(List<? extends TorrentIndex> indexes) {
        this.indexes = List.copyOf(indexes);
    }

    @Override
    public CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early) {
        // One torrent that several know is told once.
        Set<Object> told = ConcurrentHashMap.newKeySet();
        Consumer<Candidate> once = candidate -> {
            if (told.add(candidate.torrent().infoHash())) early.accept(candidate);
        };
        return all(index -> index.find(file, once), List.of()).thenApply(CombinedIndex::merge);
    }

    private static List<Candidate> merge(List<List<Candidate>> found) {
        Map<Object, Candidate> byHash = new LinkedHashMap<>();
        for (List<Candidate> some : found) {
            for (Candidate candidate : some) {
                byHash.merge(candidate.torrent().infoHash(), candidate, CombinedIndex::merge);
            }
        }
        return byHash.values().stream()
                .sorted(Comparator.comparing(candidate -> !candidate.attested()))
                .toList();
    }

    private static Candidate merge(Candidate a, Candidate b) {
        int seeders = Math.max(a.seeders(), b.seeders());
        return new Candidate(a.torrent(), a.file(), a.attested() || b.attested(), seeders);
    }

    @Override
    public CompletableFuture<Set<Hash>> known(Collection<WantedFile> files) {
        return all(index -> index.known(files), Set.of()).thenApply(found -> {
            Set<Hash> known = new HashSet<>();
            found.forEach(known::addAll);
            return Set.copyOf(known);
        });
    }

    /** What each answers, or {@code none} if it does not keep to the budget, in their order. */
    private <T> CompletableFuture<List<T>> all(Function<TorrentIndex, CompletableFuture<T>> question, T none) {
        List<CompletableFuture<T>> asked = new ArrayList<>();
        for (TorrentIndex index : indexes) {
            // A copy, for the index's own answer is not ours to complete.
            asked.add(question.apply(index)
                    .copy()
                    .completeOnTimeout(none, TorrentIndex.BUDGET_NANOS, TimeUnit.NANOSECONDS));
        }
        return Answers.all(asked);
    }
}
