package dev.hubswarm.hub.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ConnectionCountTest {
    @Test
    void aServerThatLimitsEachConnectionGetsAllOfThemSoon() {
        ConnectionCount connections = new ConnectionCount(2, 64);
        for (int i = 0; i < 3; i++) connections.measured(connections.count() * 20e6);
        assertEquals(64, connections.count());
        for (int i = 0; i < 100; i++) connections.measured(connections.count() * 20e6);
        assertEquals(64, connections.count());
    }

    @Test
    void aServerThatIsBusyWithFewGetsMoreOnlyToTryNowAndThen() {
        ConnectionCount connections = new ConnectionCount(4, 32);
        int tried = 0;
        for (int i = 0; i < 200; i++) {
            connections.measured(900e6 + 20e6 * (i % 2));
            if (connections.count() > 5) tried++;
        }
        assertTrue(tried >= 4 && tried <= 12, "tried " + tried + " times");
    }

    @Test
    void aStepThatIsTooLargeLeavesAsManyAsItWasWorth() {
        ConnectionCount connections = new ConnectionCount(4, 32);
        connections.measured(100e6);
        assertEquals(16, connections.count());
        connections.measured(100e6);
        assertEquals(16, connections.count(), "they may have had to begin");
        connections.measured(200e6);
        assertEquals(6, connections.count());
    }

    /** The period before it may have been a slow one. */
    @Test
    void aStepThatPaidOffALittleIsLookedAtOnceMore() {
        ConnectionCount connections = new ConnectionCount(2, 64);
        connections.measured(52e6);
        connections.measured(108e6);
        assertEquals(8, connections.count());
        connections.measured(64e6);
        assertEquals(3, connections.count(), "as many as bring what both brought together");
    }

    @Test
    void whatAStallKeptBackIsNoGain() {
        ConnectionCount connections = new ConnectionCount(2, 64);
        for (double rate : new double[] {59e6, 13e6, 138e6}) connections.measured(rate);
        assertEquals(2, connections.count());
    }

    @Test
    void aStepThatPaysOffALittleIsTaken() {
        ConnectionCount connections = new ConnectionCount(2, 64);
        for (int i = 0; i < 2; i++) connections.measured(50e6 + 60e6 * i);
        assertEquals(8, connections.count());
        connections.measured(110e6);
        assertEquals(32, connections.count());
    }

    @Test
    void aStepThatWasSlowToBeginIsTaken() {
        ConnectionCount connections = new ConnectionCount(4, 64);
        connections.measured(100e6);
        connections.measured(150e6);
        connections.measured(400e6);
        assertEquals(64, connections.count());
    }

    @Test
    void slowPeriodsAreForgotten() {
        ConnectionCount connections = new ConnectionCount(2, 64);
        connections.measured(40e6);
        for (int i = 0; i < 2; i++) connections.measured(20e6);
        assertEquals(2, connections.count());
        for (int i = 0; i < 11; i++) connections.measured(connections.count() * 20e6);
        assertEquals(64, connections.count());
    }

    @Test
    void aServerThatComplainsGetsHalfForGood() {
        ConnectionCount connections = new ConnectionCount(4, 32);
        connections.measured(100e6);
        connections.tooMany();
        for (int i = 0; i < 100; i++) connections.measured(i * 900e6);
        assertEquals(8, connections.count());
    }

    /** For a while: later it finds out anew what the way carries. */
    @Test
    void whereSomeGetNothingThereAreFewer() {
        ConnectionCount connections = new ConnectionCount(8, 32);
        connections.measured(100e6);
        assertEquals(32, connections.count());
        connections.starved();
        assertEquals(16, connections.count());
        for (int i = 0; i < 8; i++) connections.measured(100e6);
        assertEquals(16, connections.count());
        connections.measured(100e6);
        assertEquals(32, connections.count());
        for (int i = 0; i < 9; i++) connections.starved();
        assertEquals(1, connections.count());
    }

    @Test
    void whileThisMachineIsTheBrakeThereAreNoMore() {
        ConnectionCount connections = new ConnectionCount(2, 32);
        connections.measured(500e6);
        assertEquals(8, connections.count());
        connections.enough();
        connections.measured(900e6);
        assertEquals(3, connections.count(), "as many as bring that");
        for (int i = 0; i < 20; i++) {
            connections.enough();
            connections.measured(900e6 + i * 300e6);
            assertEquals(3, connections.count());
        }
        for (int i = 0; i < 11; i++) connections.measured(connections.count() * 20e6);
        assertEquals(32, connections.count());
    }

    @Test
    void aPeriodWithoutAByteSaysNothing() {
        ConnectionCount connections = new ConnectionCount(2, 32);
        for (int i = 0; i < 5; i++) connections.measured(0);
        assertEquals(2, connections.count());
    }

    @Test
    void theUsersLimitHolds() {
        ConnectionCount connections = new ConnectionCount(8, 3);
        for (int i = 0; i < 5; i++) connections.measured(i * 100e6);
        assertEquals(3, connections.count());
    }
}
