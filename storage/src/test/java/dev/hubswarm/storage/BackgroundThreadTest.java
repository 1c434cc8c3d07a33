package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class BackgroundThreadTest {
    /** proc(5): the nineteenth field of a thread's stat, the third behind its name in brackets being its state. */
    private static int nice() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Integer.parseInt(fields[16]);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void itMakesWayForEverybodyElse() throws Exception {
        int ours = nice();
        CompletableFuture<Integer> its = new CompletableFuture<>();
        BackgroundThread.start("background", () -> its.complete(nice())).join();
        assertEquals(Math.max(ours, 10), its.get());
        assertEquals(ours, nice());
    }
}
