package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class IdleTest {
    private final FakeSource one = FakeSource.peer(0);
    private final FakeSource two = FakeSource.peer(0);
    private final Member first = new Member(one, null, 0);
    private final Member second = new Member(two, null, 0);
    private final Idle idle = new Idle();

    @Test
    void wakesThoseWhoAreConcernedOnce() {
        idle.add(first);
        idle.add(first);
        idle.add(second);
        idle.choose(member -> member == first);
        assertEquals(0, one.wakes);
        idle.wake();
        idle.choose(member -> member == first);
        idle.wake();
        assertEquals(1, one.wakes);
        assertEquals(0, two.wakes);
        idle.checkInvariants(List.of(first, second));
    }

    @Test
    void doesNotWakeWhoLeft() {
        idle.add(first);
        idle.add(second);
        idle.choose(member -> true);
        idle.remove(first);
        idle.wake();
        assertEquals(0, one.wakes);
        assertEquals(1, two.wakes);
    }
}
