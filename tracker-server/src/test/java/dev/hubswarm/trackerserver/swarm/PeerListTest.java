package dev.hubswarm.trackerserver.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PeerListTest {
    private record Expected(boolean seeder, int key, int expiresAt, int reportedAt) {}

    private final PeerList list = new PeerList();

    @Test
    void agreesWithAMapAfterAnyChanges() {
        Random random = new Random(1);
        Map<PeerAddress, Expected> model = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            // Grows to some sixty peers and shrinks again.
            PeerAddress peer = address(random.nextInt(step % 4000 < 2000 ? 64 : 6));
            int index = list.find(peer);
            assertEquals(model.containsKey(peer), index >= 0);
            boolean seeder = random.nextBoolean();
            int key = random.nextInt();
            int expires = random.nextInt();
            int reported = random.nextInt();
            if (index >= 0 && (step % 4000 >= 2000 || random.nextInt(3) == 0)) {
                list.remove(index);
                model.remove(peer);
            } else {
                index = index < 0 ? list.add(peer, key, seeder) : list.setSeeder(index, seeder);
                list.setKey(index, key);
                list.setTimes(index, expires, reported);
                model.put(peer, new Expected(seeder, key, expires, reported));
            }
            if (step % 16 == 0) check(model);
        }
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
                : PeerAddress.v4(0xc0a80000 + number / 2, 40_000 + number);
    }

    private void check(Map<PeerAddress, Expected> model) {
        assertEquals(model.size(), list.size());
        assertEquals(model.values().stream().filter(Expected::seeder).count(), list.seeders());
        model.forEach((peer, expected) -> {
            int index = list.find(peer);
            assertTrue(index >= 0);
            assertEquals(
                    expected,
                    new Expected(list.isSeeder(index), list.key(index), list.expiresAt(index), list.reportedAt(index)));
        });
    }
}
