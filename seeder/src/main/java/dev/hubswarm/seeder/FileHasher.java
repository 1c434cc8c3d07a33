package dev.hubswarm.seeder;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.download.SpeedLimit;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.BackgroundThread;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.Progress;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads files to make their torrents, one after the other, on one thread that makes way for everybody else. Thread-safe:
 * one monitor guards the queue, and is not held while a file is read.
 */
final class FileHasher implements AutoCloseable {
    /** What was made of a file. Called on the thread that hashes. */
    interface Result {
        /** @param stamp of the file, from before it was read until after */
        void made(Metainfo torrent, FileStamp stamp);

        void failed(UserError why);
    }

    private static final System.Logger LOG = System.getLogger(FileHasher.class.getName());

    private interface Task {
        void run() throws InterruptedException;
    }

    private final Queue<Task> waiting = new ArrayDeque<>();
    private final SpeedLimit speed;
    /** The calling thread alone does the work, so it has none. */
    private final HashPool nobody = new HashPool(1);

    private final TorrentCreator creator = new TorrentCreator(nobody);
    /** Null until there is something to read. */
    private @Nullable Thread thread;

    private boolean isClosed;

    /** @param bytesPerSecond 0 for no limit */
    FileHasher(long bytesPerSecond) {
        speed = new SpeedLimit(bytesPerSecond, System.nanoTime());
    }

    void hash(Path file, Result result) {
        add(() -> make(file, result));
    }

    /** Something else that reads much, such as looking through a cache. */
    void read(Runnable task) {
        add(task::run);
    }

    private synchronized void add(Task task) {
        if (isClosed) return;
        waiting.add(task);
        if (thread == null) thread = BackgroundThread.start("hubswarm-seed-hash", this::work);
        notifyAll();
    }

    private void work() {
        try {
            while (true) {
                Task task = take();
                try {
                    task.run();
                } catch (RuntimeException e) {
                    // The thread's last handler: without it nothing would ever be hashed again.
                    LOG.log(System.Logger.Level.ERROR, () -> "Hashing broke", e);
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private synchronized Task take() throws InterruptedException {
        while (true) {
            if (isClosed) throw new InterruptedException();
            @Nullable Task next = waiting.poll();
            if (next != null) return next;
            wait();
        }
    }

    private void make(Path file, Result result) throws InterruptedException {
        try {
            FileStamp before = FileStamp.ofReadable(file);
            Metainfo torrent = creator.create(TorrentCreator.Request.of(file, TorrentKind.FILE), new Pace())
                    .torrent();
            if (!before.equals(FileStamp.ofReadable(file)))
                throw new UserError(Kind.DAMAGED, file + " was changed while it was read.", "Share it again.");
            result.made(torrent, before);
        } catch (UserError e) {
            result.failed(e);
        }
    }

    /** Waits where reading on would be too fast. */
    private final class Pace implements Progress {
        private long before;

        @Override
        public void bytesRead(long done, long total) {
            long pause = speed.pauseNanos(done - before, System.nanoTime());
            before = done;
            if (pause == 0) return;
            try {
                TimeUnit.NANOSECONDS.sleep(pause);
            } catch (InterruptedException e) {
                // The creator looks for it.
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            waiting.clear();
            if (thread != null) thread.interrupt();
        }
        nobody.close();
    }
}
