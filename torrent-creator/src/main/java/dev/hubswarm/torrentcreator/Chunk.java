package dev.hubswarm.torrentcreator;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A stretch of the piece space with the file bytes in it. Whoever holds it owns the buffer.
 *
 * @param from its offset in the piece space
 * @param segments in order; what lies between them could not be read, or is a gap of v2
 */
record Chunk(long from, ByteBuffer buffer, List<Segment> segments) {
    /** How many bytes of files are in it. */
    long payload() {
        return segments.stream()
                .filter(segment -> !segment.padding)
                .mapToLong(Segment::length)
                .sum();
    }

    /** A stretch of one file, or of padding. */
    record Segment(int file, long spaceOffset, long fileOffset, int length, int bufferAt, boolean padding) {
        /** Makes the bytes of this segment the remaining ones of the buffer. */
        ByteBuffer in(ByteBuffer buffer) {
            return buffer.limit(bufferAt + length).position(bufferAt);
        }
    }
}
