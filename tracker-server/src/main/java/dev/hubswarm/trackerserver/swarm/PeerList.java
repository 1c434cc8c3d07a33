package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The peers of a swarm, seeders in front, each four longs of one array: a million peers are a few arrays for each
 * swarm and no object of their own. A small swarm is searched from end to end; a large one has its peers in chains by
 * host. Confined to whoever holds the swarm's lock. An index means a peer only until the next change.
 */
final class PeerList {
    /** Address, then key, port and mark in one, then two times in seconds. */
    private static final int LONGS = 4;

    private static final int FIRST_CAPACITY = 2;
    private static final long COMPLETED = 1;

    /** Most swarms have less, and need no chains. */
    private static final int FIRST_CHAINED = 128;

    private static final int[] NO_CHAINS = {};

    // Multiply-shift hashing by a secret: nobody can choose addresses that share a chain.
    private static final long HIGH_FACTOR = ThreadLocalRandom.current().nextLong() | 1;
    private static final long LOW_FACTOR = ThreadLocalRandom.current().nextLong() | 1;

    private long[] entries = {};
    /** Where each chain starts, then for each peer who comes after it; -1 ends a chain. */
    private int[] chains = NO_CHAINS;

    private int heads;
    private int size;
    private int seeders;

    int size() {
        return size;
    }

    int seeders() {
        return seeders;
    }

    boolean isSeeder(int index) {
        return index < seeders;
    }

    /** Returns its index, or -1. */
    int find(PeerAddress peer) {
        int i = first(peer.high(), peer.low());
        while (i >= 0 && !(isAt(i, peer) && port(i) == peer.port())) i = after(i);
        return i;
    }

    int countHost(PeerAddress peer) {
        int count = 0;
        for (int i = first(peer.high(), peer.low()); i >= 0; i = after(i)) {
            if (isAt(i, peer)) count++;
        }
        return count;
    }

    private boolean isAt(int index, PeerAddress peer) {
        return low(index) == peer.low() && high(index) == peer.high();
    }

    private int first(long high, long low) {
        return heads == 0 ? size - 1 : chains[chain(high, low)];
    }

    private int after(int index) {
        return heads == 0 ? index - 1 : chains[heads + index];
    }

    private int chain(long high, long low) {
        return (int) ((high * HIGH_FACTOR + low * LOW_FACTOR) >>> Long.numberOfLeadingZeros(heads - 1L));
    }

    private void link(int index) {
        if (heads == 0) return;
        int chain = chain(high(index), low(index));
        chains[heads + index] = chains[chain];
        chains[chain] = index;
    }

    private void unlink(int index) {
        if (heads == 0) return;
        int at = chain(high(index), low(index));
        while (chains[at] != index) at = heads + chains[at];
        chains[at] = chains[heads + index];
    }

    private void resize(int capacity) {
        entries = Arrays.copyOf(entries, capacity * LONGS);
        heads = capacity < FIRST_CHAINED ? 0 : Integer.highestOneBit(capacity);
        chains = heads == 0 ? NO_CHAINS : new int[heads + capacity];
        Arrays.fill(chains, -1);
        for (int i = 0; i < size; i++) link(i);
    }

    long high(int index) {
        return entries[index * LONGS];
    }

    long low(int index) {
        return entries[index * LONGS + 1];
    }

    int port(int index) {
        return (int) (entries[index * LONGS + 2] >>> 16) & 0xffff;
    }

    PeerAddress address(int index) {
        return new PeerAddress(high(index), low(index), port(index));
    }

    /** What the peer proves with that it is still the same. */
    int key(int index) {
        return (int) (entries[index * LONGS + 2] >>> 32);
    }

    void setKey(int index, int key) {
        int at = index * LONGS + 2;
        entries[at] = (long) key << 32 | Integer.toUnsignedLong((int) entries[at]);
    }

    /** Marks that it finished its download; false if it was marked. */
    boolean markCompleted(int index) {
        int at = index * LONGS + 2;
        boolean first = (entries[at] & COMPLETED) == 0;
        entries[at] |= COMPLETED;
        return first;
    }

    /** Seconds on a clock that wraps around: only differences count. */
    int expiresAt(int index) {
        return (int) (entries[index * LONGS + 3] >>> 32);
    }

    int reportedAt(int index) {
        return (int) entries[index * LONGS + 3];
    }

    void setTimes(int index, int expiresAt, int reportedAt) {
        entries[index * LONGS + 3] = (long) expiresAt << 32 | Integer.toUnsignedLong(reportedAt);
    }

    /** Returns the index of the new peer. */
    int add(PeerAddress peer, int key, boolean seeder) {
        if (size * LONGS == entries.length) resize(Math.max(FIRST_CAPACITY, size + size / 2));
        int index = size++;
        int at = index * LONGS;
        entries[at] = peer.high();
        entries[at + 1] = peer.low();
        entries[at + 2] = (long) key << 32 | (long) peer.port() << 16;
        entries[at + 3] = 0;
        link(index);
        return seeder ? setSeeder(index, true) : index;
    }

    /** Returns where the peer is now. */
    int setSeeder(int index, boolean seeder) {
        if (isSeeder(index) == seeder) return index;
        int other = seeder ? seeders++ : --seeders;
        if (index == other) return index;
        unlink(index);
        unlink(other);
        for (int i = 0; i < LONGS; i++) {
            long moved = entries[index * LONGS + i];
            entries[index * LONGS + i] = entries[other * LONGS + i];
            entries[other * LONGS + i] = moved;
        }
        link(index);
        link(other);
        return other;
    }

    /** The last peer, which is at no lower index, takes the place of the removed one or of a seeder that does. */
    void remove(int index) {
        int leecher = setSeeder(index, false);
        int last = size - 1;
        unlink(leecher);
        if (leecher != last) {
            unlink(last);
            System.arraycopy(entries, last * LONGS, entries, leecher * LONGS, LONGS);
            link(leecher);
        }
        size = last;
        if (size * LONGS * 4 <= entries.length) resize(size * 2);
    }
}
