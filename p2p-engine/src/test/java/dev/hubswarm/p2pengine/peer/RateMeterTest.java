package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RateMeterTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 60})
    void measuresASteadyRateHoweverLongItLasted(int seconds) {
        RateMeter meter = new RateMeter(0);
        long now = 0;
        for (int i = 0; i < seconds * 100; i++) meter.add(10_000, now += SECOND / 100);
        assertEquals(1e6, meter.bytesPerSecond(now), 2e4);
        assertEquals(seconds * 1_000_000L, meter.total());
    }

    @Test
    void forgetsWhatIsLongAgo() {
        RateMeter meter = new RateMeter(0);
        meter.add(100_000_000, SECOND);
        assertTrue(meter.bytesPerSecond(60 * SECOND) < 1000);
    }

    @Test
    void aFirstBlockIsNoProofOfGreatSpeed() {
        RateMeter meter = new RateMeter(0);
        meter.add(16_384, 1000);
        assertTrue(meter.bytesPerSecond(1000) < 200_000);
    }
}
