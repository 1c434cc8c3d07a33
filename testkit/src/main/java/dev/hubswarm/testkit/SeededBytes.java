package dev.hubswarm.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Content that a recipe describes: the same seed and length give the same bytes, here and in any other language.
 * Byte i is byte i % 8, lowest first, of the (i / 8 + 1)-th output of SplitMix64 started at the seed. Stateless.
 */
public final class SeededBytes {
    private static final int BUFFER = 1 << 16;
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private SeededBytes() {}

    public static byte[] of(long seed, int length) {
        ByteBuffer out = ByteBuffer.allocate((length + 7) / 8 * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int word = 0; out.hasRemaining(); word++) out.putLong(word(seed, word));
        return Arrays.copyOf(out.array(), length);
    }

    /** Writes such content to a file, making the folders around it. */
    public static Path write(Path file, long seed, long length) throws IOException {
        Path folder = file.getParent();
        if (folder != null) Files.createDirectories(folder);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long done = 0; done < length; done += BUFFER) {
                buffer.clear();
                for (long word = done / 8; buffer.hasRemaining(); word++) buffer.putLong(word(seed, word));
                out.write(buffer.array(), 0, (int) Math.min(BUFFER, length - done));
            }
        }
        return file;
    }

    private static long word(long seed, long index) {
        long z = seed + (index + 1) * GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
