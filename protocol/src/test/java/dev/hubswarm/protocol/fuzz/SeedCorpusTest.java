package dev.hubswarm.protocol.fuzz;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds the targets without a fuzzer: the seeds, what a fuzzer once found, and some changes of both. */
class SeedCorpusTest {
    private static final Path FOUND = Path.of("src/test/resources/fuzz/corpus");

    record Input(String target, String name) {
        byte[] bytes() throws IOException {
            byte[] seed = SeedCorpus.of(target).get(name);
            return seed != null
                    ? seed
                    : Files.readAllBytes(FOUND.resolve(target).resolve(name));
        }

        @Override
        public String toString() {
            return target + "/" + name;
        }
    }

    static Stream<Input> inputs() {
        return SeedCorpus.TARGETS.stream().flatMap(target -> {
            List<String> names = new ArrayList<>(SeedCorpus.of(target).keySet());
            try (Stream<Path> found = Files.list(FOUND.resolve(target))) {
                found.map(file -> String.valueOf(file.getFileName())).sorted().forEach(names::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return names.stream().map(name -> new Input(target, name));
        });
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void noInputBreaksARule(Input input) throws IOException {
        byte[] bytes = input.bytes();
        assertDoesNotThrow(() -> run(input.target, bytes));
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void noChangedInputBreaksARule(Input input) throws IOException {
        byte[] bytes = input.bytes();
        Random random = new Random(input.toString().hashCode());
        for (int run = 0; run < 200; run++) {
            byte[] changed = Arrays.copyOf(bytes, bytes.length + random.nextInt(20));
            for (int i = random.nextInt(6); i > 0; i--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            assertDoesNotThrow(() -> run(input.target, changed), () -> Arrays.toString(changed));
        }
    }

    /** S33. The streams are of good and bad messages, so that most get past the first. */
    @Test
    void noMalformedStreamBreaksARule() {
        Random random = new Random(33);
        List<byte[]> seeds = List.copyOf(SeedCorpus.of("PeerWireFuzz").values());
        for (int run = 0; run < 10_000; run++) {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                byte[] part = seeds.get(random.nextInt(seeds.size())).clone();
                if (random.nextBoolean()) part[random.nextInt(part.length)] = (byte) random.nextInt(256);
                stream.write(part, 0, random.nextInt(4) == 0 ? random.nextInt(part.length) : part.length);
            }
            byte[] malformed = stream.toByteArray();
            assertDoesNotThrow(() -> PeerWireFuzz.fuzzerTestOneInput(malformed), () -> Arrays.toString(malformed));
        }
    }

    @Test
    void theSeedsAreGoodTorrents() throws MetainfoException {
        for (byte[] torrent : SeedCorpus.torrents().values()) {
            assertTrue(Metainfo.readStrictly(torrent).fileCount() > 0);
        }
    }

    /** Or else the target would only ever see what is refused at the door. */
    @Test
    void recipesMakeTorrentsThatAreAcceptedAsWellAsOthers() throws Exception {
        Random random = new Random(1);
        int accepted = 0;
        int runs = 2_000;
        for (int run = 0; run < runs; run++) {
            byte[] recipe = new byte[1 + random.nextInt(24)];
            random.nextBytes(recipe);
            byte[] repaired = Arrays.copyOf(recipe, recipe.length + 1);
            try {
                if (Metainfo.read(Mutant.of(repaired)).fileCount() > 0) accepted++;
            } catch (MetainfoException e) {
                // As many are.
            }
        }
        assertTrue(accepted > runs / 20 && accepted < runs, accepted + " of " + runs);
    }

    @Test
    void aLimitThatIsExceededEachTimeIsReported() {
        byte[][] kept = new byte[1][];
        assertThrows(
                AssertionError.class, () -> Limits.check(10, () -> kept[0] = new byte[(int) Limits.ALLOWANCE + 21]));
        assertThrows(AssertionError.class, () -> Limits.check(10, SeedCorpusTest::workFor150Ms));
        assertDoesNotThrow(() -> Limits.check(10, () -> kept[0] = new byte[1_000]));
        assertEquals(1_000, kept[0].length);
    }

    private static void workFor150Ms() {
        long from = Limits.cpuNanos();
        while (Limits.cpuNanos() - from < 150_000_000) Thread.onSpinWait();
    }

    private static void run(String target, byte[] input) throws Exception {
        switch (target) {
            case "BencodeFuzz" -> BencodeFuzz.fuzzerTestOneInput(input);
            case "MetainfoFuzz" -> MetainfoFuzz.fuzzerTestOneInput(input);
            case "MagnetFuzz" -> MagnetFuzz.fuzzerTestOneInput(input);
            case "AnnounceQueryFuzz" -> AnnounceQueryFuzz.fuzzerTestOneInput(input);
            case "AnnounceAnswerFuzz" -> AnnounceAnswerFuzz.fuzzerTestOneInput(input);
            case "ScrapeFuzz" -> ScrapeFuzz.fuzzerTestOneInput(input);
            case "UdpTrackerFuzz" -> UdpTrackerFuzz.fuzzerTestOneInput(input);
            case "PeerWireFuzz" -> PeerWireFuzz.fuzzerTestOneInput(input);
            default -> ExtensionFuzz.fuzzerTestOneInput(input);
        }
    }
}
