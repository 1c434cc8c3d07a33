package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills real processes while they download. */
final class PartCrashTest {
    private static final int KILLS = Integer.getInteger("hubswarm.kills", 6);

    @TempDir
    Path folder;

    static Process start(Path folder) throws IOException {
        return new ProcessBuilder(PartWriter.command(folder))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    static void assertOnlyTheFile(Path folder) throws IOException {
        assertArrayEquals(PartWriter.CONTENT, Files.readAllBytes(blob(folder)));
        List<Path> left = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(Files::isRegularFile).forEach(left::add);
        }
        assertEquals(List.of(blob(folder)), left);
    }

    static Path blob(Path folder) {
        return folder.resolve("blobs").resolve(PartWriter.DIGEST.hex());
    }

    @Test
    void whatWasSafeBeforeAKillIsThereAfterIt() throws Exception {
        Random random = new Random(2);
        int safe = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = start(folder);
            int found = 0;
            try (InputStream out = child.getInputStream()) {
                StringBuilder line = new StringBuilder();
                for (int c = out.read(); c >= 0 && c != '\n'; c = out.read()) line.append((char) c);
                found = Integer.parseInt(line.toString().strip());
                assertTrue(found >= safe, found + " pieces found, " + safe + " were safe");
                int wanted = random.nextInt(40 / KILLS + 2);
                int dots = 0;
                while (dots < wanted && out.read() == '.') dots++;
                child.destroyForcibly().waitFor();
                safe = found + dots;
            }
            if (Files.exists(blob(folder))) break;
        }
        Process last = start(folder);
        String said = new String(last.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, last.waitFor(), said);
        assertTrue(said.endsWith("done" + System.lineSeparator()), said);
        assertOnlyTheFile(folder);
    }

    @Test
    void processesThatRaceForOneFileAllSucceed() throws Exception {
        List<Process> racers = new ArrayList<>();
        for (int i = 0; i < 3; i++) racers.add(start(folder));
        for (Process racer : racers) {
            String said = new String(racer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, racer.waitFor(), said);
        }
        assertOnlyTheFile(folder);
    }
}
