package dev.hubswarm.trackerserver.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerListTest {
    private record Expected(boolean seeder, int key, int expiresAt, int reportedAt) {}

    private final PeerList list = new PeerList();

    /** Few, and so many that they are in chains. */
    @ParameterizedTest
    @ValueSource(ints = {60, 1000})
    void agreesWithAMapAfterAnyChanges(int most) {
        Random random = new Random(1);
        Map<PeerAddress, Expected> model = new HashMap<>();
        int largest = 0;
        for (int step = 0; step < 40 * most; step++) {
            boolean growing = step / (4 * most) % 2 == 0;
            PeerAddress peer = address(random.nextInt(most));
            int index = list.find(peer);
            assertEquals(model.containsKey(peer), index >= 0);
            boolean seeder = random.nextBoolean();
            int key = random.nextInt();
            int expires = random.nextInt();
            int reported = random.nextInt();
            if (index >= 0 && random.nextInt(8) < (growing ? 1 : 7)) {
                list.remove(index);
                model.remove(peer);
            } else if (index >= 0 || growing) {
                index = index < 0 ? list.add(peer, key, seeder) : list.setSeeder(index, seeder);
                list.setKey(index, key);
                list.setTimes(index, expires, reported);
                model.put(peer, new Expected(seeder, key, expires, reported));
            }
            largest = Math.max(largest, list.size());
            if (step % 64 == 0) check(model);
        }
        assertTrue(largest > most * 3 / 4 && list.size() < most / 4);
        for (PeerAddress peer : model.keySet()) list.remove(list.find(peer));
        assertEquals(0, list.size());
    }

    @Test
    void marksACompletionOnce() {
        int index = list.add(address(1), -1, false);
        assertTrue(list.markCompleted(index));
        list.setKey(index, 5);
        assertEquals(false, list.markCompleted(index));
        assertEquals(address(1), list.address(index));
    }

    private static PeerAddress address(int number) {
        return number % 3 == 0
                ? new PeerAddress(0x2001_0db8_0000_0000L + number, -number, 65535 - number)
                : PeerAddress.v4(0xc0a80000 + number / 8, 40_000 + number);
    }

    private void check(Map<PeerAddress, Expected> model) {
        assertEquals(model.size(), list.size());
        assertEquals(model.values().stream().filter(Expected::seeder).count(), list.seeders());
        Map<PeerAddress, Long> hosts =
                model.keySet().stream().collect(Collectors.groupingBy(peer -> peer.withPort(0), Collectors.counting()));
        hosts.forEach((host, count) -> assertEquals(count, list.countHost(host)));
        model.forEach((peer, expected) -> {
            int index = list.find(peer);
            assertTrue(index >= 0);
            assertEquals(
                    expected,
                    new Expected(list.isSeeder(index), list.key(index), list.expiresAt(index), list.reportedAt(index)));
        });
    }
}
