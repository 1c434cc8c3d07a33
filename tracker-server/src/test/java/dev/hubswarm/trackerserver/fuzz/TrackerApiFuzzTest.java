package dev.hubswarm.trackerserver.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Feeds the target without a fuzzer: the seeds, and some changes of them. */
final class TrackerApiFuzzTest {
    @ParameterizedTest
    @FieldSource("dev.hubswarm.trackerserver.fuzz.TrackerApiFuzz#SEEDS")
    void noRequestBreaksARule(String seed) {
        byte[] bytes = seed.getBytes(ISO_8859_1);
        Random random = new Random(seed.hashCode());
        for (int run = 0; run < 2_000; run++) {
            byte[] changed = Arrays.copyOf(bytes, bytes.length + random.nextInt(9));
            for (int i = run == 0 ? 0 : random.nextInt(6); i > 0; i--)
                changed[random.nextInt(changed.length)] =
                        (byte) "/.%2fF+?&=\"{}[]:,\\0\n\u00e9".charAt(random.nextInt(21));
            assertDoesNotThrow(() -> TrackerApiFuzz.fuzzerTestOneInput(changed), () -> new String(changed, ISO_8859_1));
        }
    }
}
