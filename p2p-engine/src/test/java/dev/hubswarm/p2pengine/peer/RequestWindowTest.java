package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestWindowTest {
    /** A line of some rate, delay and loss with a peer at its end that answers in order. */
    private static final class Line {
        final RequestWindow window = new RequestWindow();
        double bytesPerSecond;
        long delay;
        double loss;
        private final Random random = new Random(1);
        private final Queue<long[]> onTheWay = new ArrayDeque<>();
        private long questionAt;
        private long isFreeAt;
        private long answerAt;
        private long now;
        private long received;

        Line(double bytesPerSecond, long delay) {
            this.bytesPerSecond = bytesPerSecond;
            this.delay = delay;
        }

        /** Keeps the window full for so long. */
        Line run(long nanos) {
            long end = now + nanos;
            while (true) {
                int length = window.requestLength(BLOCK * 8);
                // Asked at once, so all of it is in one packet.
                if (window.free() >= length) questionAt = Math.max(questionAt, now + delay / 2 + late(1));
                while (window.free() >= length) {
                    window.asked(length, now);
                    isFreeAt = Math.max(isFreeAt, questionAt) + (long) (length / bytesPerSecond * 1e9);
                    answerAt = Math.max(answerAt, isFreeAt + delay - delay / 2 + late(length / 1400 + 1));
                    onTheWay.add(new long[] {now, answerAt, length});
                }
                long[] next = onTheWay.remove();
                now = next[1];
                received += next[2];
                window.arrived((int) next[2], now - next[0], now);
                if (now >= end) return this;
            }
        }

        /** What is lost comes a round trip later, and what is behind it waits. */
        private long late(int packets) {
            return random.nextDouble() < Math.pow(1 - loss, packets) ? 0 : delay;
        }
    }

    @ParameterizedTest
    @CsvSource({"1250000000, 100", "125000000, 200", "125000000, 1", "1250000, 50", "50000, 30"})
    void fillsTheLine(double bytesPerSecond, long delayMillis) {
        Line line = new Line(bytesPerSecond, delayMillis * SECOND / 1000).run(8 * SECOND);
        long before = line.received;
        line.run(5 * SECOND);
        double share = (line.received - before) / 5.0 / bytesPerSecond;
        assertTrue(share > 0.95, "uses " + share);
    }

    @Test
    void reachesTenGigabitsInAFewRoundTrips() {
        Line line = new Line(1.25e9, SECOND / 10).run(15 * SECOND / 10);
        long before = line.received;
        line.run(SECOND / 2);
        assertTrue(line.received - before > 0.9 * 1.25e9 / 2);
    }

    /** S49: 200 ms each way, so that nearly every answer takes three times as long as the first ones did. */
    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.05, 0.1})
    void aLineThatLosesPacketsIsFilledAsWell(double loss) {
        Line line = new Line(4e6, 4 * SECOND / 10);
        line.loss = loss;
        line.run(15 * SECOND);
        long before = line.received;
        line.run(15 * SECOND);
        double share = (line.received - before) / 15.0 / 4e6;
        assertTrue(share > 0.9, "uses " + share);
        assertTrue(line.window.underWay() <= 4 * 4e6, line.window.underWay() + " under way");
    }

    @Test
    void aSlowLineHasNoLongQueue() {
        Line line = new Line(100_000, SECOND / 20).run(30 * SECOND);
        assertTrue(line.window.underWay() <= 6 * BLOCK, line.window.underWay() + " under way");
    }

    @Test
    void staysWithinItsBounds() {
        Line line = new Line(2.5e9, SECOND / 5).run(5 * SECOND);
        assertTrue(line.window.underWay() <= RequestWindow.MAX);
        Line slow = new Line(1000, SECOND / 5).run(600 * SECOND);
        assertTrue(slow.window.underWay() + slow.window.free() >= 2 * BLOCK);
    }

    @Test
    void aWayThatBecameLongerIsFilledAsWell() {
        Line line = new Line(10e6, SECOND / 1000).run(10 * SECOND);
        line.delay = 2 * SECOND;
        line.run(60 * SECOND);
        long before = line.received;
        line.run(20 * SECOND);
        double share = (line.received - before) / 20.0 / 10e6;
        assertTrue(share > 0.8, "uses " + share);
    }

    @Test
    void whoIsStarvedIsNotTakenForSlow() {
        Line line = new Line(10e6, SECOND / 50).run(5 * SECOND);
        double rate = line.window.bytesPerSecond();
        RequestWindow window = line.window;
        long now = line.now;
        while (window.underWay() > 0) window.arrived(BLOCK, SECOND / 50, now += SECOND / 600);
        for (int i = 0; i < 100; i++) {
            window.asked(BLOCK, now);
            window.starved();
            window.arrived(BLOCK, SECOND / 50, now += SECOND / 50);
        }
        assertTrue(window.bytesPerSecond() >= 0.9 * rate);
    }

    @Test
    void whoeverWasSilentIsAskedForOneBlock() {
        RequestWindow window = new RequestWindow();
        window.asked(BLOCK, 0);
        window.gaveBack(BLOCK);
        window.silent();
        assertEquals(BLOCK, window.free());
    }

    /** S47: a seed that stood still for a while is asked for as much as before soon. */
    @Test
    void whoeverWasSilentAndAnswersIsAskedForMoreAgain() {
        RequestWindow window = new Line(100e6, SECOND / 100).run(5 * SECOND).window;
        window.gaveBack((int) window.underWay());
        window.silent();
        Queue<Integer> asked = new ArrayDeque<>();
        long now = 6 * SECOND;
        for (int answers = 0; answers < 200; answers++) {
            while (window.free() >= BLOCK) {
                int length = (int) Math.min(window.requestLength(8 * BLOCK), window.free());
                asked.add(length);
                window.asked(length, now);
            }
            now += SECOND / 100;
            window.arrived(asked.remove(), SECOND / 100, now);
        }
        assertTrue(window.underWay() + window.free() >= 16 * BLOCK);
    }

    @Test
    void longRequestsAreForThoseWhoSendManyASecond() {
        assertEquals(BLOCK, new Line(1e5, SECOND / 100).run(5 * SECOND).window.requestLength(8 * BLOCK));
        assertEquals(
                8 * BLOCK, new Line(100e6, SECOND / 100).run(5 * SECOND).window.requestLength(8 * BLOCK));
        assertEquals(BLOCK, new Line(100e6, SECOND / 100).run(5 * SECOND).window.requestLength(BLOCK));
    }
}
