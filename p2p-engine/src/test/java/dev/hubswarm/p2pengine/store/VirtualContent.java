package dev.hubswarm.p2pengine.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What stands for the bytes of a {@link VirtualPieceStore}. Confined to its loop. */
public interface VirtualContent {
    /** As much as that, from there; its position may be changed, its bytes may not. */
    ByteBuffer read(long at, int length);

    /** Whether these bytes belong there. */
    boolean isRight(long at, ByteBuffer block);

    /** Zeros, so that no memory is needed for them, however much there is. */
    static VirtualContent zeros(int longest) {
        return new Filled(longest, (byte) 0);
    }

    /** Wrong wherever zeros are right. */
    static VirtualContent poison(int longest) {
        return new Filled(longest, (byte) 1);
    }

    /** The same byte everywhere; one of each block is looked at, since a lab has no time for more. */
    final class Filled implements VirtualContent {
        private final ByteBuffer bytes;

        private Filled(int longest, byte all) {
            byte[] filled = new byte[longest];
            Arrays.fill(filled, all);
            bytes = ByteBuffer.wrap(filled).asReadOnlyBuffer();
        }

        @Override
        public ByteBuffer read(long at, int length) {
            return bytes.slice(0, length);
        }

        @Override
        public boolean isRight(long at, ByteBuffer block) {
            return block.get(block.position()) == 0;
        }
    }
}
