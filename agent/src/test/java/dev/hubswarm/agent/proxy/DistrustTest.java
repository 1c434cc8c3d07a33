package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.proxy.Distrust.Kind;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class DistrustTest {
    private static final Kind KIND = new Kind("a", "/usr/bin/fetch", "fetch");
    private static final long NOW = Long.MAX_VALUE - 5;
    private static final long DAY = TimeUnit.DAYS.toNanos(1);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final Distrust distrust = new Distrust();

    @Test
    void whoRefusedIsPassedByForADay() {
        assertFalse(distrust.isRefusing(KIND, NOW));
        assertTrue(distrust.refuses(KIND, NOW), "that is new");
        assertFalse(distrust.refuses(KIND, NOW + 1), "that is known");
        assertTrue(distrust.isRefusing(KIND, NOW + DAY));
        assertEquals(List.of("fetch"), distrust.names(NOW + DAY));
        assertFalse(distrust.isRefusing(KIND, NOW + DAY + 2));
        assertEquals(List.of(), distrust.names(NOW + DAY + 2));
        assertTrue(distrust.refuses(KIND, NOW + DAY + 2), "and that is new again");
    }

    @Test
    void aRefusalIsThatOfItsKindAlone() {
        distrust.refuses(KIND, NOW);
        assertFalse(distrust.isRefusing(new Kind("b", "/usr/bin/fetch", "fetch"), NOW));
        assertFalse(distrust.isRefusing(new Kind("a", "/usr/bin/other", "other"), NOW));
    }

    @Test
    void whoLeavesTwiceWithoutAWordRefuses() {
        assertFalse(distrust.left(KIND, NOW));
        assertFalse(distrust.isRefusing(KIND, NOW));
        assertFalse(distrust.left(KIND, NOW + 11 * MINUTE), "the first was long ago");
        assertTrue(distrust.left(KIND, NOW + 12 * MINUTE));
        assertTrue(distrust.isRefusing(KIND, NOW + 12 * MINUTE));
    }

    @Test
    void whoTrustsUsMayLeave() {
        assertFalse(distrust.left(KIND, NOW));
        distrust.trusts(KIND);
        for (int i = 0; i < 10; i++) assertFalse(distrust.left(KIND, NOW + i));
        assertFalse(distrust.isRefusing(KIND, NOW));
        assertTrue(distrust.refuses(KIND, NOW), "but what it says counts");
    }

    @Test
    void whoMakesUpKindsPushesOutHisOwn() {
        distrust.refuses(KIND, NOW);
        for (int i = 0; i < 10_000; i++) distrust.refuses(new Kind("h" + i, "10.0.0.1", "x"), NOW);
        assertTrue(distrust.isRefusing(KIND, NOW));
        int kept = 0;
        for (int i = 0; i < 10_000; i++) if (distrust.isRefusing(new Kind("h" + i, "10.0.0.1", "x"), NOW)) kept++;
        assertEquals(16, kept);
        for (int i = 0; i < 10_000; i++) distrust.refuses(new Kind("h", "10.0.1." + i, "n" + i), NOW);
        assertEquals(256, distrust.names(NOW).size());
    }
}
