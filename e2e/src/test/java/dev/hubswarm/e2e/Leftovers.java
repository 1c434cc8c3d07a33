package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;

/** Sees to it that a command which fails leaves everything as it was. Stateless. */
final class Leftovers {
    private Leftovers() {}

    /** Runs a command that neither makes nor removes a file below the folder, and explains itself on one line. */
    static Ran none(Path folder, List<String> command) throws Exception {
        List<Path> before = Trees.list(folder);
        Ran ran = Ran.of(command).saysNoStack();
        assertEquals(before, Trees.list(folder), ran::toString);
        return ran;
    }
}
