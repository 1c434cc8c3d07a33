package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One huggingface_hub for many questions: it is longer in starting than in answering. Confined to one thread. */
final class HubSession implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 120;

    private final Process process;
    private final Writer questions;
    private final BufferedReader answers;

    HubSession(ProcessBuilder program) throws IOException {
        process = program.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        questions = process.outputWriter();
        answers = process.inputReader();
    }

    /** Returns what the library returned. */
    JsonNode call(String what, Map<String, Object> options) throws Exception {
        questions.write(JsonMapper.shared().writeValueAsString(List.of(what, options)) + "\n");
        questions.flush();
        String line = CompletableFuture.supplyAsync(this::line).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(line, () -> what + " " + options + ": Python ended");
        JsonNode answer = JsonMapper.shared().readTree(line);
        assertTrue(
                answer.has("returned"),
                () -> what + " " + options + ":\n" + answer.path("raised").asString());
        return answer.get("returned");
    }

    private @Nullable String line() {
        try {
            return answers.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
