package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/** The other programs that ours is held against. Stateless. */
final class Tools {
    private Tools() {}

    /** Returns a program; without it the calling test fails where CI is set, and is skipped elsewhere. */
    static Path require(String name) {
        Path tool =
                Path.of(System.getProperty("hubswarm.tools", "")).resolve("bin").resolve(name);
        if (!Files.isExecutable(tool)) {
            String missing = "There is no " + name + " in " + tool.getParent() + ". Run e2e/tools/setup to get it.";
            if ("true".equals(System.getenv("CI"))) fail(missing);
            abort(missing);
        }
        return tool;
    }
}
