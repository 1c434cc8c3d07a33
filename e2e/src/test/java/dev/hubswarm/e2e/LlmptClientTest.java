package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The calls of llmpt's Python client get the answers that it understands. */
@Tag("e2e")
final class LlmptClientTest {
    private static final String REPO = "org/model";
    private static final String PATH = "sub/weights.bin";

    @TempDir
    Path folder;

    @Test
    void itsCallsAreAnsweredAsItsOwnServerDoes() throws Exception {
        Path files = folder.resolve("files");
        Files.createDirectories(files.resolve("sub"));
        Files.writeString(files.resolve("config.json"), "{}\n");
        SeededBytes.write(files.resolve(PATH), 9, 700_000);
        StubRepo repo = StubRepo.model(REPO).folder(files).build();
        try (HubStub hub = HubStub.builder().start();
                RunningTracker tracker = RunningTracker.start(
                        folder.resolve("state"), "--listen", "127.0.0.1:0", "--hub", hub.endpoint())) {
            hub.put(repo);
            String commit = repo.head();
            Files.createSymbolicLink(folder.resolve(commit), files);
            Path torrent = folder.resolve("snapshot.torrent");
            Hubswarm.run("torrent", "create", files, "--kind", "snapshot", "--name", commit, "-o", torrent)
                    .exits(0);
            JsonNode steps = calls(tracker, torrent, commit);
            expect(steps, "list before", 200);
            assertEquals(0, steps.at("/list before/body/total").asInt(), steps::toString);
            assertTrue(steps.at("/list before/body/data").isArray(), steps::toString);
            expect(steps, "torrent before", 404);
            expect(steps, "sources before", 404);
            expect(steps, "publish", 200);
            assertEquals("active", steps.at("/publish/body/status").asString(), steps::toString);
            expect(steps, "publish again", 200);
            expect(steps, "publish another hash", 400);
            JsonNode item = steps.at("/list/body/data/0");
            for (String field : List.of(
                    "id",
                    "repo_id",
                    "revision",
                    "repo_type",
                    "name",
                    "info_hash",
                    "announce_key",
                    "total_size",
                    "file_count",
                    "piece_length",
                    "files",
                    "status",
                    "created_at",
                    "stats")) assertTrue(item.has(field), () -> field + " is missing: " + item);
            assertEquals(repo.files("main").size(), item.get("files").size(), item::toString);
            long size = repo.files("main").values().stream()
                    .map(StubFile::content)
                    .mapToLong(content -> content.size())
                    .sum();
            assertEquals(size, item.get("total_size").asLong());
            assertTrue(steps.at("/torrent/same_info").asBoolean(), steps::toString);
            assertEquals(PATH, steps.at("/sources/body/data/candidates/0/path").asString(), steps::toString);
            assertEquals(item, steps.at("/list of all revisions/body/data/0"));
            assertEquals(tracker.url() + "/announce", steps.at("/announce/url").asString(), steps::toString);
            assertTrue(steps.at("/announce/answered").asBoolean(), steps::toString);
            assertEquals(
                    1, steps.at("/list with a seeder/body/data/0/stats/seeders").asInt(), steps::toString);
            assertEquals(
                    1,
                    steps.at("/sources with a seeder/body/data/candidates/0/seeders")
                            .asInt(),
                    steps::toString);
            assertEquals(0, tracker.stop());
        }
    }

    private static void expect(JsonNode steps, String step, int status) {
        assertEquals(status, steps.get(step).get("status").asInt(), () -> step + ": " + steps);
    }

    private static JsonNode calls(RunningTracker tracker, Path torrent, String commit) throws Exception {
        // Of these two one has libtorrent, the other requests.
        String packages = Ran.of(List.of(
                        Tools.require("python").toString(), "-c", "import site; print(site.getsitepackages()[0])"))
                .exits(0)
                .out();
        ProcessBuilder program = new ProcessBuilder(
                Tools.require("python-hub-036").toString(),
                "-W",
                "ignore",
                "-c",
                Tools.script("llmpt_calls.py"),
                tracker.url(),
                torrent.toString(),
                REPO,
                commit,
                PATH);
        program.environment().put("PYTHONPATH", packages.strip());
        return Ran.of(program).exits(0).json();
    }
}
