package dev.hubswarm.p2pengine.swarm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.p2pengine.store.Sample;
import dev.hubswarm.p2pengine.testing.MemoryStore;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.web.WebLinks;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.testkit.TestTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Web servers on loopback, and real sockets. */
@ExtendWith(LeakCheck.class)
final class WebSeedsTest {
    private static final int PIECE = 64 << 10;
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path temporary;

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final Set<SocketAddress> callers = ConcurrentHashMap.newKeySet();
    private @Nullable HttpServer server;
    private @Nullable Swarm swarm;
    private @Nullable Transfer transfer;
    private @Nullable MemoryStore store;
    private @Nullable WebSeeds seeds;
    private @Nullable Sample sample;

    @BeforeEach
    void aModel() throws Exception {
        Path folder = temporary.resolve("model");
        SeededBytes.write(folder.resolve("a.bin"), 1, 700_000);
        SeededBytes.write(folder.resolve("b.json"), 2, 300);
        SeededBytes.write(folder.resolve("c"), 3, PIECE);
    }

    private Sample sample(TorrentVersion version) throws Exception {
        Sample made = Sample.of(temporary.resolve("model"), version, PIECE);
        for (FileEntry file : made.torrent().files()) {
            int from = (int) file.offset();
            byte[] bytes = Arrays.copyOfRange(made.bytes(), from, from + (int) file.length());
            if (!file.padding()) files.put("/x/model/" + file.displayPath(), bytes);
        }
        sample = made;
        return made;
    }

    private String serve(HttpServer made, String scheme) {
        server = made;
        made.createContext("/", this::answer);
        made.start();
        return scheme + "://localhost:" + made.getAddress().getPort();
    }

