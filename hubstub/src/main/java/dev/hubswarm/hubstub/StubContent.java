package dev.hubswarm.hubstub;

import dev.hubswarm.base.ContentDigest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The bytes of one file, as segments that sockets take without a copy if they are large. A segment may come many
 * times: that is how content of any size is generated from little memory. Immutable; digests are computed once.
 */
public final class StubContent {
    /** No multiple of any piece or block size, so that bytes served from a wrong offset are wrong bytes. */
    private static final int GENERATED_PERIOD = (4 << 20) + 4093;

    private static final int MAPPED_SEGMENT = 1 << 30;

    private final long size;
    private final int segmentSize;
    private final List<ByteBuffer> segments;
    private final ConcurrentMap<ContentDigest.Kind, ContentDigest> digests = new ConcurrentHashMap<>();

    private StubContent(long size, int segmentSize, List<ByteBuffer> segments) {
        this.size = size;
        this.segmentSize = segmentSize;
        this.segments = segments;
    }

    public static StubContent of(byte[] bytes) {
        return new StubContent(bytes.length, Math.max(1, bytes.length), List.of(ByteBuffer.wrap(bytes.clone())));
    }

    public static StubContent of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The file must stay as it is while the content is used. */
    public static StubContent of(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            List<ByteBuffer> segments = new ArrayList<>();
            for (long at = 0; at < size; at += MAPPED_SEGMENT) {
                segments.add(channel.map(FileChannel.MapMode.READ_ONLY, at, Math.min(MAPPED_SEGMENT, size - at)));
            }
            return new StubContent(size, MAPPED_SEGMENT, List.copyOf(segments));
        }
    }

    /** Looks random; the same seed and size give the same bytes. Takes at most about 4 MiB of memory. */
    public static StubContent generated(long seed, long size) {
        int period = (int) Math.min(GENERATED_PERIOD, Math.max(1, size));
        ByteBuffer block = ByteBuffer.allocateDirect(period + Long.BYTES);
        for (long word = seed * 0x9e3779b97f4a7c15L; block.remaining() >= Long.BYTES; ) {
            word += 0x9e3779b97f4a7c15L;
            long mixed = (word ^ (word >>> 30)) * 0xbf58476d1ce4e5b9L;
            mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
            block.putLong(mixed ^ (mixed >>> 31));
        }
        return new StubContent(
                size, period, List.of(block.position(0).limit(period).slice()));
    }

    public long size() {
        return size;
    }

    /** What clients are to find in {@code [from, from + length)}. */
    public byte[] bytes(long from, int length) {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            ByteBuf part = slice(from + done, length - done);
            int read = part.readableBytes();
            part.readBytes(bytes, done, read);
            done += read;
        }
        return bytes;
    }

    /** All of it; for content that fits into an array. */
    public byte[] bytes() {
        return bytes(0, Math.toIntExact(size));
    }

    public ContentDigest digest(ContentDigest.Kind kind) {
        return digests.computeIfAbsent(kind, this::compute);
    }

    private ContentDigest compute(ContentDigest.Kind kind) {
        MessageDigest digest = kind.begin(size);
        for (long at = 0; at < size; ) {
            ByteBuf part = slice(at, 1 << 20);
            at += part.readableBytes();
            digest.update(part.nioBuffer());
        }
        return new ContentDigest(kind, HexFormat.of().formatHex(digest.digest()));
    }

    /** At least one byte from there, and at most so many; shares memory with the content and needs no release. */
    ByteBuf slice(long from, int atMost) {
        int inSegment = (int) (from % segmentSize);
        ByteBuffer segment = segments.get((int) (from / segmentSize % segments.size()));
        long length = Math.min(Math.min(atMost, segment.capacity() - inSegment), size - from);
        return Unpooled.wrappedBuffer(segment.slice(inSegment, (int) length));
    }
}
