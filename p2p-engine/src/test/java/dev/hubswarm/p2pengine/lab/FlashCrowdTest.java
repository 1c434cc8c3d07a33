package dev.hubswarm.p2pengine.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FlashCrowdTest {
    private static final String USUAL = Boolean.getBoolean("hubswarm.long") ? "2,8,32" : "2,8";
    private static final String PEERS = System.getProperty("hubswarm.crowd", USUAL);
    private static final int SEEDS = Integer.getInteger("hubswarm.crowd-seeds", 1);
    private static final long SIZE = Long.getLong("hubswarm.crowd-mib", 1024) * Lab.MIB;

    static int[] peers() {
        return Arrays.stream(PEERS.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** Of what lines allow. */
    private static double least(int peers) {
        return peers <= 2 ? 0.97 : peers <= 8 ? 0.92 : 0.85;
    }

    @ParameterizedTest
    @MethodSource("peers")
    void everybodyHasItAboutAsSoonAsLinesAllow(int peers) {
        for (int seed = 1; seed <= SEEDS; seed++) {
            FlashCrowd crowd = FlashCrowd.of(peers, SIZE, seed);
            System.out.println("flash crowd\t" + crowd);
            assertTrue(crowd.efficiency() >= least(peers), crowd::toString);
        }
    }
}
