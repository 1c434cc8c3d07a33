package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A program that has ended: how, and what it printed. Immutable. */
record Ran(List<String> command, int exit, String out, String err) {
    private static final long TIMEOUT_SECONDS = 120;

    Ran {
        command = List.copyOf(command);
    }

    static Ran of(List<String> command) throws IOException, InterruptedException {
        return of(new ProcessBuilder(command));
    }

    /** Runs a program to its end. */
    static Ran of(ProcessBuilder program) throws IOException, InterruptedException {
        Path out = Files.createTempFile("hubswarm-e2e", ".out");
        Path err = Files.createTempFile("hubswarm-e2e", ".err");
        try {
            // Files need no thread to empty them, as pipes would.
            program.redirectOutput(out.toFile()).redirectError(err.toFile());
            program.redirectInput(new File("/dev/null"));
            Process process = program.start();
            boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (!ended) process.destroyForcibly().waitFor();
            Ran ran = new Ran(program.command(), process.exitValue(), text(out), text(err));
            assertTrue(ended, () -> "did not end within " + TIMEOUT_SECONDS + " s: " + ran);
            return ran;
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** The last line of its output, where our program puts the summary. */
    JsonNode json() {
        List<String> lines = out.lines().toList();
        assertFalse(lines.isEmpty(), this::toString);
        return JsonMapper.shared().readTree(lines.get(lines.size() - 1));
    }

    Ran exits(int code) {
        assertEquals(code, exit, this::toString);
        return this;
    }

    /** Whatever went wrong, people are told in words. */
    Ran says(String... words) {
        for (String word : words) assertTrue(err.contains(word), () -> "not said: \"" + word + "\"\n" + this);
        return saysNoStack();
    }

    Ran saysNoStack() {
        assertFalse(err.contains("\tat ") || out.contains("\tat "), this::toString);
        assertFalse(err.contains("Exception") || out.contains("Exception"), this::toString);
        return this;
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return String.join(" ", command) + "\nexit code " + exit + "\n" + cut(out) + cut(err);
    }

    private static String cut(String text) {
        return text.length() <= 4000 ? text : text.substring(0, 4000) + "…\n";
    }
}
