package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AttachCommandTest {
    @TempDir
    Path folder;

    @Test
    void unpacksTheJarOnceAndForOurselves() throws Exception {
        Path home = folder.resolve("state");
        Path jar = JavaAgentJar.find(home);
        Object before = Files.getLastModifiedTime(jar);

        assertTrue(jar.startsWith(home), jar.toString());
        assertEquals(jar, JavaAgentJar.find(home));
        assertEquals(before, Files.getLastModifiedTime(jar));
    }

    @Test
    void saysWhatToDoWhenAProcessTakesNoAgent() throws Exception {
        Process other = new ProcessBuilder("cat").start();
        try {
            UserError error = assertThrows(UserError.class, () -> Attachment.load(other.pid(), Path.of("x.jar"), ""));
            assertEquals(UserError.Kind.NOT_ALLOWED, error.kind());
            assertTrue(error.toString().contains("-javaagent:x.jar"), error.toString());
        } finally {
            other.destroy();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-XX:-EnableDynamicAgentLoading, takes no agent while it runs",
        "-XX:+DisableAttachMechanism, lets nobody attach"
    })
    void saysSoWhenAProgramWasToldToTakeNone(String told, String said) throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        told,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Waiting.class.getName())
                .start();
        try {
            assertEquals('!', other.getInputStream().read());
            Path jar = JavaAgentJar.find(folder.resolve("state"));
            UserError error = assertThrows(UserError.class, () -> Attachment.load(other.pid(), jar, ""));
            assertEquals(UserError.Kind.NOT_ALLOWED, error.kind());
            assertTrue(error.toString().contains(said), error.toString());
            assertTrue(error.toString().contains("-javaagent:" + jar), error.toString());
        } finally {
            other.destroy();
        }
    }

    /** A program that runs until its input ends. */
    static final class Waiting {
        private Waiting() {}

        public static void main(String[] args) throws Exception {
            System.out.write('!');
            System.out.flush();
            while (System.in.read() >= 0) {
                // Nobody says anything.
            }
        }
    }
}
