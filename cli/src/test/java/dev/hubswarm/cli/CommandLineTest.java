package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
final class CommandLineTest {
    @TempDir
    Path folder;

    private Path data = Path.of("");
    private Path torrent = Path.of("");

    /** What a command printed and how it ended. */
    private record Result(int code, String out, String err) {}

    @BeforeEach
    void makeData() throws Exception {
        data = SeededBytes.write(folder.resolve("data.bin"), 1, 300_000);
        torrent = folder.resolve("data.torrent");
    }

    private static Result run(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
        return new Result(code, out.toString(), err.toString());
    }

    @Test
    void createShowVerifyAndMagnetAgreeOnTheInfoHash() {
        Result created = run("torrent", "create", data, "-o", torrent);
        assertEquals(0, created.code(), created.err());
        Result shown = run("torrent", "show", torrent, "--json");
        assertEquals(0, shown.code(), shown.err());
        String v1 = shown.out().replaceAll("(?s).*\"info_hash_v1\":\"([0-9a-f]{40})\".*", "$1");
        assertEquals(40, v1.length(), shown.out());
        assertTrue(created.out().contains(v1), created.out());
        assertTrue(run("torrent", "magnet", torrent).out().startsWith("magnet:?xt=urn:btih:" + v1));
        Result verified = run("torrent", "verify", torrent, data);
        assertEquals(0, verified.code());
        assertEquals("Good: all 2 pieces match.\n", verified.out().replace(System.lineSeparator(), "\n"));
    }

    @Test
    void verifyOfOtherBytesExitsWithDamagedAndNamesThePieces() throws Exception {
        assertEquals(0, run("torrent", "create", data, "-o", torrent, "--quiet").code());
        SeededBytes.write(data, 2, 300_000);
        Result verified = run("torrent", "verify", torrent, data);
        assertEquals(5, verified.code());
        assertTrue(verified.out().contains("bad pieces 0 to 1: "), verified.out());
        Result json = run("torrent", "verify", torrent, data, "--json");
        assertEquals(5, json.code());
        assertTrue(json.out().contains("\"bad_pieces\":[{\"first\":0,\"last\":1,"), json.out());
    }

    @Test
    void wrongUsageExitsWithTwoAndSaysWhatIsRight() {
        for (List<Object> args : List.<List<Object>>of(
                List.of(),
                List.of("torrent"),
                List.of("torent"),
                List.of("torrent", "create"),
                List.of("torrent", "create", data, "--v1"),
                List.of("torrent", "create", data, "--piece-length", "1MiB"),
                List.of("torrent", "create", data, "--kind", "snapshot"),
                List.of("torrent", "create", data, "--kind", "plain", "--v1", "--v2"),
                List.of("torrent", "create", data, "--kind", "plain", "--piece-length", "3MiB"),
                List.of("torrent", "create", data, "--kind", "plain", "--piece-length", "lots"),
                List.of("torrent", "create", data, "--tracker", "ftp://x/announce"),
                List.of("torrent", "create", data, "--tracker", "no url"),
                List.of("torrent", "create", data, "--kind", "film"),
                List.of("torrent", "create", data, "--name", "x"),
                List.of("torrent", "get"),
                List.of("torrent", "get", "x.torrent", "--peer", "127.0.0.1"),
                List.of("torrent", "get", "x.torrent", "--peer", "127.0.0.1:0"),
                List.of("torrent", "get", "x.torrent", "--peer-port", "65536"),
                List.of("torrent", "get", "x.torrent", "--tracker", "ftp://x/announce"),
                List.of("torrent", "get", "x.torrent", "--seed=often"),
                List.of("torrent", "get", "x.torrent", "--upload-limit", "fast"),
                List.of("torrent", "get", "x.torrent", "--dir", ""),
                List.of("prefetch"),
                List.of("prefetch", "a/b/c"),
                List.of("prefetch", "org/model", "--repo-type", "film"),
                List.of("prefetch", "org/model", "--jobs", "65"),
                List.of("prefetch", "org/model", "--upstream", "http://"),
                List.of("prefetch", "org/model", "--cache-dir", ""),
                List.of("prefetch", "org/model", "--local-dir", ""),
                List.of("cache"),
                List.of("cache", "rm"),
                List.of("tracker", "--listen", "8472"),
                List.of("tracker", "--listen", "127.0.0.1:65536"),
                List.of("tracker", "--publish-token", "no-name"),
                List.of("tracker", "--publish-token", "a=1", "--publish-token", "a=2"),
                List.of("tracker", "--publish-token", "a=1", "--publish-token", "b=1"),
                List.of("tracker", "--trusted-proxy", "10.0.0.0/33"),
                List.of("tracker", "--storage", "disk"),
                List.of("tracker", "--storage", "redis://cache:65536/0"),
                List.of("tracker", "--hub", "huggingface.co"),
                List.of("up", "--listen", "8470"),
                List.of("up", "--control", "8471"),
                List.of("up", "--allow-host", "http://box"),
                List.of("up", "--peer-port", "65536"),
                List.of("up", "--tracker", "ftp://x"),
                List.of("up", "--trust-tracker", "no url"),
                List.of("up", "--tracker-listen", "127.0.0.1"),
                List.of("up", "--mode", "fast"),
                List.of("up", "--upload-limit", "-1"),
                List.of("up", "--max-disk", "lots"),
                List.of("up", "--upstream", "http://"),
                List.of("seed"),
                List.of("seed", "--all", "org/model"),
                List.of("seed", "a/b/c"),
                List.of("seed", "org/model", "--for", "often"),
                List.of("seed", "org/model", "--for", "1.5"),
                List.of("seed", "org/model", "--ratio", "-1"),
                List.of("seed", "org/model", "--revision", ""),
                List.of("unseed"),
                List.of("unseed", "a/b/c"),
                List.of("attach"),
                List.of("attach", "java"),
                List.of("completion", "csh"))) {
            Result result = run(args.toArray());
            assertEquals(2, result.code(), args + " " + result.err());
            assertFalse(result.err().isBlank(), args.toString());
            assertFalse(result.err().contains("\tat "), result.err());
        }
        assertFalse(Files.exists(Path.of("data.bin.torrent")));
    }

