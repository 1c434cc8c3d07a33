package dev.hubswarm.p2pengine.swarm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection's bytes are read to. Confined to the loop.
 *
 * <p>The socket fills the one buffer in which the last message is not whole yet, so blocks are not copied to be joined.
 * Who sends much has a large buffer; who sends nothing has none, and what is only promised takes no memory.
 */
final class PeerInput implements RecvByteBufAllocator.ExtendedHandle {
    private static final int LEAST = 2 << 10;
    private static final int MOST = 512 << 10;
    /** Then others have their turn. */
    private static final int READS_PER_TURN = 4;

    private Throttle throttle;
    private @Nullable ByteBuf buffer;
    private int size = LEAST;
    private int missing;
    /** What was lent last is a part of the buffer. */
    private boolean isPortion;

    private @Nullable ChannelConfig config;
    private int reads;
    private int attempted;
    private int lastRead;

    PeerInput(Throttle throttle) {
        this.throttle = throttle;
    }

    void obey(Throttle other) {
        throttle = other;
    }

    /** Takes what {@link #allocate} gave and the socket has filled; returns all that was not taken so far. */
    ByteBuf filled(ByteBuf read) {
        ByteBuf all = buffer;
        if (all == null) throw new IllegalStateException("nobody asked for a buffer");
        if (isPortion) all.writerIndex(all.writerIndex() + read.readableBytes());
        read.release();
        return all;
    }

    /** All that was not taken so far; null if that is nothing. */
    @Nullable
    ByteBuf kept() {
        return buffer;
    }

    /** @param bytes how many are missing from the next message, as far as that is known */
    void expect(int bytes) {
        missing = bytes;
        if (buffer != null && !buffer.isReadable()) release();
    }

    void release() {
        if (buffer != null) buffer.release();
        buffer = null;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
        ByteBuf room = room(allocator);
        int portion = throttle.portion();
        isPortion = portion < room.writableBytes();
        return isPortion ? room.retainedSlice(room.writerIndex(), portion).writerIndex(0) : room.retain();
    }

    private ByteBuf room(ByteBufAllocator allocator) {
        ByteBuf old = buffer;
        if (old == null) {
            ByteBuf first = allocator.directBuffer(size, size);
            buffer = first;
            return first;
        }
        int kept = old.readableBytes();
        // A message may only double what it has sent already.
        int wanted = Math.max(1, Math.min(missing, Math.max(kept, LEAST)));
        if (old.writableBytes() >= wanted) return old;
        if (old.capacity() >= size && old.capacity() - kept >= wanted) return old.discardReadBytes();
        int capacity = Math.max(size, kept + wanted);
        ByteBuf grown = allocator.directBuffer(capacity, capacity).writeBytes(old);
        old.release();
        buffer = grown;
        return grown;
    }

    @Override
    public int guess() {
        return size;
    }

    @Override
    public void reset(ChannelConfig channel) {
        config = channel;
        reads = 0;
    }

    @Override
    public void incMessagesRead(int count) {
        reads += count;
    }

    @Override
    public void lastBytesRead(int bytes) {
        lastRead = bytes;
        if (bytes == attempted) size = Math.min(size * 2, MOST);
        else if (bytes < size / 4) size = Math.max(size / 2, LEAST);
    }

    @Override
    public int lastBytesRead() {
        return lastRead;
    }

    @Override
    public void attemptedBytesRead(int bytes) {
        attempted = bytes;
    }

    @Override
    public int attemptedBytesRead() {
        return attempted;
    }

    @Override
    public boolean continueReading() {
        return continueReading(() -> attempted == lastRead);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
        boolean mayRead = config != null && config.isAutoRead() && !throttle.isLimited();
        return mayRead && lastRead > 0 && reads < READS_PER_TURN && maybeMore.get();
    }

    @Override
    public void readComplete() {}
}
