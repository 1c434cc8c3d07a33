package dev.hubswarm.torrentcreator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps the few files open that are being read. Confined to the reading thread. */
final class OpenFiles implements AutoCloseable {
    private static final int MAX_OPEN = 16;

    private final LinkedHashMap<Path, FileChannel> open = new LinkedHashMap<>(MAX_OPEN, 0.75f, true);

    /** Appends up to {@code length} bytes to the buffer; fewer only where the file ends. */
    int read(Path path, long offset, ByteBuffer buffer, int length) throws IOException, InterruptedException {
        try {
            FileChannel channel = channel(path);
            int limit = buffer.limit();
            int from = buffer.position();
            buffer.limit(from + length);
            try {
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, offset + buffer.position() - from) < 0) break;
                }
            } finally {
                buffer.limit(limit);
            }
            return buffer.position() - from;
        } catch (ClosedByInterruptException e) {
            throw (InterruptedException) new InterruptedException().initCause(e);
        }
    }

    private FileChannel channel(Path path) throws IOException {
        FileChannel channel = open.get(path);
        if (channel != null) return channel;
        if (open.size() == MAX_OPEN) {
            Map.Entry<Path, FileChannel> oldest = open.entrySet().iterator().next();
            open.remove(oldest.getKey());
            oldest.getValue().close();
        }
        FileChannel opened = FileChannel.open(path, StandardOpenOption.READ);
        open.put(path, opened);
        return opened;
    }

    @Override
    public void close() {
        List<FileChannel> channels = new ArrayList<>(open.values());
        open.clear();
        for (FileChannel channel : channels) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("Closing a file that was only read failed", e);
            }
        }
    }
}
