package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Loop.Timer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class VirtualLoopTest {
    private final VirtualLoop loop = new VirtualLoop();
    private final List<Object> ran = new ArrayList<>();

    @Test
    void timersRunInTheOrderOfTimeThenOfScheduling() {
        Random random = new Random(5);
        List<int[]> all = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            int[] timer = {random.nextInt(300), i};
            all.add(timer);
            loop.schedule(timer[0], () -> ran.add(timer[1]));
        }
        loop.advance(300);
        all.sort(Comparator.comparingInt(timer -> timer[0]));
        assertEquals(all.stream().map(timer -> (Object) timer[1]).toList(), ran);
    }

    @Test
    void whatIsCancelledNeverRunsAndTakesNoRoom() {
        Random random = new Random(6);
        List<Timer> timers = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            int number = i;
            timers.add(loop.schedule(random.nextInt(500), () -> ran.add(number)));
        }
        List<Integer> odd =
                IntStream.range(0, 3000).filter(i -> i % 2 == 1).boxed().toList();
        odd.forEach(i -> timers.get(i).cancel());
        assertEquals(1500, loop.timers());
        odd.forEach(i -> timers.get(i).cancel());
        loop.advance(500);
        assertEquals(1500, ran.size());
        assertTrue(ran.stream().noneMatch(odd::contains));
        assertEquals(0, loop.timers());
        timers.forEach(Timer::cancel);
    }

    @Test
    void theClockStandsStillWhileSomethingRunsAndStopsWhereItWasToldTo() {
        long begin = loop.nowNanos();
        loop.schedule(7, () -> {
            ran.add(loop.nowNanos() - begin);
            loop.execute(() -> ran.add(loop.nowNanos() - begin));
            loop.schedule(0, () -> ran.add("soon"));
            loop.schedule(4, () -> ran.add("too late"));
        });
        loop.advance(10);
        assertEquals(List.of(7L, 7L, "soon"), ran);
        assertEquals(10, loop.elapsedNanos());
        loop.advance(1);
        assertEquals("too late", ran.get(3));
    }

    @Test
    void itStopsAsSoonAsWhatIsWaitedForIsSo() {
        for (int i = 1; i <= 9; i++) loop.schedule(i, () -> ran.add("one"));
        assertTrue(loop.runUntil(() -> ran.size() == 4, 100));
        assertEquals(4, loop.elapsedNanos());
        assertFalse(loop.runUntil(() -> ran.size() == 10, 100));
        assertEquals(104, loop.elapsedNanos());
    }
}
