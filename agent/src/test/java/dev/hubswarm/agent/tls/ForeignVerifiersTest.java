package dev.hubswarm.agent.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What programs other than Java say of our certificates: openssl, Python and curl, which this needs (reliability.md S22).
 * It is here, and not among the tests of the finished program, since that signs for no foreign host.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class ForeignVerifiersTest {
    private static final List<String> OURS =
            List.of("huggingface.co", "hf.co", "cdn-lfs.huggingface.co", "us.aws.cdn.hf.co", "cas-bridge.xethub.hf.co");

    private static final String PYTHON_CALL = """
            import socket, ssl, sys
            root, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
            context = ssl.create_default_context(cafile=root)
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            try:
                with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=host) as tls:
                    tls.sendall(b"GET / HTTP/1.1\\r\\nHost: " + host.encode() + b"\\r\\n\\r\\n")
                    sys.exit(0 if b"hello" in b"".join(iter(lambda: tls.recv(4096), b"")) else 2)
            except ssl.SSLCertVerificationError as e:
                print(e)
                sys.exit(60)
            """;

    private final Instant now = Instant.now();
    private final LocalAuthority authority = Certificates.authority(now);

    @TempDir
    Path folder;

    private Path root = Path.of("");
    private Path issuer = Path.of("");

    @BeforeEach
    void write() throws Exception {
        root = Files.writeString(folder.resolve("root.pem"), authority.rootPem());
        issuer = Files.writeString(folder.resolve("issuer.pem"), LocalAuthority.pem(authority.issuer()));
    }

    private int run(String... command) throws Exception {
        ProcessBuilder program = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(folder.resolve("said").toFile());
        program.environment()
                .keySet()
                .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        Process process = program.start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> List.of(command) + " does not end");
        return process.exitValue();
    }

    private String said() throws Exception {
        return Files.readString(folder.resolve("said"));
    }

    private boolean opensslAccepts(X509Certificate certificate, String... more) throws Exception {
        Path file = Files.writeString(folder.resolve("host.pem"), LocalAuthority.pem(certificate));
        List<String> command = new ArrayList<>(List.of("openssl", "verify", "-x509_strict", "-purpose", "sslserver"));
        command.addAll(List.of("-no-CApath", "-no-CAstore", "-CAfile", root.toString(), "-untrusted"));
        command.add(issuer.toString());
        command.addAll(List.of(more));
        command.add(file.toString());
        int exit = run(command.toArray(String[]::new));
        assertTrue(exit == 0 || exit == 2, this.folder + said());
        return exit == 0;
    }

    @Test
    void opensslBelievesItOfTheHubAlone() throws Exception {
        for (String host : OURS)
            assertTrue(opensslAccepts(Certificates.host(authority, host, now), "-verify_hostname", host), () -> host);
        int refused = 0;
        for (String host : Certificates.FOREIGN) {
            if (!opensslAccepts(Certificates.host(authority, host, now))) refused++;
            else throw new AssertionError("accepted " + host);
        }
        assertEquals(20, refused);
    }

    @Test
    void opensslLooksAtTimesAndPurpose() throws Exception {
        X509Certificate certificate = Certificates.host(authority, "hf.co", now);
        for (Duration distance : List.of(Duration.ofDays(-3), Duration.ofDays(6), Duration.ofDays(400))) {
            String then = Long.toString(now.plus(distance).getEpochSecond());
            assertTrue(!opensslAccepts(certificate, "-attime", then), distance::toString);
        }
        assertTrue(opensslAccepts(certificate));
        assertTrue(!opensslAccepts(certificate, "-purpose", "sslclient"));
        assertTrue(!opensslAccepts(certificate, "-verify_hostname", "huggingface.co"));
    }

    private int python(String host, int port) throws Exception {
        return run("python3", "-c", PYTHON_CALL, root.toString(), host, Integer.toString(port));
    }

    private int curl(String host, int port) throws Exception {
        String address = host + ":" + port;
        return run(
                "curl",
                "-sS",
                "--cacert",
                root.toString(),
                "--connect-to",
                address + ":127.0.0.1:" + port,
                "https://" + address + "/");
    }

    private TlsServer server(String host) throws Exception {
        SslContext context = SslContextBuilder.forServer(
                        Certificates.HOST_KEYS.getPrivate(),
                        Certificates.host(authority, host, now),
                        authority.issuer())
                .sslProvider(SslProvider.JDK)
                .build();
        return new TlsServer(context);
    }

    @Test
    void pythonAndCurlSpeakWithIt() throws Exception {
        for (String host : OURS) {
            try (TlsServer server = server(host)) {
                assertEquals(0, python(host, server.port()), this::words);
                assertEquals(0, curl(host, server.port()), this::words);
                assertEquals("hello", said());
            }
        }
    }

    @Test
    void pythonAndCurlBelieveAStolenKeyNothingElse() throws Exception {
        for (String host : Certificates.FOREIGN) {
            // Nobody calls hosts with a star in the name; a certificate with one serves those below it.
            String called = host.replace("*", "www");
            try (TlsServer server = server(host)) {
                assertEquals(60, python(called, server.port()), () -> host + words());
                assertEquals(60, curl(called, server.port()), () -> host + words());
            }
        }
    }

    /** As a thief would: with openssl, and with what no certificate of ours ever holds. */
    @Test
    void aStolenKeyIsWorthNothingForAddressesAndMixtures() throws Exception {
        String pem = authority.toPem();
        Path stolen = Files.writeString(folder.resolve("stolen.pem"), pem.substring(0, pem.indexOf("-----BEGIN CERT")));
        Path request = folder.resolve("request.pem");
        String key = folder.resolve("thief.key").toString();
        assertEquals(
                0,
                run(
                        "openssl",
                        "req",
                        "-new",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-subj",
                        "/CN=huggingface.co",
                        "-keyout",
                        key,
                        "-out",
                        request.toString()),
                this::words);
        for (String names : List.of(
                "IP:127.0.0.1",
                "IP:8.8.8.8",
                "IP:::1",
                "DNS:huggingface.co,IP:10.0.0.1",
                "DNS:hf.co,DNS:example.org")) {
            Path rules = Files.writeString(folder.resolve("rules"), "subjectAltName=" + names + "\n");
            Path made = folder.resolve("made.pem");
            assertEquals(
                    0,
                    run(
                            "openssl",
                            "x509",
                            "-req",
                            "-days",
                            "2",
                            "-in",
                            request.toString(),
                            "-CA",
                            issuer.toString(),
                            "-CAkey",
                            stolen.toString(),
                            "-extfile",
                            rules.toString(),
                            "-out",
                            made.toString()),
                    this::words);
            X509Certificate certificate;
            try (InputStream in = Files.newInputStream(made)) {
                certificate = (X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(in);
            }
            assertTrue(!opensslAccepts(certificate), names);
            Instant later = Instant.now().plus(Duration.ofHours(1));
            assertTrue(!Certificates.holds(authority.root(), later, certificate, authority.issuer()), names);
        }
    }

    private String words() {
        try {
            return said();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
