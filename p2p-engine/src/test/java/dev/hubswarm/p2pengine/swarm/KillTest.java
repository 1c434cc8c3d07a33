package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Kills real processes while they download a torrent. */
@ExtendWith(LeakCheck.class)
final class KillTest {
    private static final int KILLS = Math.min(50, Integer.getInteger("hubswarm.kills", 3));

    @TempDir
    private Path temporary;

    private Process start(DiskMember seed) throws IOException {
        Path folder = temporary.resolve("got");
        return new ProcessBuilder(KilledLeecher.command(folder, temporary.resolve("notes"), seed.address()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** What was verified lies in files, and a killed process loses nothing of those. */
    @Test
    void whatWasVerifiedBeforeAKillIsThereAfterIt() throws Exception {
        Path shared = Files.createDirectories(temporary.resolve("shared")).resolve("weights");
        Files.write(shared, KilledLeecher.TORRENT.bytes());
        Random random = new Random(3);
        int pieces = KilledLeecher.TORRENT.geometry().pieceCount();
        int safe = 0;
        try (DiskMember seed = DiskMember.seed(1, KilledLeecher.TORRENT.metainfo(), shared)) {
            seed.limit(4 << 20);
            for (int kill = 0; kill < KILLS; kill++) {
                Process child = start(seed);
                try (BufferedReader out = child.inputReader()) {
                    int found = number(out.readLine());
                    assertTrue(found >= safe, found + " pieces found, " + safe + " were safe");
                    safe = found;
                    // The last ones are left for the last process.
                    int until = Math.min(pieces - 5, safe + random.nextInt(2 * pieces / KILLS + 2));
                    while (safe < until) safe = number(out.readLine());
                    child.destroyForcibly().waitFor();
                }
            }
            Process last = start(seed);
            String said = null;
            try (BufferedReader out = last.inputReader()) {
                int found = number(out.readLine());
                assertTrue(found >= safe, found + " pieces found, " + safe + " were safe");
                for (String line = out.readLine(); line != null; line = out.readLine()) said = line;
            }
            assertEquals(0, last.waitFor());
            assertEquals("done", said);
        }
        assertArrayEquals(
                KilledLeecher.TORRENT.bytes(),
                Files.readAllBytes(temporary.resolve("got").resolve("weights")));
    }

    private static int number(@Nullable String line) {
        assertTrue(line != null, "it ended");
        return Integer.parseInt(String.valueOf(line));
    }
}
