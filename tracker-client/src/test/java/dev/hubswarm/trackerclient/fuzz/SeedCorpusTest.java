package dev.hubswarm.trackerclient.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Feeds the target without a fuzzer: the seeds, and some changes of them. */
class SeedCorpusTest {
    private static final byte[] TOKENS = "{}[]\",:\\-.0e9ntf".getBytes(UTF_8);

    @ParameterizedTest
    @FieldSource("dev.hubswarm.trackerclient.index.AnswerProbe#SAMPLES")
    void noAnswerBreaksARule(String seed) {
        byte[] bytes = seed.getBytes(UTF_8);
        Random random = new Random(seed.hashCode());
        for (int run = 0; run < 2000; run++) {
            byte[] changed = Arrays.copyOf(bytes, run % 5 == 0 ? random.nextInt(bytes.length) + 1 : bytes.length);
            for (int i = run == 1 ? 0 : random.nextInt(6); i > 0; i--) {
                changed[random.nextInt(changed.length)] = TOKENS[random.nextInt(TOKENS.length)];
            }
            assertDoesNotThrow(() -> TrackerJsonFuzz.fuzzerTestOneInput(changed), () -> new String(changed, UTF_8));
        }
    }
}