    @Test
    void anExistingOutputIsKeptUnlessForced() throws Exception {
        Files.writeString(torrent, "precious");
        Result refused = run("torrent", "create", data, "-o", torrent);
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("exists already"), refused.err());
        assertEquals("precious", Files.readString(torrent));
        assertEquals(0, run("torrent", "create", data, "-o", torrent, "--force").code());
        assertEquals(0, run("torrent", "show", torrent).code());
    }

    @Test
    void whatIsNotATorrentIsSaidToBeNone() throws Exception {
        Result none = run("torrent", "show", data);
        assertEquals(1, none.code());
        assertTrue(none.err().contains("is not a torrent we can use"), none.err());
        assertFalse(none.err().contains("\tat "), none.err());
        assertTrue(run("--verbose", "torrent", "show", data).err().contains("\tat "), "the cause is shown on demand");
        assertEquals(1, run("torrent", "show", folder).code());
        assertEquals(3, run("torrent", "show", folder.resolve("gone")).code());
    }

    @Test
    void namesFromATorrentCannotWriteControlCharactersToTheTerminal() throws Exception {
        byte[] hostile = ("d7:comment9:\u001b[2Jclear10:created by4:\u202ea"
                        + "4:infod6:lengthi0e4:name1:n12:piece lengthi16384e6:pieces0:ee")
                .getBytes(StandardCharsets.UTF_8);
        Files.write(torrent, hostile);
        Result shown = run("torrent", "show", torrent);
        assertEquals(0, shown.code(), shown.err());
        assertTrue(shown.out().contains("?[2Jclear"), shown.out());
        assertTrue(shown.out().chars().noneMatch(c -> c == 27 || c == 0x202e), shown.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void completionKnowsTheCommandsAndOptions(String shell) {
        Result script = run("completion", shell);
        assertEquals(0, script.code(), script.err());
        for (String word : List.of(
                "torrent",
                "create",
                "verify",
                "piece-length",
                "completion",
                "prefetch",
                "cache",
                "gc",
                "doctor",
                "local-dir")) {
            assertTrue(script.out().contains(word), shell + " lacks " + word);
        }
    }

    @Test
    void everyCommandHasHelpWithAnExample() {
        for (List<Object> command : List.<List<Object>>of(
                List.of(),
                List.of("torrent", "create"),
                List.of("torrent", "show"),
                List.of("torrent", "verify"),
                List.of("torrent", "magnet"),
                List.of("torrent", "get"),
                List.of("prefetch"),
                List.of("cache", "ls"),
                List.of("cache", "verify"),
                List.of("cache", "gc"),
                List.of("doctor"),
                List.of("tracker"),
                List.of("up"),
                List.of("down"),
                List.of("status"),
                List.of("logs"),
                List.of("seed"),
                List.of("unseed"),
                List.of("attach"),
                List.of("completion"))) {
            List<Object> args = new ArrayList<>(command);
            args.add("--help");
            Result help = run(args.toArray());
            assertEquals(0, help.code());
            assertTrue(help.out().contains("Example"), command.toString());
        }
    }
}
