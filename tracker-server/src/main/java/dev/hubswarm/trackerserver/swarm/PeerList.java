package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.Arrays;

/**
 * The peers of a swarm, seeders in front, each four longs of one array: a million peers are a few arrays for each
 * swarm and no object of their own. Confined to whoever holds the swarm's lock. An index means a peer only until the
 * next change.
 */
final class PeerList {
    /** Address, then key, port and mark in one, then two times in seconds. */
    private static final int LONGS = 4;

    private static final int FIRST_CAPACITY = 2;
    private static final long COMPLETED = 1;

    private long[] entries = {};
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
        long[] all = entries;
        long low = peer.low();
        for (int i = 0, at = 1; i < size; i++, at += LONGS) {
            if (all[at] == low && all[at - 1] == peer.high() && port(i) == peer.port()) return i;
        }
        return -1;
    }

    int countHost(PeerAddress peer) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (low(i) == peer.low() && high(i) == peer.high()) count++;
        }
        return count;
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
        if (size * LONGS == entries.length) {
            entries = Arrays.copyOf(entries, Math.max(FIRST_CAPACITY, size + size / 2) * LONGS);
        }
        int index = size++;
        int at = index * LONGS;
        entries[at] = peer.high();
        entries[at + 1] = peer.low();
        entries[at + 2] = (long) key << 32 | (long) peer.port() << 16;
        entries[at + 3] = 0;
        return seeder ? setSeeder(index, true) : index;
    }

    /** Returns where the peer is now. */
    int setSeeder(int index, boolean seeder) {
        if (isSeeder(index) == seeder) return index;
        int other = seeder ? seeders++ : --seeders;
        for (int i = 0; i < LONGS; i++) {
            long moved = entries[index * LONGS + i];
            entries[index * LONGS + i] = entries[other * LONGS + i];
            entries[other * LONGS + i] = moved;
        }
        return other;
    }

    /** The last peer, which is at no lower index, takes the place of the removed one or of a seeder that does. */
    void remove(int index) {
        int leecher = setSeeder(index, false);
        size--;
        System.arraycopy(entries, size * LONGS, entries, leecher * LONGS, LONGS);
        if (size * LONGS * 4 <= entries.length) entries = Arrays.copyOf(entries, size * LONGS * 2);
    }
}
