package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.FileResult;
import dev.hubswarm.hub.download.RunningDigest;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.p2pengine.store.DiskPieceStore;
import dev.hubswarm.p2pengine.store.PartPieces;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One large file on its way to its destination, until its digest was found to be right. Confined to its loop.
 *
 * <p>Whatever ends it, its part is closed before anybody hears of it, so that the next may go on with that.
 */
final class FileFetch implements TransferListener, HubSource.Listener {
    /** Called on the loop. */
    interface Listener {
        void ended(FileFetch fetch, FileResult result);

        void broke(Throwable fault);
    }

    /**
     * What all files are fetched with.
     *
     * @param background for what blocks
     */
    record Means(
            Loop loop,
            HubLines lines,
            StoreResources store,
            HashPool hashing,
            Executor background,
            RandomGenerator random,
            int retries) {}

    private final Means means;
    private final HubFile file;
    private final HubFileReader reader;
    private final int order;
    private final Destination destination;
    private final PartFile part;
    private final @Nullable FlockFile lock;
    private final Listener listener;
    private final long began;
    private final long present;

    private final Transfer transfer;
    private RunningDigest digest;
    private HubSource hub;
    private boolean isFetchedAgain;
    private boolean isEnded;

    /** @param lock let go at the end */
    FileFetch(
            Means means,
            HubFile file,
            HubFileReader reader,
            int order,
            Destination destination,
            PartFile part,
            @Nullable FlockFile lock,
            Listener listener) {
        this.means = means;
        this.file = file;
        this.reader = reader;
        this.order = order;
        this.destination = destination;
        this.part = part;
        this.lock = lock;
        this.listener = listener;
        Loop loop = means.loop;
        began = loop.nowNanos();
        PieceGeometry geometry =
                new PieceGeometry(part.header().size(), part.header().pieceLength());
        PieceSpace space = PieceSpace.of(geometry);
        present = present(part, geometry);
        digest = digest();
        PartPieces pieces = new PartPieces(part, () -> digest.advance());
        transfer = new Transfer(
                loop, space, news -> new DiskPieceStore(loop, space, null, pieces, means.store, news), means.random);
        transfer.listen(this);
        hub = join();
        if (present == file.size()) here();
    }

    private static long present(PartFile part, PieceGeometry geometry) {
        long present = 0;
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            if (part.has(piece)) present += geometry.lengthOf(piece);
        }
        return present;
    }

    private RunningDigest digest() {
        RunningDigest begun = new RunningDigest(part, file.digest().kind(), file.size(), means.hashing);
        begun.advance();
        return begun;
    }

    private HubSource join() {
        return new HubSource(means.loop, transfer, reader, means.lines, order, means.retries, means.random, this);
    }

    HubFile file() {
        return file;
    }

    /** Bytes that an earlier download left. */
    long present() {
        return present;
    }

    long fetched() {
        return transfer.bytesFromHub() + transfer.bytesFromOthers();
    }

    @Override
    public void here() {
        hub.close();
        RunningDigest digesting = digest;
        background(digesting::await, this::digested, this::fail);
    }

    private void digested(byte[] found) {
        if (file.digest().matches(found)) {
            publish();
        } else if (!isFetchedAgain) {
            isFetchedAgain = true;
            for (int piece = 0; piece < part.header().pieces(); piece++) transfer.fetchAgain(piece);
            digest = digest();
            hub = join();
        } else {
            end(
                    () -> {
                        part.discard();
                        return true;
                    },
                    new UserError(
                            Kind.DAMAGED,
                            "What the Hub sent of " + file.path() + " twice did not have the digest that the Hub"
                                    + " states.",
                            "Nothing was kept. Try again later, or tell the repo's owner."));
        }
    }

    private void publish() {
        end(
                () -> {
                    destination.publish(part, file);
                    return true;
                },
                null);
    }

    @Override
    public void failed(UserError failure) {
        fail(failure);
    }

    @Override
    public void gone(UserError why) {
        fail(why);
    }

    @Override
    public void broke(Throwable fault) {
        listener.broke(fault);
    }

    /** What came stays for a later download. */
    void fail(UserError why) {
        end(() -> true, why);
    }

    private void end(Work<Boolean> last, @Nullable UserError why) {
        if (isEnded) return;
        isEnded = true;
        hub.close();
        transfer.close(() -> background(last, done -> close(why), this::close));
    }

    private void close(@Nullable UserError why) {
        Work<Boolean> closing = () -> {
            try (lock) {
                part.close();
            }
            return true;
        };
        // What could not be written down is fetched again next time.
        background(closing, closed -> tell(why), unwritten -> tell(why));
    }

    private void tell(@Nullable UserError why) {
        double seconds = (means.loop.nowNanos() - began) / 1e9;
        FileResult result = why == null
                ? FileResult.published(file, fetched(), seconds)
                : FileResult.failed(file, fetched(), seconds, why);
        listener.ended(this, result);
    }

    private interface Work<T> {
        T run() throws UserError, InterruptedException;
    }

    /** Does it elsewhere, and what follows here. */
    private <T> void background(Work<T> work, Consumer<T> then, Consumer<UserError> otherwise) {
        means.background.execute(() -> {
            Runnable next;
            try {
                T result = work.run();
                next = () -> then.accept(result);
            } catch (UserError e) {
                next = () -> otherwise.accept(e);
            } catch (InterruptedException | RuntimeException | Error e) {
                next = () -> listener.broke(e);
            }
            means.loop.execute(next);
        });
    }
}
