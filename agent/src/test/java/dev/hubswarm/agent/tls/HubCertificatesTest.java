package dev.hubswarm.agent.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(LeakCheck.class)
final class HubCertificatesTest {
    private static final PublicRoots PUBLIC = new PublicRoots(List.of());
    private static final HubHosts HOSTS = new HubHosts(URI.create("https://huggingface.co"));

    /** A clock that the test moves. */
    private static final class Hands extends Clock {
        private Instant now = Instant.now();

        void move(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @TempDir
    Path home;

    private final Hands clock = new Hands();
    private CaFolder ca = CaFolder.in(Path.of(""));
    private HubCertificates certificates = new HubCertificates(ca, HOSTS, clock);

    @BeforeEach
    void open() throws Exception {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        ca = CaFolder.in(home);
        certificates = new HubCertificates(ca, HOSTS, clock);
    }

    private LocalAuthority prepare() throws Exception {
        return ca.prepare(HOSTS.domains(), PUBLIC, clock.instant()).authority();
    }

    @Test
    void withoutAnAuthorityNobodyIsIntercepted() throws Exception {
        assertNull(certificates.contextFor("huggingface.co"));
        assertTrue(Files.notExists(ca.path()), "asking makes none");
        prepare();
        assertNotNull(certificates.contextFor("huggingface.co"), "one that is made later counts at once");
        Files.delete(ca.authorityFile());
        assertNull(certificates.contextFor("huggingface.co"));
    }

    static String[] others() {
        return HubHostsTest.others();
    }

    @ParameterizedTest
    @MethodSource("others")
    void othersAreNotInterceptedWhateverTheyAreCalled(String host) throws Exception {
        prepare();
        assertNull(certificates.contextFor(host));
    }

    @Test
    void aHubThatTheAuthorityMayNotSpeakForPasses() throws Exception {
        prepare();
        HubHosts mirror = new HubHosts(URI.create("https://hub.example.org"));
        HubCertificates other = new HubCertificates(ca, mirror, clock);
        assertNull(other.contextFor("hub.example.org"));
        ca.prepare(mirror.domains(), PUBLIC, clock.instant());
        assertNotNull(other.contextFor("hub.example.org"));
    }

    @Test
    void oneIsKeptForEachHostAndRenewedInTime() throws Exception {
        prepare();
        SslContext first = certificates.contextFor("huggingface.co");
        assertSame(first, certificates.contextFor("HUGGINGFACE.CO."));
        assertNotSame(first, certificates.contextFor("hf.co"));
        clock.move(Duration.ofDays(2));
        assertSame(first, certificates.contextFor("huggingface.co"));
        clock.move(Duration.ofDays(1));
        assertNotSame(first, certificates.contextFor("huggingface.co"));
    }

    @Test
    void manyHostsDoNotFillTheMemory() throws Exception {
        prepare();
        SslContext first = certificates.contextFor("huggingface.co");
        for (int i = 0; i < 63; i++) certificates.contextFor("h" + i + ".cdn.hf.co");
        assertSame(first, certificates.contextFor("huggingface.co"), "what is used stays");
        for (int i = 0; i < 64; i++) certificates.contextFor("g" + i + ".cdn.hf.co");
        assertNotSame(first, certificates.contextFor("huggingface.co"));
    }

    @Test
    void anAuthorityThatIsOverOrUnsafeOrDamagedLetsConnectionsPass() throws Exception {
        prepare();
        clock.move(Duration.ofDays(396));
        assertNull(certificates.contextFor("huggingface.co"));
        clock.move(Duration.ofDays(-400));
        assertNull(certificates.contextFor("huggingface.co"), "the clock is before its time");
        clock.move(Duration.ofDays(4));
        assertNotNull(certificates.contextFor("huggingface.co"));
        Files.setPosixFilePermissions(ca.authorityFile(), PosixFilePermissions.fromString("rw-r--r--"));
        assertNull(certificates.contextFor("huggingface.co"));
        ca.renew(HOSTS.domains(), PUBLIC, clock.instant());
        assertNotNull(certificates.contextFor("huggingface.co"));
        Files.writeString(ca.authorityFile(), "half");
        assertNull(certificates.contextFor("huggingface.co"));
    }

    @Test
    void nearItsEndTheLastCertificateServes() throws Exception {
        LocalAuthority authority = prepare();
        clock.move(Duration.between(clock.instant(), authority.validUntil()).minus(Duration.ofHours(1)));
        SslContext last = certificates.contextFor("huggingface.co");
        assertNotNull(last);
        assertSame(last, certificates.contextFor("huggingface.co"));
    }

    @Test
    void javaSpeaksWithItInTheHubsName() throws Exception {
        LocalAuthority authority = prepare();
        Set<String> protocols = new HashSet<>();
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            try (TlsServer server = new TlsServer(context("huggingface.co"));
                    SSLSocket client = connect(authority.root(), server.port(), "huggingface.co", version)) {
                client.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: huggingface.co\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertTrue(answer.startsWith("HTTP/1.1 200") && answer.endsWith("hello"), answer);
                assertEquals("http/1.1", client.getApplicationProtocol(), "not the h2 that was offered first");
                protocols.add(client.getSession().getProtocol());
            }
        }
        assertEquals(Set.of("TLSv1.2", "TLSv1.3"), protocols);
    }

