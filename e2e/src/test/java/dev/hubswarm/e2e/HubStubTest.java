package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real huggingface_hub takes the stub for the Hub; else what we test against it would mean little. */
@Tag("e2e")
final class HubStubTest {
    private static final String NEW = "python-hub-new";

    private final HubStub hub =
            HubStub.builder().reader("hf_reader").stranger("hf_stranger").start();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        hub.close();
    }

    private HubPython client(String release) {
        return HubPython.of(release, folder.resolve("home")).with("HF_ENDPOINT", hub.endpoint());
    }

    private static StubRepo.Builder files(StubRepo.Type type, String id) {
        return StubRepo.of(type, id)
                .git("README.md", "# " + id + "\n".repeat(3000))
                .git("a b/ä+#%.txt", "odd")
                .file("empty", StubContent.of(""), StubFile.Storage.GIT)
                .file("old.bin", StubContent.generated(1, 100_000), StubFile.Storage.LFS)
                .xet("deep/er/model.safetensors", StubContent.generated(2, 30_000_000));
    }

    private static void assertHolds(StubRepo repo, String revision, Path snapshot) throws Exception {
        assertEquals(repo.commit(revision), snapshot.getFileName().toString());
        for (Map.Entry<String, StubFile> file : repo.files(revision).entrySet()) {
            Path path = snapshot.resolve(file.getKey());
            assertArrayEquals(file.getValue().content().bytes(), Files.readAllBytes(path), file.getKey());
            assertEquals(
                    file.getValue().digest().hex(),
                    path.toRealPath().getFileName().toString());
        }
    }

    private static Path lastLine(Ran ran) {
        List<String> lines = ran.exits(0).out().lines().toList();
        return Path.of(lines.get(lines.size() - 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-117", "python-hub-036"})
    void snapshotsOfAllTypesAndRevisionsAreWhole(String release) throws Exception {
        List<String> script = new ArrayList<>();
        List<StubRepo> expected = new ArrayList<>();
        List<String> revisions = new ArrayList<>();
        for (StubRepo.Type type : List.of(StubRepo.Type.MODEL, StubRepo.Type.DATASET, StubRepo.Type.SPACE)) {
            StubRepo repo = files(type, "org/name")
                    .tag("v1")
                    .git("more", "1")
                    .commit("main")
                    .git("more", "2")
                    .commit("refs/pr/1", "refs/convert/parquet")
                    .build();
            hub.put(repo);
            for (String revision : List.of("main", "v1", "refs/pr/1", "refs/convert/parquet", repo.head())) {
                script.add(String.format(
                        "print(snapshot_download('org/name', repo_type='%s', revision='%s'))",
                        type.name().toLowerCase(Locale.ROOT), revision));
                expected.add(repo);
                revisions.add(revision);
            }
        }
        Ran ran = client(release).python(script.toArray(String[]::new)).exits(0);
        List<String> snapshots = ran.out().lines().toList();
        assertEquals(expected.size(), snapshots.size(), ran::toString);
        for (int i = 0; i < expected.size(); i++) {
            assertHolds(expected.get(i), revisions.get(i), Path.of(snapshots.get(i)));
        }
        // Two files of each type; the revisions share them.
        assertEquals(6, hub.totals().requests(Route.CDN));
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-117", "python-hub-036"})
    void singleFilesAndListingsAreFound(String release) throws Exception {
        StubRepo.Builder builder = files(StubRepo.Type.MODEL, "org/name");
        for (int i = 0; i < 1200; i++) builder.git("many/" + i, "");
        StubRepo repo = builder.build();
        hub.put(repo);
        hub.put(StubRepo.renamed(StubRepo.Type.MODEL, "gpt2", "org/name"));
        Ran ran = client(release)
                .python(
                        "print(len([f for f in list_repo_tree('org/name', recursive=True)]))",
                        "print(len([f for f in list_repo_tree('org/name', 'many', expand=True)]))",
                        "print(model_info('org/name', files_metadata=True).sha)",
                        "print([f.path for f in HfApi().get_paths_info('org/name', ['deep', 'old.bin', 'no'])])",
                        "print(list_repo_refs('org/name', include_pull_requests=True).branches[0].target_commit)",
                        "print(file_exists('org/name', 'empty'), file_exists('org/name', 'no'))",
                        "print(hf_hub_download('gpt2', 'a b/ä+#%.txt'))");
        List<String> lines = ran.exits(0).out().lines().toList();
        assertEquals(
                List.of("1209", "1200", repo.head(), "['deep', 'old.bin']", repo.head(), "True False"),
                lines.subList(0, 6));
        assertEquals("odd", Files.readString(Path.of(lines.get(6))));
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-117", "python-hub-036"})
    void refusalsHaveTheirExceptions(String release) throws Exception {
        hub.put(files(StubRepo.Type.MODEL, "org/name").build());
        hub.put(files(StubRepo.Type.MODEL, "org/private")
                .access(new StubRepo.Access.Private())
                .build());
        hub.put(files(StubRepo.Type.MODEL, "org/gated")
                .access(new StubRepo.Access.Gated("auto"))
                .build());
        hub.put(files(StubRepo.Type.MODEL, "org/off")
                .access(new StubRepo.Access.Disabled())
                .build());
        String[] script = {
            "def ask(*args, **more):",
            "    try: hf_hub_download(*args, **more); print('fine')",
            "    except Exception as e: print(type(e).__name__)",
            "ask('org/name', 'no')",
            "ask('org/name', 'README.md', revision='no')",
            "ask('org/missing', 'README.md')",
            "ask('org/private', 'README.md')",
            "ask('org/gated', 'README.md')",
            "try: model_info('org/off')",
            "except Exception as e: print(type(e).__name__)",
        };
        String missing = "RepositoryNotFoundError";
        HubPython anonymous = client(release);
        for (HubPython client : List.of(anonymous, anonymous.with("HF_TOKEN", "hf_stranger"))) {
            List<String> errors = client.python(script).exits(0).out().lines().toList();
            assertTrue(errors.get(0).endsWith("EntryNotFoundError"), errors::toString);
            assertEquals(
                    List.of("RevisionNotFoundError", missing, missing, "GatedRepoError", "DisabledRepoError"),
                    errors.subList(1, 6));
        }
        List<String> asReader = client(release)
                .with("HF_TOKEN", "hf_reader")
                .python(script)
                .exits(0)
                .out()
                .lines()
                .toList();
        assertEquals(List.of("fine", "fine"), asReader.subList(3, 5));
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-117", "python-hub-036"})
    void tokensGoToTheHubOnly(String release) throws Exception {
        StubRepo repo = files(StubRepo.Type.MODEL, "org/private")
                .access(new StubRepo.Access.Private())
                .build();
        hub.put(repo);
        Ran ran = client(release).with("HF_TOKEN", "hf_reader").python("print(snapshot_download('org/private'))");
        assertHolds(repo, "main", lastLine(ran));
        var hosts = new TreeSet<String>();
        hub.served().forEach(served -> {
            if (served.request().header("authorization") != null)
                hosts.add("http://" + served.request().host());
        });
        assertEquals(List.of(hub.endpoint()), List.copyOf(hosts));
    }

    /** The newest goes on after a clean end, from the last whole chunk of 10 MiB; the older two give up. */
    @ParameterizedTest
    @ValueSource(strings = {NEW, "python-hub-117", "python-hub-036"})
    void bodiesThatBreakOffAreContinuedOrAreErrors(String release) throws Exception {
        StubRepo repo = files(StubRepo.Type.MODEL, "org/name").build();
        hub.put(repo);
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.Cut(12_345_678, Fault.Cut.How.FIN));
        Ran ran = client(release).python("print(hf_hub_download('org/name', 'deep/er/model.safetensors'))");
        boolean continues = release.equals(NEW);
        assertEquals(continues, ran.exit() == 0, ran::toString);
        List<String> ranges = hub.served().stream()
                .filter(served -> served.request().route() == Route.CDN)
                .map(served -> String.valueOf(served.request().header("range")))
                .toList();
        assertEquals(continues ? List.of("null", "bytes=10485760-") : List.of("null"), ranges);
    }
}
