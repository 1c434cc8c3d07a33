package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the files of all torrents open that were used last, since a process may have few open and a torrent may have
 * many. Thread-safe: one monitor guards the table, and is never held while a file is read or written.
 */
public final class OpenFiles implements AutoCloseable {
    private interface Use {
        void with(FileChannel file) throws IOException;
    }

    private record Key(Path path, boolean forWriting) {
        // As of a request: a record's own methods are slow until they are compiled well.

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && forWriting == that.forWriting && path.equals(that.path);
        }

        @Override
        public int hashCode() {
            return 31 * path.hashCode() + Boolean.hashCode(forWriting);
        }
    }

    private static final class Entry {
        private final FileChannel channel;
        private int users;

        private Entry(FileChannel channel) {
            this.channel = channel;
        }

        private void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // What had to be safe was forced before.
                System.getLogger(OpenFiles.class.getName()).log(System.Logger.Level.DEBUG, () -> "closing: " + e);
            }
        }
    }

    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ);
    private static final Set<OpenOption> WRITE = Set.of(
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final int limit;
    private final LinkedHashMap<Key, Entry> open = new LinkedHashMap<>(16, 0.75f, true);

    /** @param limit more are open only while more are being used */
    public OpenFiles(int limit) {
        this.limit = limit;
    }

    void readAll(Path path, long at, ByteBuffer into) throws UserError {
        try {
            use(new Key(path, false), file -> {
                for (long next = at; into.hasRemaining(); ) {
                    int count = file.read(into, next);
                    if (count < 0) throw new IOException("it ends before byte " + next);
                    next += count;
                }
            });
        } catch (IOException e) {
            throw FileErrors.reading(path, e);
        }
    }

    /** Makes the file if need be. */
    void writeAll(Path path, long at, ByteBuffer bytes) throws UserError {
        try {
            use(new Key(path, true), file -> {
                for (long next = at; bytes.hasRemaining(); ) next += file.write(bytes, next);
            });
        } catch (IOException e) {
            throw FileErrors.writing(path, e);
        }
    }

    void force(Path path) throws UserError {
        try {
            // Opened for reading, or it would be made anew where somebody removed it.
            use(new Key(path, false), file -> file.force(true));
        } catch (IOException e) {
            throw FileErrors.writing(path, e);
        }
    }

    private void use(Key key, Use use) throws IOException {
        Entry entry;
        synchronized (open) {
            Entry found = open.get(key);
            if (found == null) {
                found = new Entry(FileChannel.open(key.path, key.forWriting ? WRITE : READ));
                open.put(key, found);
            }
            found.users++;
            entry = found;
            closeOldest();
        }
        try {
            use.with(entry.channel);
        } finally {
            synchronized (open) {
                entry.users--;
                if (entry.users == 0 && open.get(key) != entry) entry.close();
                else closeOldest();
            }
        }
    }

    private void closeOldest() {
        for (Iterator<Entry> entries = open.values().iterator(); open.size() > limit && entries.hasNext(); ) {
            Entry oldest = entries.next();
            if (oldest.users > 0) continue;
            entries.remove();
            oldest.close();
        }
    }

    int size() {
        synchronized (open) {
            return open.size();
        }
    }

    /** Closes a file as soon as nobody uses it. */
    void close(Path path) {
        synchronized (open) {
            for (boolean forWriting : new boolean[] {false, true}) {
                Entry entry = open.remove(new Key(path, forWriting));
                if (entry != null && entry.users == 0) entry.close();
            }
        }
    }

    @Override
    public void close() {
        synchronized (open) {
            open.values().forEach(Entry::close);
            open.clear();
        }
    }
}
