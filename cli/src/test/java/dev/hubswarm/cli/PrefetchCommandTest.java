package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrefetchCommandTest {
    private final HubStub hub = HubStub.builder().start();
    private final StringWriter out = new StringWriter();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        hub.close();
    }

    private int prefetch(Object... more) {
        out.getBuffer().setLength(0);
        List<String> args = new ArrayList<>(
                List.of("prefetch", "--upstream", hub.endpoint() + "/", "--cache-dir", folder + "/cache"));
        for (Object argument : more) args.add(argument.toString());
        return Main.run(
                new PrintWriter(out, true), new PrintWriter(new StringWriter(), true), args.toArray(String[]::new));
    }

    private StubRepo repo() {
        StubRepo repo = StubRepo.of(StubRepo.Type.DATASET, "org/data")
                .git("a.txt", "hello")
                .xet("b.bin", StubContent.generated(1, 3 << 20))
                .build();
        hub.put(repo);
        return repo;
    }

    private String summary() {
        List<String> lines = out.toString().lines().toList();
        return lines.get(lines.size() - 1).replaceAll("\"seconds\":[0-9.E-]+", "\"seconds\":S");
    }

    @Test
    void theSummaryTellsWhereEachFileCameFrom() {
        StubRepo repo = repo();
        assertEquals(0, prefetch("org/data", "--repo-type", "dataset", "--json"));
        String head = "{\"event\":\"summary\",\"repo\":\"org/data\",\"repo_type\":\"dataset\",\"revision\":\"main\","
                + "\"commit\":\"" + repo.head() + "\",\"folder\":\"" + folder + "/cache/datasets--org--data/snapshots/"
                + repo.head() + "\",\"seconds\":S,\"files\":[";
        String first = "{\"path\":\"a.txt\",\"size\":5,\"digest\":\""
                + repo.file("main", "a.txt").digest()
                + "\",\"seconds\":S,\"bytes_from_hub\":5,\"bytes_from_peers\":0,\"verified\":true,\"error\":null}";
        assertTrue(summary().startsWith(head), out.toString());
        assertTrue(summary().contains(first), out.toString());
        assertTrue(summary().contains("\"bytes_from_hub\":3145728,"), out.toString());

        assertEquals(0, prefetch("org/data", "--repo-type", "DATASET", "--json"));
        assertTrue(
                summary().contains("\"bytes_from_hub\":0,\"bytes_from_peers\":0,\"verified\":false"), "it was there");
    }

    @Test
    void aDryRunListsAndFetchesNothing() {
        repo();
        assertEquals(0, prefetch("org/data", "--repo-type", "dataset", "--dry-run", "--exclude", "*.bin"));
        assertTrue(out.toString().contains("5 B  a.txt"), out.toString());
        assertTrue(out.toString().contains("1 file, 5 B, at commit "), out.toString());
        assertTrue(Files.notExists(folder.resolve("cache")));
    }

    @Test
    void filesGoToAFolderOfTheUsers() throws Exception {
        repo();
        Path target = folder.resolve("target");
        assertEquals(0, prefetch("org/data", "a.txt", "--repo-type", "dataset", "--local-dir", target));
        assertEquals(target, Path.of(out.toString().strip()));
        assertEquals("hello", Files.readString(target.resolve("a.txt")));
        assertTrue(Files.notExists(target.resolve("b.bin")));
    }
}
