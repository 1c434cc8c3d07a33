package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class SegmentPoolTest {
    @Test
    void buffersAreUsedAgainWhereTheyAreJustLongEnough() {
        SegmentPool pool = new SegmentPool(1 << 20);
        ByteBuffer buffer = pool.take(100_000);
        assertTrue(buffer.isDirect());
        assertEquals(1 << 17, buffer.capacity());
        assertEquals(100_000, buffer.remaining());
        pool.give(buffer.position(7));
        assertNotSame(buffer, pool.take(1 << 16));
        assertSame(buffer, pool.take(1 << 17));
        assertEquals(1 << 17, buffer.remaining());
        assertThrows(IllegalArgumentException.class, () -> pool.take(SegmentPool.LENGTH + 1));
        assertEquals(1 << 14, pool.take(1).capacity());
    }

    @Test
    void noMoreIsKeptThanWasSaid() {
        SegmentPool pool = new SegmentPool(SegmentPool.LENGTH);
        ByteBuffer first = pool.take(SegmentPool.LENGTH);
        ByteBuffer second = pool.take(SegmentPool.LENGTH);
        pool.give(first);
        pool.give(second);
        assertSame(first, pool.take(SegmentPool.LENGTH));
        assertNotSame(second, pool.take(SegmentPool.LENGTH));
    }
}
