package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The real huggingface_hub, new and old, reads what we wrote; and we read, complete and check what it wrote. */
@Tag("e2e")
final class CacheCompatibilityTest {
    private static final String NEW = "python-hub-new";
    private static final String OLDEST = "python-hub-036";
    private static final String ID = "org/name.v1";
    private static final int MIB = 1 << 20;
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final List<String> TYPES = List.of("model", "dataset", "space");

    private static final Map<HubPython, HubSession> SESSIONS = new HashMap<>();

    private static HubStub hub;
    private static StubRepo repo;

    @TempDir
    private static Path homes;

    @TempDir
    private Path folder;

    /** What is asked for, and by whom it is read. */
    record Case(String python, String type, String revision, boolean local) {}

    /** Without {@code hubswarm.long} a third: each client in both places, each type and revision with two clients. */
    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (String python : List.of(NEW, "python-hub-117", OLDEST)) {
            for (boolean local : List.of(false, true)) {
                for (String type : TYPES) cases.add(new Case(python, type, "main", local));
                for (String revision : List.of("v1", "refs/pr/1", repo().commit("refs/heads/main")))
                    cases.add(new Case(python, "model", revision, local));
            }
        }
        if (IS_LONG) return cases.stream();
        return IntStream.range(0, cases.size()).filter(i -> i % 3 == i / 6 % 3).mapToObj(cases::get);
    }

    private static StubRepo repo() {
        return repo(StubRepo.Type.MODEL);
    }

    private static StubRepo repo(StubRepo.Type type) {
        return StubRepo.of(type, ID)
                .git("config.json", "{\"model_type\": \"x\"}")
                .git("empty.txt", "")
                .git("a/b/c/deep.txt", "deep")
                .git("with space+plus#hash%.txt", "odd")
                .git("ünï/ö.txt", "näme")
                .xet("model.safetensors", StubContent.generated(1, 5 * MIB + 17))
                .xet("a/weights.bin", StubContent.generated(2, 300_000))
                .commit("refs/tags/v1")
                .git("config.json", "{\"model_type\": \"y\"}")
                .xet("model.safetensors", StubContent.generated(3, 6 * MIB))
                .commit("main", "refs/pr/1")
                .build();
    }

    @BeforeAll
    static void start() {
        hub = HubStub.builder().start();
        repo = repo();
        for (StubRepo.Type type : List.of(StubRepo.Type.MODEL, StubRepo.Type.DATASET, StubRepo.Type.SPACE)) {
            hub.put(repo(type));
        }
    }

    @AfterAll
    static void stop() {
        SESSIONS.values().forEach(HubSession::close);
        SESSIONS.clear();
        hub.close();
    }

    @AfterEach
    void heal() {
        hub.clearFaults();
        hub.releaseStalls();
    }

    private Ran prefetch(Path cache, Object... options) throws IOException, InterruptedException {
        List<String> command =
                Hubswarm.quick("prefetch", ID, "--upstream", hub.endpoint(), "--cache-dir", cache, "--json");
        for (Object option : options) command.add(option.toString());
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment().put("HUBSWARM_HOME", folder.resolve("state").toString());
        return Ran.of(program);
    }

    private static Map<String, Object> wanted(Case wanted, Path cache) {
        return Map.of(
                "repo_id",
                ID,
                "repo_type",
                wanted.type,
                "revision",
                wanted.revision,
                wanted.local ? "local_dir" : "cache_dir",
                cache.toString());
    }

    private static HubPython client(String python) {
        return HubPython.of(python, homes.resolve(python)).with("HF_ENDPOINT", hub.endpoint());
    }

    private static HubSession session(HubPython client) throws IOException {
        HubSession session = SESSIONS.get(client);
        if (session == null) {
            session = client.session();
            SESSIONS.put(client, session);
        }
        return session;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void huggingfaceHubReadsWhatWeWrote(Case wanted) throws Exception {
        Path ours = folder.resolve("ours");
        List<Object> options = new ArrayList<>(List.of("--repo-type", wanted.type, "--revision", wanted.revision));
        if (wanted.local) options.addAll(List.of("--local-dir", ours));
        prefetch(ours, options.toArray()).exits(0);

        hub.forgetServed();
        HubPython client = client(wanted.python);
        // In a folder of the user's, huggingface_hub can say that all is there only by asking for the commit.
        HubSession reader = session(wanted.local ? client : client.offline());
        Path snapshot = Path.of(reader.call("snapshot", wanted(wanted, ours)).asString());
        assertFiles(snapshot, wanted.revision);
        assertEquals(0, hub.totals().requests(Route.CDN), "nothing was fetched again");
        if (wanted.local) return;
        Map<String, Object> files = new HashMap<>(wanted(wanted, ours));
        files.put("filenames", List.copyOf(repo.files(wanted.revision).keySet()));
        for (JsonNode file : reader.call("files", files)) {
            assertTrue(Files.isReadable(Path.of(file.asString())), file.toString());
        }
        JsonNode scanned = reader.call("scan", Map.of("cache_dir", ours.toString()));
        // 0.36 takes the tag, which newer versions write themselves, for a broken repo.
        for (JsonNode warning : scanned.get("warnings")) {
            assertTrue(
                    wanted.python.endsWith("036") && warning.asString().endsWith("CACHEDIR.TAG"), warning.toString());
        }
        assertEquals(1, scanned.get("repos").size());
    }

    private static void assertFiles(Path snapshot, String revision) throws IOException {
        for (Map.Entry<String, StubFile> file : repo.files(revision).entrySet()) {
            byte[] content = Files.readAllBytes(snapshot.resolve(file.getKey()));
            assertArrayEquals(file.getValue().content().bytes(), content, file.getKey());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void weReadWhatHuggingfaceHubWrote(Case wanted) throws Exception {
        Path theirs = folder.resolve("theirs");
        session(client(wanted.python)).call("snapshot", wanted(wanted, theirs));
        List<Object> options = new ArrayList<>(List.of("--repo-type", wanted.type, "--revision", wanted.revision));
        if (wanted.local) options.addAll(List.of("--local-dir", theirs));
        hub.forgetServed();
        JsonNode summary = prefetch(theirs, options.toArray()).exits(0).json();
        assertEquals(repo.files(wanted.revision).size(), summary.get("files").size());
        for (JsonNode file : summary.get("files"))
            assertEquals(0, file.get("bytes_from_hub").asLong(), file.toString());
        assertEquals(0, hub.totals().requests(Route.CDN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "dataset", "space"})
    void bothWriteTheSameCache(String type) throws Exception {
        Path ours = folder.resolve("ours");
        Path theirs = folder.resolve("theirs");
        for (String revision : List.of("main", "v1", "refs/pr/1")) {
            Case wanted = new Case(NEW, type, revision, false);
            session(client(NEW)).call("snapshot", wanted(wanted, theirs));
            prefetch(ours, "--repo-type", type, "--revision", revision).exits(0);
        }
        assertEquals(lines(CacheTree.describe(theirs)), lines(CacheTree.describe(ours)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "dataset"})
    void bothWriteTheSameLocalFolder(String type) throws Exception {
        Path ours = folder.resolve("ours");
        Path theirs = folder.resolve("theirs");
        session(client(NEW)).call("snapshot", wanted(new Case(NEW, type, "main", true), theirs));
        prefetch(folder.resolve("cache"), "--repo-type", type, "--local-dir", ours)
                .exits(0);
        assertEquals(lines(CacheTree.describe(theirs)), lines(CacheTree.describe(ours)));
    }

    private static String lines(Map<String, String> tree) {
        StringBuilder lines = new StringBuilder();
        tree.forEach(
                (name, what) -> lines.append(name).append(": ").append(what).append('\n'));
        return lines.toString();
    }

    /** Up to 1.17 its next run would go on with what is left, right or wrong; later it has a new name each time. */
    @ParameterizedTest
    @CsvSource({
        "python-hub-new, '\\.[0-9a-f]{8}\\.incomplete'",
        "python-hub-117, '\\.incomplete'",
        "python-hub-036, '\\.incomplete'"
    })
    void weCompleteWhatHuggingfaceHubLeftHalfFinished(String python, String ending) throws Exception {
        Path cache = folder.resolve("half");
        Map<String, Object> wanted = wanted(new Case(python, "model", "main", false), cache);
        String digest = repo.file("main", "model.safetensors").digest().hex();
        hub.inject(request -> request.route() == Route.CDN, 100, new Fault.Cut(MIB, Fault.Cut.How.STALL));
        Process broken = client(python)
                .program("snapshot", wanted)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path blobs = cache.resolve("models--org--name.v1").resolve("blobs");
        Path half = null;
        while (half == null) {
            assertFalse(broken.waitFor(10, TimeUnit.MILLISECONDS), "nothing holds it up");
            half = half(blobs, digest + ending);
        }
        broken.destroyForcibly().waitFor();
        hub.clearFaults();
        hub.releaseStalls();
        // Its memory held what had come.
        Files.write(half, new byte[MIB / 2]);

        prefetch(cache).exits(0);
        Path snapshot = Path.of(
                session(client(python).offline()).call("snapshot", wanted).asString());
        assertFiles(snapshot, "main");
    }

    /** What has a name like this; null if there is nothing. */
    private static @Nullable Path half(Path blobs, String name) throws IOException {
        if (!Files.isDirectory(blobs)) return null;
        try (Stream<Path> files = Files.list(blobs)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** The older ones, whose programs take seconds to start, look at all types in long runs only. */
    static List<String> types(String python) {
        return IS_LONG || python.equals(NEW) ? TYPES : TYPES.subList(0, 1);
    }

    static Stream<Arguments> checkers() {
        return Stream.of(NEW, "python-hub-117")
                .flatMap(python -> types(python).stream().map(type -> Arguments.of(python, type)));
    }

    @ParameterizedTest
    @MethodSource("checkers")
    void theirOwnCheckFindsNothingWrong(String python, String type) throws Exception {
        Path ours = folder.resolve("ours");
        prefetch(ours, "--repo-type", type).exits(0);
        HubPython client = client(python);
        client.hf("cache", "verify", ID, "--repo-type", type, "--cache-dir", ours)
                .exits(0);
        assertLists(client.hf("cache", "ls", "--cache-dir", ours));
    }

    static List<String> typesOfTheOldest() {
        return types(OLDEST);
    }

    /** It has no check, and another name for the list. */
    @ParameterizedTest
    @MethodSource("typesOfTheOldest")
    void theOldestListsWhatWeWrote(String type) throws Exception {
        Path ours = folder.resolve("ours");
        prefetch(ours, "--repo-type", type).exits(0);
        assertLists(client(OLDEST).hf("cache", "scan", "--dir", ours));
    }

    private static void assertLists(Ran listed) {
        listed.exits(0);
        assertTrue(listed.out().toLowerCase(Locale.ROOT).contains(ID), listed.toString());
    }
}
