package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.PublicRoots;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CaExaminationTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path home;

    private Finding at(Duration later) {
        List<Finding> all = new CaExamination(CaFolder.in(home), NOW.plus(later)).findings();
        assertEquals(1, all.size());
        return all.get(0);
    }

    @Test
    void itsEndIsForetold() throws Exception {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        assertTrue(at(Duration.ZERO).text().contains("nothing needed it yet"));
        CaFolder.in(home).prepare(Set.of("hf.co"), new PublicRoots(List.of()), NOW);
        assertEquals(Finding.Level.OK, at(Duration.ZERO).level());
        assertEquals(Finding.Level.OK, at(Duration.ofDays(364)).level());
        Finding soon = at(Duration.ofDays(380));
        assertEquals(Finding.Level.WARNING, soon.level());
        assertTrue(soon.text().startsWith("It ends in 15 days, 2027-03-31T12:00:00Z. `hubswarm ca renew`"), soon::text);
        for (int days : new int[] {-3, 396}) {
            Finding over = at(Duration.ofDays(days));
            assertEquals(Finding.Level.WARNING, over.level());
            assertTrue(over.text().contains("the clock says another time"), over::text);
        }
        Files.writeString(home.resolve("ca/authority.pem"), "half");
        assertEquals(ExitCode.DAMAGED, at(Duration.ZERO).exitCode());
    }
}
