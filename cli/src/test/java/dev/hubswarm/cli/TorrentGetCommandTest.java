package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        get(torrent, target(), "-o", "new/").ends(2);
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
    void webServersAloneAreNotEnoughForAMagnet() throws Exception {
        String magnet = "magnet:?xt=urn:btih:" + "0123456789".repeat(4);
        Running named =
                get(magnet, target(), "--web-seed", "http://127.0.0.1:1/").ends(1);
        assertTrue(named.err.toString().contains("only web servers"), named::toString);
        get(magnet + "&ws=http%3A%2F%2Fweb.invalid%2F", target()).ends(1);
        assertFalse(Files.exists(target()));
    }

    /** A web server on loopback that answers everything alike. */
    private static HttpServer serve(HttpHandler answer) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", answer);
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String url(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/model.bin";
    }

    /** The body is all zeros. */
    @ParameterizedTest
    @CsvSource({
        "403, -, 5, it answered 403",
        "404, -, 5, it answered 404",
        "416, -, 5, it answered 416",
        "200, -, 300001, 'its file has 300001 bytes, not 300000'",
        "200, gzip, 300000, it sends the file packed (gzip)",
        "200, -, 300000, it sent wrong bytes"
    })
    void aWebServerThatIsOfNoUseIsTheEndIfThereIsNobodyElse(int status, String encoding, int length, String why)
            throws Exception {
        Path torrent = create(model());
        HttpServer server = serve(exchange -> {
            if (!encoding.equals("-")) exchange.getResponseHeaders().set("Content-Encoding", encoding);
            answer(exchange, status, new byte[length]);
        });
        try (Running seed = get(torrent, folder.resolve("have"), "--seed")) {
            Running failed = get(torrent, target(), "--web-seed", url(server)).ends(1);
            assertTrue(
                    failed.err.toString().contains("There is nobody left to fetch model.bin from."), failed::toString);
            assertTrue(failed.err.toString().contains(why), failed::toString);
            get(torrent, target(), "--web-seed", url(server), "--peer", seed.peer())
                    .ends(0);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aWebServerThatKnowsNoRangesIsEnoughAlsoToGoOn() throws Exception {
        Path model = model();
        byte[] bytes = Files.readAllBytes(model);
        Path torrent = create(model, "--piece-length", "16KiB");
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = serve(exchange -> {
            asked.incrementAndGet();
            answer(exchange, 200, bytes);
        });
        try {
            Path first = folder.resolve("first");
            get(torrent, first, "--web-seed", url(server)).ends(0);
            assertSame(model, first.resolve("model.bin"));
            assertEquals(1, asked.get());
            Path part = Files.createDirectories(target().resolve("model.bin.part"));
            Files.write(part.resolve("model.bin"), Arrays.copyOf(bytes, 200_000));
            Running rest = get(torrent, target(), "--web-seed", url(server)).ends(0);
            long missing = SIZE - 200_000 / (16 << 10) * (16 << 10);
            assertTrue(rest.out.toString().contains("\"bytes_from_web\":" + missing + ","), rest::toString);
            assertSame(model, target().resolve("model.bin"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aWebServerMayRedirectToAnother() throws Exception {
        Path model = model();
        Path torrent = create(model);
        byte[] bytes = Files.readAllBytes(model);
        HttpServer there = serve(exchange -> answer(exchange, 200, bytes));
        HttpServer here = serve(exchange -> {
            exchange.getResponseHeaders().set("Location", url(there).replace("127.0.0.1", "localhost"));
            answer(exchange, 302, new byte[3]);
        });
        try {
            get(torrent, target(), "--web-seed", url(here)).ends(0);
        } finally {
            here.stop(0);
            there.stop(0);
        }
        assertSame(model, target().resolve("model.bin"));
    }

    @Test
    void aPeerThatIsNotKnownHereIsLeftOut() throws Exception {
        Path model = model();
        Path torrent = create(model);
        String unknown = "--peer=somebody.invalid:6881";
        Running alone = get(torrent, target(), unknown).ends(1);
        assertTrue(alone.err.toString().contains("There is nobody to fetch model.bin from"), alone::toString);
        assertTrue(alone.out.toString().contains("names the host somebody.invalid,"), alone::toString);
        try (Running seed = get(torrent, folder.resolve("have"), "--seed", unknown)) {
            Running want =
                    get(torrent, target(), unknown, "--peer", seed.peer()).ends(0);
            assertTrue(want.out.toString().contains("names the host somebody.invalid,"), want::toString);
        }
        assertSame(model, target().resolve("model.bin"));
        // What is there needs nobody.
        get(torrent, target(), unknown).ends(0);
        get(torrent, target(), "--peer=host:0").ends(2);
        get(torrent, target(), "--peer=host").ends(2);
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
        get("", target()).ends(2);
        get(model(), target()).ends(1);
        Running empty =
                get(Files.createFile(folder.resolve("empty.torrent")), target()).ends(1);
        assertTrue(
                empty.err.toString().contains("empty.torrent is not a torrent we can use: it is empty."),
                empty::toString);
        get(folder.resolve("gone.torrent"), target()).ends(3);
        assertFalse(Files.exists(target()));
    }
}