    @Test
    void javaRefusesItForAnotherHostAndWithoutOurRoot() throws Exception {
        LocalAuthority authority = prepare();
        X509Certificate stranger = Certificates.authority(Instant.now()).root();
        try (TlsServer server = new TlsServer(context("huggingface.co"))) {
            for (String host : List.of("hf.co", "example.org"))
                assertThrows(SSLException.class, () -> connect(authority.root(), server.port(), host, "TLSv1.3"));
            assertThrows(SSLException.class, () -> connect(stranger, server.port(), "huggingface.co", "TLSv1.3"));
        }
    }

    /** Their bundle has the old root; whoever begins now trusts both. */
    @Test
    void programsThatRunTrustOnWhenItIsMadeAnewByItself() throws Exception {
        X509Certificate old = prepare().root();
        CaFolder.Prepared next =
                ca.prepare(new HubHosts(URI.create("https://hub.example.org")).domains(), PUBLIC, clock.instant());
        X509Certificate fresh = next.authority().root();
        assertNotEquals(old, fresh);
        assertEquals(List.of(fresh, old), ours(next));
        try (TlsServer server = new TlsServer(context("huggingface.co"))) {
            connect(old, server.port(), "huggingface.co", "TLSv1.3").close();
        }
        clock.move(Duration.ofHours(25));
        try (TlsServer server = new TlsServer(context("huggingface.co"))) {
            connect(fresh, server.port(), "huggingface.co", "TLSv1.3").close();
            assertThrows(SSLException.class, () -> connect(old, server.port(), "huggingface.co", "TLSv1.3"));
        }
        assertEquals(List.of(fresh), ours(ca.prepare(HOSTS.domains(), PUBLIC, clock.instant())));
    }

    /** After a theft nobody shall trust the old one for another moment. */
    @Test
    void oneThatIsRenewedSpeaksNoMore() throws Exception {
        prepare();
        ca.prepare(new HubHosts(URI.create("https://hub.example.org")).domains(), PUBLIC, clock.instant());
        CaFolder.Prepared next = ca.renew(HOSTS.domains(), PUBLIC, clock.instant());
        assertEquals(List.of(next.authority().root()), ours(next));
        try (TlsServer server = new TlsServer(context("huggingface.co"))) {
            connect(next.authority().root(), server.port(), "huggingface.co", "TLSv1.3")
                    .close();
        }
    }

    /** Ours come first in a bundle. */
    private static List<Certificate> ours(CaFolder.Prepared prepared) throws Exception {
        try (InputStream in = Files.newInputStream(prepared.files().bundle())) {
            List<Certificate> all =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            return all.subList(0, all.size() - PUBLIC.read().size());
        }
    }

    private SslContext context(String host) {
        return java.util.Objects.requireNonNull(certificates.contextFor(host));
    }

    private static SSLSocket connect(X509Certificate root, int port, String host, String version) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("root", root);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        parameters.setProtocols(new String[] {version});
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
