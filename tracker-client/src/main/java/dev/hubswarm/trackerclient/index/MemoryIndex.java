package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Knows what it was told. Thread-safe. */
public final class MemoryIndex implements TorrentIndex {
    private final Map<Hash, List<Candidate>> candidates = new ConcurrentHashMap<>();

    /** @param sha256 of the candidate's file */
    public void add(Hash sha256, Candidate candidate) {
        candidates.merge(
                sha256,
                List.of(candidate),
                (before, added) ->
                        Stream.concat(before.stream(), added.stream()).toList());
    }

    @Override
    public CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early) {
        List<Candidate> found = candidates(file);
        found.forEach(early);
        return CompletableFuture.completedFuture(found);
    }

    @Override
    public CompletableFuture<Set<Hash>> known(Collection<WantedFile> files) {
        return CompletableFuture.completedFuture(files.stream()
                .filter(file -> !candidates(file).isEmpty())
                .map(WantedFile::sha256)
                .collect(Collectors.toUnmodifiableSet()));
    }

    private List<Candidate> candidates(WantedFile file) {
        return candidates.getOrDefault(file.sha256(), List.of()).stream()
                .filter(candidate -> candidate.file().length() == file.size())
                .toList();
    }
}