    private String serve() throws IOException {
        return serve(HttpServer.create(anyPort(), 0), "http");
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        asked.add(path + " " + range);
        callers.add(exchange.getRemoteAddress());
        // The JDK's server reads several questions at once from TLS, and sees the second when the third has come.
        if (exchange instanceof HttpsExchange) exchange.getResponseHeaders().set("Connection", "close");
        byte[] file = files.get(path);
        try (exchange) {
            if (path.startsWith("/elsewhere")) {
                exchange.getResponseHeaders().set("Location", path.substring("/elsewhere".length()));
                byte[] text = "over there".getBytes(UTF_8);
                exchange.sendResponseHeaders(302, text.length);
                exchange.getResponseBody().write(text);
            } else if (file == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                String[] ends = range.substring("bytes=".length()).split("-", -1);
                int from = Integer.parseInt(ends[0]);
                int to = Integer.parseInt(ends[1]) + 1;
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + file.length);
                exchange.sendResponseHeaders(206, to - from);
                exchange.getResponseBody().write(file, from, to - from);
            }
        }
    }

    private void begin(SwarmConfig config, TlsTrust tls, Scope nearest, String... links) throws Exception {
        Sample of = Objects.requireNonNull(sample);
        Swarm started = Swarm.start(config, "test", new PeerId(1, 1, 1), new Random(1));
        swarm = started;
        inside(() -> {
            Transfer made = new Transfer(
                    started.loop(),
                    of.space(),
                    news -> store = new MemoryStore(started.loop(), of.space(), of.bytes(), true, news),
                    new Random(1));
            transfer = made;
            seeds = new WebSeeds(started, null, made, tls, task -> new Thread(task).start());
            seeds.add(
                    Stream.of(links)
                            .map(link -> WebLinks.of(of.torrent(), link))
                            .toList(),
                    nearest);
            return true;
        });
    }

    private <T> T inside(Callable<T> task) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        Objects.requireNonNull(swarm).loop().execute(() -> {
            try {
                result.complete(task.call());
            } catch (Exception | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void await(BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!inside(condition::getAsBoolean)) {
            if (System.nanoTime() > deadline) throw new TimeoutException("it never came to be so: " + asked);
            LockSupport.parkNanos(500_000);
        }
    }

    private void awaitDone() throws Exception {
        await(() -> transfer != null && transfer.isComplete() && store != null && store.isWhole());
    }

    @AfterEach
    void end() throws Exception {
        Transfer over = transfer;
        if (over != null) {
            inside(() -> {
                over.checkInvariants();
                Objects.requireNonNull(seeds).close();
                over.close(() -> {});
                return true;
            });
            assertEquals(Set.of(), inside(() -> Objects.requireNonNull(seeds).seeds()));
        }
        if (swarm != null) swarm.close();
        if (server != null) server.stop(0);
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void aFolderComesOverOneConnection(TorrentVersion version) throws Exception {
        sample(version);
        String web = serve();
        begin(Member.config(), TlsTrust.ofRuntime(), Scope.LOOPBACK, web + "/x/");
        awaitDone();
        assertEquals(1, callers.size());
        Sample of = Objects.requireNonNull(sample);
        Map<String, Long> received = inside(() -> Objects.requireNonNull(seeds).received());
        assertEquals(Set.of(web), received.keySet());
        long bytes = received.values().iterator().next();
        assertTrue(bytes >= of.torrent().payloadSize() && bytes <= of.bytes().length, bytes + ", with some padding");
        inside(() -> {
            Objects.requireNonNull(seeds).close();
            return true;
        });
        assertEquals(received, inside(() -> Objects.requireNonNull(seeds).received()), "when it has left, too");
        assertTrue(asked.stream().noneMatch(one -> one.contains("pad")), asked::toString);
    }

    @Test
    void redirectsAreFollowed() throws Exception {
        sample(TorrentVersion.V1);
        begin(Member.config(), TlsTrust.ofRuntime(), Scope.LOOPBACK, serve() + "/elsewhere/x/");
        awaitDone();
        // Which is remembered.
        assertEquals(
                1,
                asked.stream()
                        .filter(one -> one.startsWith("/elsewhere/x/model/a.bin"))
                        .count());
    }

    @Test
    void whereThereIsNothingTheNextIsAsked() throws Exception {
        sample(TorrentVersion.V2);
        String web = serve();
        String[] links = {web + "/1/", web + "/2/", web + "/3/", web + "/4/", web + "/5/", web + "/x/"};
        begin(Member.config(), TlsTrust.ofRuntime(), Scope.LOOPBACK, links);
        awaitDone();
        // Whoever was asked for nothing more has not been found out.
        int left = inside(() -> Objects.requireNonNull(seeds).seeds().size());
        assertTrue(left <= 4, () -> left + " at once");
    }

    @Test
    void theCertificateMustBeTrustedAndTheHosts() throws Exception {
        TestTls tls = TestTls.create(temporary, "dns:localhost");
        HttpsServer secure = HttpsServer.create(anyPort(), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
        String web = serve(secure, "https");
        sample(TorrentVersion.V2);
        begin(Member.config(), TlsTrust.of(tls.pem()), Scope.LOOPBACK, web.replace("localhost", "127.0.0.1") + "/x/");
        await(() -> Objects.requireNonNull(transfer).snapshot().sources() == 0);
        assertEquals(List.of(), List.copyOf(asked));
        inside(() -> {
            WebLinks links = WebLinks.of(Objects.requireNonNull(sample).torrent(), web + "/x/");
            Objects.requireNonNull(seeds).add(List.of(Objects.requireNonNull(links)), Scope.LOOPBACK);
            return true;
        });
        awaitDone();
        assertTrue(!asked.isEmpty());
    }

    @Test
    void whoIsNotTrustedIsAskedNothing() throws Exception {
        TestTls tls = TestTls.create(temporary, "dns:localhost");
        HttpsServer secure = HttpsServer.create(anyPort(), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
        sample(TorrentVersion.V2);
        begin(Member.config(), TlsTrust.ofRuntime(), Scope.LOOPBACK, serve(secure, "https") + "/x/");
        await(() -> Objects.requireNonNull(transfer).snapshot().sources() == 0);
        assertEquals(List.of(), List.copyOf(asked));
    }

    /** reliability.md T27. */
    @Test
    void aStrangersTorrentDoesNotLeadToThisMachine() throws Exception {
        sample(TorrentVersion.V2);
        begin(Member.config(), TlsTrust.ofRuntime(), Scope.GLOBAL, serve() + "/x/");
        await(() -> Objects.requireNonNull(seeds).seeds().isEmpty());
        assertEquals(List.of(), List.copyOf(asked));
    }

    @Test
    void limitsCount() throws Exception {
        sample(TorrentVersion.V2);
        long begun = System.nanoTime();
        begin(Member.config().withLimits(0, 500_000), TlsTrust.ofRuntime(), Scope.LOOPBACK, serve() + "/x/");
        awaitDone();
        double seconds = (System.nanoTime() - begun) / 1e9;
        assertTrue(seconds >= 1.45, "taken in " + seconds + " s");
    }
}
