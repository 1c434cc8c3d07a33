package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Ctrl-C, and whatever else ends a program early, leaves a state from which the same command goes on. */
@Tag("e2e")
final class InterruptedDownloadTest {
    private static final int SIZE = 64 << 20;

    private final HubStub hub = HubStub.builder().start();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        hub.close();
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void theSameCommandGoesOn(String signal, int exit) throws Exception {
        StubRepo repo = StubRepo.model("org/model")
                .xet("model.safetensors", StubContent.generated(1, SIZE))
                .build();
        hub.put(repo);
        Sandbox sandbox = Sandbox.in(folder, hub);
        Path err = folder.resolve("err");
        Process process = sandbox.program(
                        Hubswarm.command("prefetch", "org/model", "--json", "--download-limit", "16MiB"))
                .redirectError(err.toFile())
                .start();
        try (BufferedReader out = process.inputReader()) {
            long bytes = 0;
            while (bytes < 16 << 20) {
                JsonNode event = JsonMapper.shared().readTree(String.valueOf(out.readLine()));
                assertEquals("progress", event.path("event").asString(), event::toString);
                bytes = event.path("bytes").asLong();
            }
            Ran.of(List.of("kill", "-" + signal, Long.toString(process.pid()))).exits(0);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends soon");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(exit, process.exitValue());
        assertEquals(
                "hubswarm: Interrupted. The same command goes on from here.",
                Files.readString(err).strip());

        JsonNode file = sandbox.run("prefetch", "org/model", "--json")
                .exits(0)
                .json()
                .path("files")
                .get(0);
        long fetched = file.path("bytes_from_hub").asLong();
        assertTrue(fetched > 0 && fetched < SIZE - (12 << 20), file::toString);
        Path snapshot = sandbox.cache().resolve("models--org--model/snapshots/" + repo.head() + "/model.safetensors");
        assertArrayEquals(repo.file("main", "model.safetensors").content().bytes(), Files.readAllBytes(snapshot));
        assertEquals(
                List.of(),
                Trees.list(sandbox.state().resolve("resume")).stream()
                        .filter(Files::isRegularFile)
                        .toList());
    }

    /** Whoever only wants the first line of the report still wants the files. */
    @Test
    void aReaderThatGoesAwayStopsNothing() throws Exception {
        StubRepo repo = StubRepo.model("org/model")
                .xet("model.safetensors", StubContent.generated(1, 8 << 20))
                .git("config.json", "{}")
                .build();
        hub.put(repo);
        Sandbox sandbox = Sandbox.in(folder, hub);
        List<String> command = new ArrayList<>(List.of("sh", "-c", "\"$@\" | head -n 1", "sh"));
        command.addAll(Hubswarm.command("prefetch", "org/model", "--json"));
        Ran.of(sandbox.program(command)).exits(0).saysNoStack();
        sandbox.with("HF_HUB_OFFLINE", 1).run("prefetch", "org/model").exits(0);
    }
}
