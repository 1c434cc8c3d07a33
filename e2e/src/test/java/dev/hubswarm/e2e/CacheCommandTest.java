package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands about the cache, and the doctor, as users and scripts meet them. */
@Tag("e2e")
final class CacheCommandTest {
    private final HubStub hub = HubStub.builder().reader("hf_reader").start();

    @TempDir
    Path folder;

    private Sandbox sandbox = new Sandbox(Path.of(""), Map.of());
    private StubRepo model = StubRepo.model("org/model").build();

    @BeforeEach
    void fill() throws Exception {
        sandbox = Sandbox.in(folder, hub);
        model = StubRepo.model("org/model")
                .git("config.json", "{}")
                .xet("model.safetensors", StubContent.generated(1, 3 << 20))
                .tag("v1")
                .git("config.json", "{\"a\": 1}")
                .commit("main")
                .build();
        hub.put(model);
        hub.put(StubRepo.of(StubRepo.Type.DATASET, "org/data")
                .git("x.csv", "1,2")
                .build());
        sandbox.run("prefetch", "org/model").exits(0);
        sandbox.run("prefetch", "org/model", "--revision", "v1").exits(0);
        sandbox.run("prefetch", "org/data", "--repo-type", "dataset").exits(0);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private Path blob(String path) {
        return sandbox.cache()
                .resolve("models--org--model/blobs/" + model.file("main", path).digest());
    }

    @Test
    void lsTellsWhatIsThere() throws Exception {
        List<String> lines = sandbox.run("cache", "ls").exits(0).out().lines().toList();
        assertEquals(3, lines.size(), lines::toString);
        assertTrue(lines.get(0).matches("model +org/model +3\\.00 MiB +2 files +just now +main, v1"), lines.get(0));
        assertTrue(lines.get(1).matches("dataset +org/data +3 B +1 file +just now +main"), lines.get(1));
        assertTrue(lines.get(2).startsWith("2 repos in " + sandbox.cache() + ", 3.00 MiB"), lines.get(2));
        assertEquals(
                "org/data\n",
                sandbox.run("cache", "ls", "--repo-type", "dataset", "--quiet").out());
        assertTrue(
                sandbox.run("cache", "ls", "org/data").out().contains("1 repo in " + sandbox.cache() + ", 3 B in all"));
        Ran json = sandbox.run("cache", "ls", "org/model", "--json").exits(0);
        assertTrue(json.out().contains("\"refs\":[\"v1\"]"), json::toString);
        assertEquals(1, json.json().path("repos").asInt(), json::toString);
        sandbox.run("cache", "ls", "org/none").exits(3).says("The cache has no org/none", "cache ls");
        sandbox.run("cache", "ls", "--cache-dir", folder.resolve("none"))
                .exits(3)
                .says("does not exist");
    }

    @Test
    void verifyFindsTheByteThatChanged() throws Exception {
        Ran good = sandbox.run("cache", "verify").exits(0);
        assertEquals("Good: 4 files, 3.00 MiB checked.\n", good.out());
        Path blob = blob("model.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
            file.seek(1_000_000);
            int old = file.read();
            file.seek(1_000_000);
            file.write(old ^ 1);
        }
        Ran bad = sandbox.run("cache", "verify", "org/model").exits(5);
        for (String words : List.of(
                blob + " is not what its name says",
                "org/model@" + model.head() + "/model.safetensors",
                "org/model@" + model.commit("v1") + "/model.safetensors",
                "Damaged: 1 of 3 files")) {
            assertTrue(bad.out().contains(words), bad::toString);
        }
        JsonNode damaged =
                sandbox.run("cache", "verify", "--json").exits(5).json().path("damaged");
        assertEquals(1, damaged.size());
        assertEquals(2, damaged.get(0).path("files").size());
        sandbox.run("cache", "verify", "--repo-type", "dataset").exits(0);
        // A shorter one is noticed by prefetch itself.
        try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
            file.setLength(1000);
        }
        sandbox.run("prefetch", "org/model").exits(0);
        sandbox.run("cache", "verify").exits(0);
        // What it advises works.
        Files.delete(blob);
        sandbox.run("prefetch", "org/model").exits(0);
        sandbox.run("cache", "verify").exits(0);
    }

    /** How it removes what is old is tested in the modules below: nobody can set the time of a file's last change. */
    @Test
    void gcSparesWhatIsYoung() throws Exception {
        Path part = blob("config.json").resolveSibling("a".repeat(64) + ".0123456789abcdef.hubswarm-part");
        Files.writeString(part, "x");
        Path journal = Files.writeString(sandbox.state().resolve("resume").resolve("b".repeat(40) + ".j"), "");
        Ran dry = sandbox.run("cache", "gc").exits(0);
        assertEquals(
                "Not needed: 0 files, 0 B, and 1 journal of downloads that are gone. --delete removes that.\n",
                dry.out());
        assertTrue(Files.exists(journal), "nothing is removed unless asked for");
        JsonNode summary =
                sandbox.run("cache", "gc", "--delete", "--json").exits(0).json();
        assertEquals(0, summary.path("files").asInt(), summary::toString);
        assertEquals(1, summary.path("lost_journals").asInt(), summary::toString);
        assertFalse(Files.exists(journal));
        assertTrue(Files.exists(part));
        assertEquals(
                "Everything is needed.\n", sandbox.run("cache", "gc").exits(0).out());
    }

    @Test
    void theDoctorFindsNothingWrongWhereNothingIs() throws Exception {
        Ran healthy = sandbox.with("HF_TOKEN", "hf_reader").run("doctor").exits(0);
        assertTrue(healthy.out().contains("The one from HF_TOKEN is accepted, as reader's."), healthy::toString);
        assertTrue(healthy.out().contains("symbolic links, hard links and locks"), healthy::toString);
        assertFalse(healthy.out().contains("problem"), healthy::toString);
        assertTrue(sandbox.run("doctor", "--json").exits(0).json().path("good").asBoolean());
    }

    @Test
    void theDoctorNamesWhatIsWrong() throws Exception {
        assertFinds(4, sandbox.with("HF_TOKEN", "hf_bad"), "does not accept the one from HF_TOKEN");
        Path token = Files.writeString(folder.resolve("token"), "hf_worse\n");
        assertFinds(4, sandbox.with("HF_TOKEN_PATH", token), "does not accept the one from " + token);
        assertFinds(1, sandbox.with("HF_ENDPOINT", "http://127.0.0.1:1"), "nobody answers");
        assertFinds(2, sandbox.with("HF_ENDPOINT", "hub"), "HF_ENDPOINT is not the address of a Hub");
        assertFinds(1, sandbox.with("HF_HUB_CACHE", token), token + " is not a folder");
        assertFinds(4, sandbox.with("HUBSWARM_HOME", folder), "is open to other users", "chmod 700");
    }

    private static void assertFinds(int exit, Sandbox sandbox, String... words) throws Exception {
        Ran ran = sandbox.run("doctor").exits(exit).saysNoStack();
        for (String word : words) assertTrue(ran.out().contains(word), ran::toString);
        assertFalse(
                sandbox.run("doctor", "--json").exits(exit).json().path("good").asBoolean());
    }
}
