package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Peers as they travel: 6 bytes each for IPv4 (BEP 23), 18 for IPv6 (BEP 7). A list of limited length, filled, written
 * and cleared again, so that an answer costs no object per peer. Confined to one thread.
 */
public final class CompactPeers {
    public static final int V4_LENGTH = 6;
    public static final int V6_LENGTH = 18;

    /** What is added to it stays out. */
    public static final CompactPeers NONE = new CompactPeers(0);

    private final int capacity;
    private final ByteBuffer v4;
    private final ByteBuffer v6;

    /** @param capacity how many peers there can be, both families together */
    public CompactPeers(int capacity) {
        this.capacity = capacity;
        this.v4 = ByteBuffer.allocate(capacity * V4_LENGTH);
        this.v6 = ByteBuffer.allocate(capacity * V6_LENGTH);
    }

    public void clear() {
        v4.clear();
        v6.clear();
    }

    /** Returns false, adding nothing, if it is full. */
    public boolean add(PeerAddress peer) {
        return peer.isV4() ? addV4(peer.v4Bits(), peer.port()) : addV6(peer.high(), peer.low(), peer.port());
    }

    public boolean addV4(int address, int port) {
        if (isFull()) return false;
        v4.putInt(address).putShort((short) port);
        return true;
    }

    public boolean addV6(long high, long low, int port) {
        if (isFull()) return false;
        v6.putLong(high).putLong(low).putShort((short) port);
        return true;
    }

    /** Adds what {@code in} holds, until this is full; an incomplete entry at the end is left out. */
    public void readV4(ByteBuffer in) {
        while (in.remaining() >= V4_LENGTH && addV4(in.getInt(), in.getShort())) {}
    }

    /** As {@link #readV4}, for IPv6. */
    public void readV6(ByteBuffer in) {
        while (in.remaining() >= V6_LENGTH
                && add(new PeerAddress(in.getLong(), in.getLong(), in.getShort() & 0xffff))) {}
    }

    public void writeV4(ByteBuffer out) {
        out.put(v4.array(), 0, v4.position());
    }

    public void writeV6(ByteBuffer out) {
        out.put(v6.array(), 0, v6.position());
    }

    public boolean isFull() {
        return count() == capacity;
    }

    public int count() {
        return countV4() + countV6();
    }

    public int countV4() {
        return v4.position() / V4_LENGTH;
    }

    public int countV6() {
        return v6.position() / V6_LENGTH;
    }

    public List<PeerAddress> toList() {
        List<PeerAddress> list = new ArrayList<>(count());
        for (ByteBuffer in = v4.duplicate().flip(); in.hasRemaining(); ) {
            list.add(PeerAddress.v4(in.getInt(), in.getShort() & 0xffff));
        }
        for (ByteBuffer in = v6.duplicate().flip(); in.hasRemaining(); ) {
            list.add(new PeerAddress(in.getLong(), in.getLong(), in.getShort() & 0xffff));
        }
        return list;
    }

    @Override
    public String toString() {
        return toList().toString();
    }
}
