package dev.hubswarm.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Long files of zeros that take no room on the disk. Stateless. */
final class Sparse {
    private Sparse() {}

    static Path file(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }
}
