package dev.hubswarm.trackerclient.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.Cost;
import dev.hubswarm.trackerclient.testing.SampleTorrents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class CombinedIndexTest {
    private static final byte[] CONTENT = SampleTorrents.content(1, 1000);
    private static final Metainfo TORRENT = SampleTorrents.canonical(CONTENT);
    private static final Metainfo RIVAL = SampleTorrents.rival(CONTENT);
    private static final WantedFile WANTED = new WantedFile(SampleTorrents.sha256(CONTENT), CONTENT.length, null);

    /** Never answers. */
    private static final class Silent implements TorrentIndex {
        private final CompletableFuture<List<Candidate>> candidates = new CompletableFuture<>();
        private final CompletableFuture<Set<Hash>> known = new CompletableFuture<>();

        @Override
        public CompletableFuture<List<Candidate>> find(WantedFile file, Consumer<Candidate> early) {
            return candidates;
        }

        @Override
        public CompletableFuture<Set<Hash>> known(Collection<WantedFile> files) {
            return known;
        }
    }

    @Test
    void whatAnyKnowsIsFoundTheAttestedFirst() {
        CombinedIndex both = new CombinedIndex(
                List.of(memory(candidate(RIVAL, false, 9)), memory(candidate(TORRENT, true, 1)), memory()));
        assertEquals(
                List.of(candidate(TORRENT, true, 1), candidate(RIVAL, false, 9)),
                both.find(WANTED, any -> {}).join());
        assertEquals(Set.of(WANTED.sha256()), both.known(List.of(WANTED)).join());
    }

    @Test
    void whatSeveralKnowIsOneCandidate() {
        CombinedIndex both =
                new CombinedIndex(List.of(memory(candidate(TORRENT, false, 3)), memory(candidate(TORRENT, true, 1))));
        List<Candidate> early = new ArrayList<>();
        assertEquals(
                List.of(candidate(TORRENT, true, 3)),
                both.find(WANTED, early::add).join());
        assertEquals(1, early.size());
    }

    @Test
    void aFileOfAnotherSizeIsAnotherFile() {
        CombinedIndex index = new CombinedIndex(List.of(memory(candidate(TORRENT, true, 1))));
        WantedFile longer = new WantedFile(WANTED.sha256(), WANTED.size() + 1, null);
        assertEquals(List.of(), index.find(longer, any -> {}).join());
        assertEquals(Set.of(), index.known(List.of(longer)).join());
    }

    @Test
    void oneThatIsSilentCostsTheBudgetAndNothingElse() throws Exception {
        Silent silent = new Silent();
        CombinedIndex index = new CombinedIndex(List.of(silent, memory(candidate(TORRENT, true, 1))));
        List<Candidate> early = new ArrayList<>();
        CompletableFuture<List<Candidate>> found = index.find(WANTED, early::add);
        assertEquals(1, early.size(), "what is known is told at once");
        Cost cost = Cost.of(() -> assertEquals(1, found.join().size()));
        assertTrue(cost.time().compareTo(Duration.ofSeconds(2)) < 0, cost::toString);
        assertEquals(Set.of(WANTED.sha256()), index.known(List.of(WANTED)).join());
        assertTrue(!silent.candidates.isDone(), "its own answer is its own");
    }

    private static Candidate candidate(Metainfo torrent, boolean attested, int seeders) {
        return new Candidate(torrent, torrent.files().get(0), attested, seeders);
    }

    private static MemoryIndex memory(Candidate... candidates) {
        MemoryIndex index = new MemoryIndex();
        for (Candidate candidate : candidates) index.add(WANTED.sha256(), candidate);
        return index;
    }
}
