package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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

    /** Returns one of the Python scripts that belong to the tests. */
    static String script(String name) throws IOException {
        try (InputStream in = Tools.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException(name + " is not on the class path");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
