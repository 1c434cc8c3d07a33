package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class MemberTest {
    private static final long SECOND = 1_000_000_000;

    private final FakeSource source = FakeSource.peer(0);
    private final Member member = new Member(source, null, 0);

    @Test
    void whatItOwesIsDueAtItsRate() {
        source.rate = 1000;
        asked(SECOND, 5000);
        assertEquals(5, member.due(SECOND));
        assertEquals(7, member.due(2000, SECOND));
    }

    @Test
    void isSilentFromWhenItWasAskedOrHeardLast() {
        asked(2 * SECOND, 5000);
        assertEquals(1, member.silence(3 * SECOND));
        member.heard = 4 * SECOND;
        assertEquals(3, member.silence(7 * SECOND));
    }

    @Test
    void whoOwesNothingIsNotSilent() {
        assertEquals(0, member.silence(100 * SECOND));
    }

    @Test
    void whoIsSilentIsExpectedToBeSoAsLongAgain() {
        source.rate = 1000;
        asked(0, 5000);
        assertEquals(9, member.due(9 * SECOND));
        source.rate = 0;
        assertEquals(9, member.due(9 * SECOND));
        assertEquals(9, member.due(1000, 9 * SECOND));
    }

    @Test
    void whoSentNothingYetIsBelievedToSendABlockInASecond() {
        assertEquals(2, member.due(2 << 14, 0));
    }

    @Test
    void itsAsksAreInTheOrderOfTime() {
        Ask one = asked(0, 1);
        Ask two = asked(0, 1);
        Ask three = asked(0, 1);
        member.remove(two);
        assertSame(three, one.after);
        assertSame(one, three.before);
        member.remove(one);
        assertSame(three, member.oldest);
        member.remove(three);
        assertNull(member.oldest);
        assertNull(member.newest);
    }

    private Ask asked(long time, long bytes) {
        Ask ask = new Ask(member, time, 0, 1);
        member.add(ask);
        member.underWay += bytes;
        return ask;
    }
}
