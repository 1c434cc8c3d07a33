package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.testkit.VirtualLoop;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClientReaderTest {
    private static final long KIB = 1024;
    private static final long SIZE = 2048 * KIB;

    @TempDir
    private Path folder;

    private final VirtualLoop loop = new VirtualLoop();
    private final List<ClientReader> left = new ArrayList<>();
    private ClientReader reader;

    @BeforeEach
    void open() throws Exception {
        Path file = Files.createFile(folder.resolve("part"));
        reader = new ClientReader(loop, FileChannel.open(file), 100, SIZE, SIZE, left::add);
    }

    private CompletableFuture<Long> released(long at) {
        CompletableFuture<Long> released = reader.released(at);
        loop.turn();
        return released;
    }

    @Test
    void someIsKeptBack() {
        CompletableFuture<Long> first = released(100);
        assertFalse(first.isDone());
        reader.mayHave(100 + 10 * KIB, false);
        assertEquals(100 + 5 * KIB, first.join());
        CompletableFuture<Long> next = released(100 + 5 * KIB);
        assertFalse(next.isDone());
        reader.mayHave(100 + 1024 * KIB, false);
        assertEquals(100 + 1024 * KIB - ClientReader.MOST_KEPT, next.join());
        CompletableFuture<Long> last = released(next.join());
        reader.mayHave(100 + 1024 * KIB, true);
        assertEquals(100 + 1024 * KIB, last.join());
    }

    /** Else who reads range after range would wait at the end of each. */
    @Test
    void ofARangeThatEndsBeforeTheFileNothingIsKeptBack() throws Exception {
        ClientReader range =
                new ClientReader(loop, FileChannel.open(folder.resolve("part")), 100, 100 + 10 * KIB, SIZE, left::add);
        CompletableFuture<Long> first = range.released(100);
        loop.turn();
        range.mayHave(100 + 8 * KIB, false);
        assertEquals(100 + 4 * KIB, first.join());
        CompletableFuture<Long> last = range.released(100 + 9 * KIB);
        loop.turn();
        assertFalse(range.hasAll());
        range.mayHave(100 + 11 * KIB, false);
        assertTrue(range.hasAll());
        assertTrue(last.join() >= 100 + 10 * KIB);
        range.close();
        loop.turn();
    }

    @Test
    void aClientThatWaitsGetsCrumbsInTime() {
        reader.mayHave(100 + 64 * KIB, false);
        long end = released(100).join();
        CompletableFuture<Long> next = released(end);
        for (int crumbs = 1; crumbs < 100; crumbs++) {
            reader.tick();
            assertFalse(next.isDone(), "too early");
            loop.advance(TimeUnit.SECONDS.toNanos(4));
            reader.tick();
            long more = next.join();
            assertTrue(more > end && more < end + KIB, "" + (more - end));
            end = more;
            next = released(end);
        }
    }

    @Test
    void nothingIsMadeUpForCrumbs() {
        CompletableFuture<Long> first = released(100);
        loop.advance(TimeUnit.SECONDS.toNanos(60));
        reader.tick();
        assertFalse(first.isDone());
    }

    @Test
    void afterAFailureWhatWasReleasedCanBeHad() {
        reader.mayHave(100 + 64 * KIB, false);
        reader.fail(new UserError(Kind.FAILED, "No.", "Ask elsewhere."));
        long end = released(100).join();
        CompletionException failed =
                assertThrows(CompletionException.class, () -> released(end).join());
        assertTrue(failed.getCause() instanceof UserError);
    }

    @Test
    void closingIsToldOnce() {
        reader.close();
        reader.close();
        loop.turn();
        assertEquals(List.of(reader), left);
        assertFalse(reader.bytes().isOpen());
    }
}
