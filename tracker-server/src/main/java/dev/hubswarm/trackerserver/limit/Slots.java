package dev.hubswarm.trackerserver.limit;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Spreads subscribers over a fixed number of slots, by a secret, so that nobody can choose whom he shares one with.
 * Limits kept per slot need no memory per subscriber and nothing that forgets; now and then two share a limit.
 * Immutable.
 */
final class Slots {
    private final long secret = ThreadLocalRandom.current().nextLong();
    private final int mask;

    /** @param count a power of two */
    Slots(int count) {
        if (Integer.bitCount(count) != 1) throw new IllegalArgumentException(count + " is no power of two");
        this.mask = count - 1;
    }

    int of(PeerAddress client) {
        // The finalizer of SplitMix64, twice, since the secret must matter to every bit.
        return (int) mix(mix(client.subscriber() ^ secret) + secret) & mask;
    }

    private static long mix(long bits) {
        long z = bits + 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
