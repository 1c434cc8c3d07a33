package dev.hubswarm.agent.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.proxy.ProxyConfig;
import dev.hubswarm.agent.proxy.ProxyParts;
import dev.hubswarm.agent.proxy.ProxyServer;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.testkit.LeakCheck;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A Hub that cannot prove who it is gets no request, and its client is told (reliability.md T23, S23). */
@ExtendWith(LeakCheck.class)
final class UpstreamTrustTest {
    private static final String TOKEN = "hf_canary";

    @TempDir
    Path home;

    private final Instant now = Instant.now();
    private final LocalAuthority company =
            LocalAuthority.make(Set.of("localhost", "example.org"), now, new SecureRandom());
    private Path trusted = Path.of("");

    @BeforeEach
    void trust() throws Exception {
        trusted = Files.writeString(home.resolve("company.pem"), company.rootPem());
    }

    private record Said(int status, String text) {}

    private Said ask(int port) throws Exception {
        Path folder = Files.createTempDirectory(home, "proxy");
        Duration patience = Duration.ofSeconds(5);
        OriginConfig config = new OriginConfig(
                URI.create("https://localhost:" + port),
                null,
                ProxyRules.NONE,
                trusted,
                false,
                "test",
                patience,
                patience,
                0);
        HubCache cache = new HubCache(folder.resolve("cache"), folder.resolve("resume"), true);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Random random = new Random(1);
        try (HubOrigin hub = new HubOrigin(config, new RateBudget(random), random);
                ProxyServer proxy = ProxyServer.start(
                        new ProxyConfig(any, List.of(), null),
                        ProxyParts.of(
                                folder,
                                hub,
                                cache,
                                (file, location, token, from, to) ->
                                        CompletableFuture.completedFuture(Optional.empty()),
                                null))) {
            URI uri = URI.create("http://127.0.0.1:" + proxy.address().getPort() + "/api/models/org/model");
            HttpURLConnection asked = (HttpURLConnection) uri.toURL().openConnection();
            asked.setRequestProperty("Authorization", "Bearer " + TOKEN);
            asked.setRequestProperty("Connection", "close");
            int status = asked.getResponseCode();
            try (InputStream in = status < 400 ? asked.getInputStream() : asked.getErrorStream()) {
                return new Said(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    private Said ask(LocalAuthority signer, String host, Instant when) throws Exception {
        X509Certificate certificate = Certificates.host(signer, host, when);
        SslContext context = SslContextBuilder.forServer(
                        Certificates.HOST_KEYS.getPrivate(), certificate, signer.issuer())
                .build();
        try (TlsServer server = new TlsServer(context)) {
            return ask(server.port());
        }
    }

    private static void assertRefused(Said said) {
        assertEquals(502, said.status());
        assertTrue(said.text().contains("the connection is not secure"), said::text);
    }

    @Test
    void theRightOneIsBelieved() throws Exception {
        assertEquals(new Said(200, "hello"), ask(company, "localhost", now));
    }

    @Test
    void oneThatNobodyVouchesForIsRefused() throws Exception {
        assertRefused(ask(LocalAuthority.make(Set.of("localhost"), now, new SecureRandom()), "localhost", now));
    }

    @Test
    void oneThatIsOverIsRefused() throws Exception {
        LocalAuthority old =
                LocalAuthority.make(Set.of("localhost"), now.minus(Duration.ofDays(100)), new SecureRandom());
        Files.writeString(trusted, old.rootPem());
        assertRefused(ask(old, "localhost", now.minus(Duration.ofDays(50))));
        assertEquals(200, ask(old, "localhost", now).status(), "only for its date");
    }

    @Test
    void oneOfAnotherHostIsRefused() throws Exception {
        for (String host : List.of("example.org", "localhost.example.org", "*.localhost", "a.localhost"))
            assertRefused(ask(company, host, now));
    }

    /** Its root, trusted as it is, allows it other names alone. */
    @Test
    void anIssuerThatMayNotSpeakForItIsRefused() throws Exception {
        LocalAuthority others = LocalAuthority.make(Set.of("example.org"), now, new SecureRandom());
        Files.writeString(trusted, others.rootPem());
        assertRefused(ask(others, "localhost", now));
    }

    /** A server that knows nothing newer (RFC 8996). */
    @Test
    void oldTlsIsRefused() throws Exception {
        for (int version : new int[] {0, 1, 2}) {
            ServerSocket old = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
            Thread serving = new Thread(() -> answer(old, version));
            serving.start();
            try {
                assertRefused(ask(old.getLocalPort()));
            } finally {
                old.close();
                serving.join();
            }
        }
    }

    private static void answer(ServerSocket server, int version) {
        while (true) {
            try (Socket client = server.accept()) {
                InputStream in = client.getInputStream();
                byte[] head = in.readNBytes(5);
                byte[] hello = in.readNBytes(ByteBuffer.wrap(head).getShort(3) & 0xffff);
                assertTrue(!new String(hello, StandardCharsets.ISO_8859_1).contains(TOKEN));
                ByteBuffer answer = ByteBuffer.allocate(5 + 4 + 38);
                answer.put((byte) 22).put((byte) 3).put((byte) version).putShort((short) 42);
                answer.put((byte) 2).put((byte) 0).putShort((short) 38);
                answer.put((byte) 3).put((byte) version).put(new byte[32]).put((byte) 0);
                answer.putShort((short) 0x2f).put((byte) 0);
                client.getOutputStream().write(answer.array());
                in.readAllBytes();
            } catch (IOException e) {
                if (server.isClosed()) return;
            }
        }
    }
}
