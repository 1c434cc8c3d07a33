package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResumeNoteTest {
    private final BitSet pieces = BitSet.valueOf(new long[] {0b1011, 0, 1});

    @TempDir
    Path folder;

    private Path note;

    @BeforeEach
    void write() throws Exception {
        note = folder.resolve("note");
        ResumeNote.write(note, "facts", pieces);
    }

    @Test
    void itIsGoodForOneTimeAlone() {
        assertEquals(pieces, ResumeNote.take(note, "facts"));
        assertFalse(Files.exists(note));
        assertNull(ResumeNote.take(note, "facts"));
    }

    @Test
    void otherFactsMakeItWorthless() {
        assertNull(ResumeNote.take(note, "other facts"));
        assertFalse(Files.exists(note));
    }

    @Test
    void aDamagedOneIsWorthNothing() throws Exception {
        byte[] all = Files.readAllBytes(note);
        for (int i = 0; i < all.length; i++) {
            byte[] damaged = all.clone();
            damaged[i] ^= 4;
            Files.write(note, damaged);
            assertNull(ResumeNote.take(note, "facts"), "byte " + i);
        }
        for (int length = 0; length < all.length; length++) {
            Files.write(note, java.util.Arrays.copyOf(all, length));
            assertNull(ResumeNote.take(note, "facts"), length + " bytes");
        }
    }
}
