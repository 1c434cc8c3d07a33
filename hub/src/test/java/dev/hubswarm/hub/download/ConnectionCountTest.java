package dev.hubswarm.hub.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class ConnectionCountTest {
    @Test
    void aServerThatLimitsEachConnectionGetsAllOfThem() {
        ConnectionCount connections = new ConnectionCount(4, 32);
        for (int i = 0; i < 10; i++) connections.measured(connections.count() * 20e6);
        assertEquals(32, connections.count());
    }

    @Test
    void aServerThatIsBusyWithFewGetsNoMore() {
        ConnectionCount connections = new ConnectionCount(4, 32);
        for (int i = 0; i < 10; i++) connections.measured(900e6 + 20e6 * (i % 2));
        assertEquals(4, connections.count());
    }

    @Test
    void aServerThatComplainsGetsHalf() {
        ConnectionCount connections = new ConnectionCount(8, 32);
        connections.measured(100e6);
        connections.tooMany();
        connections.measured(900e6);
        assertEquals(8, connections.count());
    }

    @Test
    void whileThisMachineIsTheBrakeThereAreNoMore() {
        ConnectionCount connections = new ConnectionCount(2, 32);
        connections.measured(500e6);
        assertEquals(4, connections.count());
        for (int i = 0; i < 5; i++) {
            connections.enough();
            connections.measured(900e6 + i * 300e6);
            assertEquals(2, connections.count());
        }
        for (int i = 0; i < 10; i++) connections.measured(connections.count() * 20e6);
        assertEquals(32, connections.count());
    }

    @Test
    void theUsersLimitHolds() {
        ConnectionCount connections = new ConnectionCount(8, 3);
        for (int i = 0; i < 5; i++) connections.measured(i * 100e6);
        assertEquals(3, connections.count());
    }
}
