package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
final class TorrentGetCommandTest {
    private static final int SIZE = 300_000;
    private static final Pattern PORT = Pattern.compile("\\{\"event\":\"listening\",\"port\":(\\d+)}");

    @TempDir
    Path folder;

    /** A command on a thread of its own. Confined to one thread, but for what the command writes. */
    private static final class Running implements AutoCloseable {
        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private final Thread thread;
        private int code = -1;

        Running(Object... words) {
            String[] arguments = Stream.of(words).map(Object::toString).toArray(String[]::new);
            thread = new Thread(
                    () -> code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments),
                    "command");
            thread.start();
        }

        Running ends(int expected) throws InterruptedException {
            thread.join(TimeUnit.SECONDS.toMillis(60));
            assertFalse(thread.isAlive(), this::toString);
            assertEquals(expected, code, this::toString);
            return this;
        }

        /** Waits until it has written this. */
        Matcher await(Pattern pattern) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (true) {
                Matcher matcher = pattern.matcher(out.toString());
                if (matcher.find()) return matcher;
                assertTrue(System.nanoTime() < deadline && thread.isAlive(), this::toString);
                LockSupport.parkNanos(1_000_000);
            }
        }

        String peer() {
            return "127.0.0.1:" + await(PORT).group(1);
        }

        /** As Ctrl-C does. */
        void interrupt() throws InterruptedException {
            thread.interrupt();
            ends(ExitCode.INTERRUPTED);
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join(TimeUnit.SECONDS.toMillis(60));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            assertFalse(thread.isAlive(), this::toString);
        }

        @Override
        public String toString() {
            return "exit code " + code + "\n" + out + err;
        }
    }

    private static Running get(Object torrent, Path where, Object... more) {
        return new Running(Stream.concat(
                        Stream.of("torrent", "get", torrent, "-d", where, "--peer-port", "0", "--json"),
                        Stream.of(more))
                .toArray());
    }

    private Path create(Path source, Object... more) throws Exception {
        Path torrent = folder.resolve("a.torrent");
        new Running(Stream.concat(
                                Stream.of("torrent", "create", source, "-o", torrent, "--force", "--kind", "plain"),
                                Stream.of(more))
                        .toArray())
                .ends(0);
        return torrent;
    }

    private Path model() throws Exception {
        return SeededBytes.write(folder.resolve("have/model.bin"), 7, SIZE);
    }

    private Path target() {
        return folder.resolve("want");
    }

    private static void assertSame(Path expected, Path found) throws Exception {
        assertArrayEquals(Files.readAllBytes(expected), Files.readAllBytes(found));
    }

    private List<String> inTarget() throws Exception {
        try (Stream<Path> all = Files.walk(target())) {
            return all.filter(Files::isRegularFile)
                    .map(file -> target().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aFileComesFromAPeerOnceAndIsOnlyCheckedTheNextTime() throws Exception {
        Path model = model();
        Path torrent = create(model);
        try (Running seed = get(torrent, folder.resolve("have"), "--seed")) {
            Running first = get(torrent, target(), "--peer", seed.peer()).ends(0);
            assertTrue(first.out.toString().contains("\"bytes_from_peers\":" + SIZE), first::toString);
            assertEquals(List.of("model.bin"), inTarget(), "nothing else is left");
            assertSame(model, target().resolve("model.bin"));
            Running again = get(torrent, target(), "--peer", seed.peer()).ends(0);
            assertTrue(again.out.toString().contains("\"bytes_from_peers\":0,"), again::toString);
            seed.interrupt();
            assertTrue(seed.out.toString().contains("\"event\":\"summary\""), seed::toString);
            assertTrue(seed.out.toString().contains("\"bytes_sent\":" + SIZE), seed::toString);
        }
    }

    @Test
    void aFileIsSeededAndFetchedByTheNameThatItsOwnerGivesIt() throws Exception {
        Path model = model();
        Path torrent = folder.resolve("canonical.torrent");
        new Running("torrent", "create", model, "-o", torrent).ends(0);
        try (Running seed = get(torrent, folder.resolve("have"), "-o", "model.bin", "--seed")) {
            Running want = get(torrent, target(), "-o", target().resolve("my/own"), "--peer", seed.peer())
                    .ends(0);
            assertTrue(want.out.toString().contains("\"bytes_from_peers\":" + SIZE), want::toString);
        }
        assertEquals(List.of("my/own"), inTarget());
        assertSame(model, target().resolve("my/own"));
        Running refused = get(torrent, target(), "-o", "my").ends(1);
        assertTrue(refused.err.toString().contains("is a folder"), refused::toString);
    }

    @Test
    void aFolderMayHaveAnotherNameToo() throws Exception {
        Path source = folder.resolve("have/data");
        SeededBytes.write(source.resolve("a/one.bin"), 1, 100_000);
        SeededBytes.write(source.resolve("two.bin"), 2, 50_000);
        Path torrent = create(source);
        Files.move(source, folder.resolve("mine"));
        try (Running seed = get(torrent, folder, "--output", "mine", "--seed")) {
            get(torrent, target(), "--output", "theirs", "--peer", seed.peer()).ends(0);
        }
        assertEquals(List.of("theirs/a/one.bin", "theirs/two.bin"), inTarget());
        assertSame(folder.resolve("mine/a/one.bin"), target().resolve("theirs/a/one.bin"));
    }

    @Test
    void aMagnetWithAPeerIsEnough() throws Exception {
        Path model = model();
        Path torrent = create(model);
        Running magnet = new Running("torrent", "magnet", torrent).ends(0);
        try (Running seed = get(torrent, folder.resolve("have"), "--seed")) {
            get(magnet.out.toString().strip() + "&x.pe=" + seed.peer(), target())
                    .ends(0);
            Matcher hashes = Pattern.compile("urn:bt(?:ih:|mh:1220)([0-9a-f]+)").matcher(magnet.out.toString());
            while (hashes.find()) {
                Path where = folder.resolve(hashes.group(1));
                get(hashes.group(1), where, "--peer", seed.peer()).ends(0);
                assertSame(model, where.resolve("model.bin"));
            }
        }
        assertSame(model, target().resolve("model.bin"));
    }

    @Test
    void aWebServerThatTheUserNamesSendsAndIsNamed() throws Exception {
        Path model = model();
        Path torrent = create(model);
        try (HubStub hub = HubStub.builder().start()) {
            hub.put(StubRepo.of(StubRepo.Type.MODEL, "org/model")
                    .xet("model.bin", StubContent.of(model))
                    .build());
            String server = hub.endpoint();
            Running got = get(torrent, target(), "--web-seed", server + "/org/model/resolve/main/model.bin")
                    .ends(0);
            for (String part : List.of(
                    "\"bytes_from_peers\":0,\"bytes_from_web\":" + SIZE + ",",
                    "\"sources\":[{\"address\":\"" + server + "\",\"client\":\"web server\",\"bytes\":" + SIZE
                            + "}]")) {
                assertTrue(got.out.toString().contains(part), got::toString);
            }
        }
        assertSame(model, target().resolve("model.bin"));
        get(torrent, folder.resolve("other"), "--web-seed", "ftp://host/model.bin")
                .ends(2);
    }

    @Test
    void someFilesMayBeSelected() throws Exception {
        Path source = folder.resolve("have/data");
        SeededBytes.write(source.resolve("a/one.bin"), 1, 100_000);
        SeededBytes.write(source.resolve("a/two.bin"), 2, 50_000);
        SeededBytes.write(source.resolve("b.bin"), 3, 200_000);
        Path torrent = create(source, "--v1", "--piece-length", "16KiB");
        try (Running seed = get(torrent, folder.resolve("have"), "--seed")) {
            get(torrent, target(), "--peer", seed.peer(), "--select", "a").ends(0);
            assertEquals(List.of(".data.unwanted", "data/a/one.bin", "data/a/two.bin"), inTarget());
            assertSame(source.resolve("a/two.bin"), target().resolve("data/a/two.bin"));
            Running more = get(torrent, target(), "--peer", seed.peer()).ends(1);
            assertTrue(more.err.toString().contains("Move it into"), more::toString);
            Running none = get(torrent, target(), "--select", "a/tw").ends(3);
            assertTrue(none.err.toString().contains("has no file or folder a/tw"), none::toString);
        }
    }

    @Test
    void whatTheUserHasByThatNameIsNeverWrittenToAndCanBeMended() throws Exception {
        Path model = model();
        Path torrent = create(model, "--piece-length", "16KiB");
        Path mine = target().resolve("model.bin");
        Files.createDirectories(target());
        byte[] bytes = Files.readAllBytes(model);
        bytes[100_000]++;
        Files.write(mine, bytes);
        try (Running seed = get(torrent, folder.resolve("have"), "--seed")) {
            for (String option : new String[] {"--quiet", "--seed"}) {
                Running refused =
                        get(torrent, target(), "--peer", seed.peer(), option).ends(5);
                assertTrue(refused.err.toString().contains("Move it into " + mine + ".part"), refused::toString);
                assertArrayEquals(bytes, Files.readAllBytes(mine));
            }
            Path part = Files.createDirectory(target().resolve("model.bin.part"));
            Files.move(mine, part.resolve("model.bin"));
            Running mended = get(torrent, target(), "--peer", seed.peer()).ends(0);
            assertTrue(mended.out.toString().contains("\"bytes_from_peers\":16384,"), mended::toString);
        }
        assertSame(model, mine);
        assertEquals(List.of("model.bin"), inTarget());
    }

    @Test
    void aPartIsLockedAndKeptWhenInterrupted() throws Exception {
        Path torrent = create(model());
        try (Running first = get(torrent, target())) {
            first.await(Pattern.compile("names no tracker"));
            Running second = get(torrent, target()).ends(1);
            assertTrue(second.err.toString().contains("Another hubswarm"), second::toString);
            first.interrupt();
            assertTrue(first.err.toString().contains("goes on from here"), first::toString);
        }
        assertTrue(Files.exists(target().resolve("model.bin.part")));
        assertFalse(Files.exists(target().resolve("model.bin")));
    }

    @Test
    void seedingEndsAtItsGoal() throws Exception {
        Path model = model();
        Path torrent = create(model);
        try (Running seed = get(torrent, folder.resolve("have"), "--seed=1.0")) {
            get(torrent, target(), "--peer", seed.peer()).ends(0);
            seed.ends(0);
        }
        get(torrent, target(), "--seed=0s").ends(0);
        assertSame(model, target().resolve("model.bin"));
    }

    @Test
    void aPrivateTorrentHasItsOwnTrackersAlone() throws Exception {
        Path torrent = create(model(), "--private");
        Running refused =
                get(torrent, target(), "--tracker", "http://127.0.0.1:1").ends(4);
        assertTrue(refused.err.toString().contains("is private"), refused::toString);
    }

    @Test
    void nothingAtAllIsSoonThere() throws Exception {
        Path torrent = create(
                Files.createFile(Files.createDirectory(folder.resolve("have")).resolve("empty")));
        get(torrent, target()).ends(0);
        assertEquals(List.of("empty"), inTarget());
    }

    @Test
    void whatIsNoTorrentIsSaidToBeNone() throws Exception {
        Running link = get("magnet:?xt=urn:btih:abc", target()).ends(1);
        assertTrue(link.err.toString().contains("magnet link cannot be used"), link::toString);
        Running web = get("https://host.invalid/a.torrent", target()).ends(2);
        assertTrue(web.err.toString().contains("curl -fsSL 'https://host.invalid/a.torrent' |"), web::toString);
        get(model(), target()).ends(1);
        get(folder.resolve("gone.torrent"), target()).ends(3);
        assertFalse(Files.exists(target()));
    }
}
