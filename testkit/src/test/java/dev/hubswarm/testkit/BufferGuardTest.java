package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BufferGuardTest {
    private static void lose(ByteBuf buffer) {
        buffer.writeByte(1);
    }

    /** The guard must be there before this test names it, or Netty's buffers would be made without. */
    @Test
    void hearsOfAnyBufferThatIsLost() {
        lose(ByteBufAllocator.DEFAULT.directBuffer());
        List<String> lost = BufferGuard.lost();
        assertEquals(1, lost.size());
        assertTrue(lost.get(0).contains("BufferGuardTest.lose"), lost::toString);
        assertEquals(List.of(), BufferGuard.lost());
    }
}
