package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.hubstub.StubRepo.Access;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A download that cannot be is refused in words, with the right exit code, and leaves no file behind. */
@Tag("e2e")
final class PrefetchErrorsTest {
    private static final int MIB = 1 << 20;

    private final HubStub hub =
            HubStub.builder().reader("hf_reader").stranger("hf_stranger").start();

    @TempDir
    Path folder;

    private Sandbox sandbox = new Sandbox(Path.of(""), Map.of());

    @BeforeEach
    void prepare() throws IOException {
        sandbox = Sandbox.in(folder, hub);
        hub.put(repo("org/open", new Access.Public()));
        hub.put(repo("org/private", new Access.Private()));
        hub.put(repo("org/gated", new Access.Gated("auto")));
        hub.put(repo("org/disabled", new Access.Disabled()));
        hub.put(StubRepo.of(StubRepo.Type.DATASET, "org/table")
                .git("a.csv", "1,2")
                .commit("main", "refs/pr/1")
                .build());
        hub.put(StubRepo.renamed(StubRepo.Type.MODEL, "org/old", "org/open"));
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private static StubRepo repo(String id, Access access) {
        return StubRepo.model(id)
                .access(access)
                .git("config.json", "{}")
                .xet("model.safetensors", StubContent.generated(1, 6 * MIB))
                .build();
    }

    private Ran refused(int exit, Object... arguments) throws Exception {
        List<String> command = Hubswarm.command("prefetch");
        for (Object argument : arguments) command.add(argument.toString());
        return refused(exit, command);
    }

    private Ran refused(int exit, List<String> command) throws Exception {
        Ran ran = sandbox.runsInVain(command).exits(exit);
        assertEquals("", ran.out(), "no folder is named that a script would take for a snapshot");
        return ran;
    }

    /** Anonymous, somebody else's account, and a token that the Hub does not know. */
    @ParameterizedTest
    @CsvSource({
        "org/private, '',          3, 'There is no org/private, or it is private.', set HF_TOKEN",
        "org/private, hf_stranger, 3, 'There is no org/private, or it is private.', the token's account",
        "org/private, hf_bad,      4, The Hub does not accept the token, HF_TOKEN",
        "org/open,    hf_bad,      4, The Hub does not accept the token, unset it",
        "org/gated,   '',          4, 'org/gated is gated, and no token was sent', set HF_TOKEN",
        "org/gated,   hf_stranger, 4, 'org/gated is gated, and this account was not let in', Accept its terms at",
        "org/missing, '',          3, 'There is no org/missing, or it is private.', Check its name and type",
        "org/missing, hf_reader,   3, 'There is no org/missing', Check its name and type",
        "org/disabled, '',         4, The Hub has disabled org/disabled, for why"
    })
    void reposThatCannotBeRead(String repo, String token, int exit, String what, String next) throws Exception {
        sandbox = sandbox.with("HF_TOKEN", token);
        refused(exit, repo).says(what, next);
    }

    @ParameterizedTest
    @CsvSource({"org/private", "org/gated"})
    void withTheRightTokenTheyAreRead(String repo) throws Exception {
        sandbox.with("HF_TOKEN", "hf_reader").run("prefetch", repo).exits(0);
    }

    /** Where huggingface_hub, asked for the old name, looks for it. */
    @Test
    void aRepoThatWasRenamedIsKeptUnderTheNameThatWasGiven() throws Exception {
        Ran ran = sandbox.run("prefetch", "org/old").exits(0).says("org/old is now called org/open");
        assertTrue(ran.out().startsWith(sandbox.cache().resolve("models--org--old") + "/"), ran::toString);
        HubPython.of("python-hub-new", sandbox.home())
                .offline()
                .python("print(snapshot_download('org/old'))")
                .exits(0);
    }

    @Test
    void whatTheRepoDoesNotHave() throws Exception {
        refused(3, "org/open", "--revision", "v9").says("org/open has no revision v9", "branches and tags");
        refused(3, "org/open", "--revision", "0".repeat(40)).says("org/open", "0".repeat(40));
        refused(3, "org/open", "model.bin", "config.json")
                .says("org/open has no file model.bin at main", "`hubswarm prefetch org/open --dry-run`");
        refused(3, "org/table", "model.bin", "--repo-type", "dataset", "--revision", "refs/pr/1")
                .says("org/table has no file model.bin at refs/pr/1")
                .says("`hubswarm prefetch org/table --repo-type dataset --revision refs/pr/1 --dry-run`");
        refused(3, "org/open", "--include", "*.gguf").says("org/open at main has no file that matches");
        refused(3, "org/open", "--repo-type", "dataset").says("There is no datasets/org/open");
    }

    @Test
    void wrongUsage() throws Exception {
        refused(2, "org/open/more").says("not the id of a repo");
        refused(2, "https://huggingface.co/org/open").says("not the id of a repo", "org/model");
        refused(2, "org/open", "--repo-type", "modle").says("--repo-type", "model, dataset, space");
        refused(2, "org/open", "config.json", "--include", "*").says("not both");
        refused(2, "org/open", "--jobs", "0").says("1 to 64");
        refused(2, "org/open", "--revision", "../up").says("'../up' is not a revision");
        refused(2, "org/open", "--upstream", "nonsense").says("--upstream");
        Path file = Files.writeString(folder.resolve("file"), "precious");
        refused(2, "org/open", "--local-dir", file).says(file + ", which is not a folder");
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void nobodyListens() throws Exception {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        long began = System.nanoTime();
        refused(1, "org/open", "--upstream", "http://127.0.0.1:" + port).says("Cannot reach", "nobody answers");
        double seconds = (System.nanoTime() - began) / 1e9;
        assertTrue(seconds < 10, () -> "told after " + seconds + " s");
    }

    /** A queue of connections that is full: whoever knocks hears nothing, as behind a firewall. */
    @Test
    void theProxySwallowsEverything() throws Exception {
        List<SocketChannel> queue = new ArrayList<>();
        try (ServerSocket hole = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 4; i++) {
                SocketChannel caller = SocketChannel.open();
                queue.add(caller);
                caller.configureBlocking(false);
                caller.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), hole.getLocalPort()));
            }
            sandbox = sandbox.with("HTTP_PROXY", "http://127.0.0.1:" + hole.getLocalPort())
                    .with("HF_HUB_ETAG_TIMEOUT", 1);
            refused(1, "org/open").says("Cannot reach", "it does not answer in time", "HTTPS_PROXY");
        } finally {
            for (SocketChannel caller : queue) caller.close();
        }
    }

    @Test
    void whatIsInTheWayOfTheCacheIsNamed() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
        for (Path way : List.of(file, dangling))
            sandbox.runsInVain(Hubswarm.command("prefetch", "org/open", "--cache-dir", way.resolve("cache")))
                    .exits(1)
                    .says(way + " is not a folder");
    }

    @Test
    void offlineNothingIsAsked() throws Exception {
        Sandbox offline = sandbox.with("HF_HUB_OFFLINE", 1);
        offline.runsInVain(Hubswarm.command("prefetch", "org/open"))
                .exits(3)
                .says("org/open at main is not in the cache");
        sandbox.run("prefetch", "org/open", "config.json").exits(0);
        offline.runsInVain(Hubswarm.command("prefetch", "org/open")).exits(3).says("does not tell which files");
        offline.run("prefetch", "org/open", "config.json").exits(0);
        Ran online = sandbox.run("prefetch", "org/open").exits(0);
        hub.forgetServed();
        assertEquals(online.out(), offline.run("prefetch", "org/open").exits(0).out());
        offline.runsInVain(Hubswarm.command("prefetch", "org/open", "none.bin"))
                .exits(3)
                .says("org/open at main has no file none.bin");
        Files.delete(Path.of(online.out().strip()).resolve("model.safetensors"));
        offline.run("prefetch", "org/open").exits(0);
        Files.delete(Path.of(online.out().strip()).resolve("model.safetensors").toRealPath());
        offline.runsInVain(Hubswarm.command("prefetch", "org/open"))
                .exits(3)
                .says("the cache lacks 1 of 2 files of org/open at main: model.safetensors");
        assertEquals(List.of(), hub.served());
    }

    @Test
    void theCacheMayNotBeWritten() throws Exception {
        Path cache = Files.createDirectory(folder.resolve("locked"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("r-xr-xr-x"));
        List<String> command = Unprivileged.command(folder, "prefetch", "org/open", "--cache-dir", cache);
        sandbox.runsInVain(command).exits(4).says(cache.toString(), "may not be written");
    }

    /** What is there already can be had from a cache that is read-only, as in a container. */
    @Test
    void aCacheThatIsWholeNeedNotBeWritten() throws Exception {
        sandbox.run("prefetch", "org/open").exits(0);
        for (Path path : Trees.list(sandbox.cache())) {
            if (Files.isDirectory(path))
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r-xr-xr-x"));
        }
        Sandbox reader = sandbox.with("HUBSWARM_HOME", folder.resolve("own/other"));
        reader.runsInVain(Unprivileged.command(folder, "prefetch", "org/open")).exits(0);
    }

    @Test
    void ourOwnFolderMayNotBeWritten() throws Exception {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        Ran.of(sandbox.with("HUBSWARM_HOME", locked.resolve("state"))
                        .program(Unprivileged.command(folder, "prefetch", "org/open")))
                .exits(0)
                .says("Set HUBSWARM_HOME");
    }

    @Test
    void theCacheIsAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "precious");
        refused(1, "org/open", "--cache-dir", file).says(file + " is not a folder", "HF_HUB_CACHE");
        assertEquals("precious", Files.readString(file));
    }

    /** In a mount namespace of its own, so that nothing stays mounted whatever happens. */
    @Test
    void theDiskIsFull() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        List<String> unshare = new ArrayList<>(List.of("unshare", "-m"));
        if (!Unprivileged.isRoot()) unshare.add("-r");
        List<String> mount = new ArrayList<>(unshare);
        mount.addAll(List.of("mount", "-t", "tmpfs", "-o", "size=16k", "none", disk.toString()));
        assumeTrue(Ran.of(mount).exit() == 0, "cannot mount a small file system here");
        String script = "mount -t tmpfs -o size=2m none \"$0\" && \"$@\"; code=$?; find \"$0\" -type f; exit $code";
        List<String> command = new ArrayList<>(unshare);
        command.addAll(List.of("sh", "-c", script, disk.toString()));
        command.addAll(Hubswarm.command("prefetch", "org/open", "--cache-dir", disk, "--quiet"));
        refused(6, command).says("not enough space", "Free some");
    }
}
