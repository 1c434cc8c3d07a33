package dev.hubswarm.p2pengine.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FlashCrowdTest {
    private static final String PEERS = System.getProperty("hubswarm.crowd", "2,8,32");
    private static final long SIZE = Long.getLong("hubswarm.crowd-mib", 256) * Lab.MIB;

    static int[] peers() {
        return java.util.Arrays.stream(PEERS.split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("peers")
    void everybodyHasItAboutAsSoonAsLinesAllow(int peers) {
        FlashCrowd crowd = FlashCrowd.of(peers, SIZE, 1);
        System.out.println(crowd);
        assertTrue(crowd.efficiency() >= 0.85, crowd::toString);
    }
}
