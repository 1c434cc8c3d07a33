package dev.hubswarm.p2pengine.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FlashCrowdTest {
    /** Of what lines allow. */
    private static final double LEAST = 0.85;

    private static final String USUAL = Boolean.getBoolean("hubswarm.long") ? "2,8,32" : "2,8";
    private static final String PEERS = System.getProperty("hubswarm.crowd", USUAL);
    private static final long SIZE = Long.getLong("hubswarm.crowd-mib", 1024) * Lab.MIB;

    static int[] peers() {
        return Arrays.stream(PEERS.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    @ParameterizedTest
    @MethodSource("peers")
    void everybodyHasItAboutAsSoonAsLinesAllow(int peers) {
        FlashCrowd crowd = FlashCrowd.of(peers, SIZE, 1);
        System.out.println("flash crowd\t" + crowd);
        assertTrue(crowd.efficiency() >= LEAST, crowd::toString);
    }
}
