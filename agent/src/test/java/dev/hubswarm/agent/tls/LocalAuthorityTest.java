package dev.hubswarm.agent.tls;

import static dev.hubswarm.agent.tls.Certificates.HOST_KEYS;
import static dev.hubswarm.agent.tls.Certificates.RANDOM;
import static dev.hubswarm.agent.tls.Certificates.holds;
import static dev.hubswarm.agent.tls.Certificates.host;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LocalAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final LocalAuthority AUTHORITY = Certificates.authority(NOW);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "huggingface.co",
                "hf.co",
                "cas-bridge.xethub.hf.co",
                "a-name-of-more-than-the-64-characters-that-a-common-name-may-have.cdn.hf.co"
            })
    void javaBelievesItOfTheHubsHosts(String name) throws Exception {
        X509Certificate certificate = host(AUTHORITY, name, NOW);
        assertTrue(holds(AUTHORITY.root(), NOW, certificate, AUTHORITY.issuer()));
        assertEquals(List.of(List.of(2, name)), List.copyOf(certificate.getSubjectAlternativeNames()));
    }

    static List<String> foreign() {
        return Certificates.FOREIGN;
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void whoStealsTheKeyCanBeNobodyElse(String name) throws Exception {
        assertFalse(holds(AUTHORITY.root(), NOW, host(AUTHORITY, name, NOW), AUTHORITY.issuer()));
    }

    @Test
    void anotherHubIsBelievedIfItWasNamed() throws Exception {
        LocalAuthority other = LocalAuthority.make(Set.of("huggingface.co", "hub.example.org"), NOW, RANDOM);
        assertTrue(holds(other.root(), NOW, host(other, "hub.example.org", NOW), other.issuer()));
        assertFalse(holds(other.root(), NOW, host(other, "example.org", NOW), other.issuer()));
        assertEquals(Set.of("huggingface.co", "hub.example.org"), other.hosts());
    }

    @Test
    void nothingIsBelievedBeforeItsTimeOrAfter() throws Exception {
        X509Certificate certificate = host(AUTHORITY, "hf.co", NOW);
        for (Duration distance : List.of(Duration.ofDays(-3), Duration.ofDays(6), Duration.ofDays(400))) {
            Instant then = NOW.plus(distance);
            assertFalse(holds(AUTHORITY.root(), then, certificate, AUTHORITY.issuer()), distance.toString());
        }
        assertTrue(holds(AUTHORITY.root(), NOW.minus(Duration.ofDays(1)), certificate, AUTHORITY.issuer()));
        assertFalse(AUTHORITY.isValid(NOW.minus(Duration.ofDays(3))));
        assertFalse(AUTHORITY.isValid(NOW.plus(Duration.ofDays(396))));
    }

    @Test
    void lifetimesAreAsShortAsPromised() {
        X509Certificate certificate = host(AUTHORITY, "hf.co", NOW);
        assertEquals(Duration.ofDays(7), lifetime(certificate));
        assertEquals(Duration.ofDays(397), lifetime(AUTHORITY.issuer()));
        assertEquals(Duration.ofDays(397), lifetime(AUTHORITY.root()));
        Instant late = AUTHORITY.validUntil().minus(Duration.ofHours(1));
        assertEquals(
                AUTHORITY.validUntil(),
                host(AUTHORITY, "hf.co", late).getNotAfter().toInstant(),
                "no certificate outlives its issuer");
    }

    private static Duration lifetime(X509Certificate certificate) {
        return Duration.between(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    @Test
    void theIssuerMakesNoAuthoritiesAndIsForServersAlone() throws Exception {
        CertificateMaker maker = new CertificateMaker(RANDOM);
        KeyPair rootKeys = maker.keys();
        Instant to = NOW.plus(Duration.ofDays(1));
        X509Certificate root = maker.root(rootKeys, Certificates.HOSTS, NOW, to);
        KeyPair keys = maker.keys();
        X509Certificate issuer = maker.issuer(keys, root, rootKeys.getPrivate(), Certificates.HOSTS, NOW, to);
        KeyPair nextKeys = maker.keys();
        X509Certificate next = maker.issuer(nextKeys, issuer, keys.getPrivate(), Certificates.HOSTS, NOW, to);
        X509Certificate below = maker.host("hf.co", HOST_KEYS.getPublic(), next, nextKeys.getPrivate(), NOW, to);
        assertFalse(holds(root, NOW, below, next, issuer), "the issuer is the last authority");
        assertEquals(0, issuer.getBasicConstraints());
        assertEquals(1, root.getBasicConstraints());
        X509Certificate leaf = maker.host("hf.co", HOST_KEYS.getPublic(), issuer, keys.getPrivate(), NOW, to);
        assertEquals(-1, leaf.getBasicConstraints(), "a host is no authority");
        for (X509Certificate certificate : List.of(issuer, leaf))
            assertEquals(List.of("1.3.6.1.5.5.7.3.1"), certificate.getExtendedKeyUsage());
        assertEquals(Set.of("2.5.29.15", "2.5.29.19", "2.5.29.30"), issuer.getCriticalExtensionOIDs());
        assertNull(leaf.getExtensionValue("2.5.29.14"), "SChannel stumbles over it");
        for (X509Certificate authority : List.of(root, issuer)) {
            boolean[] usage = authority.getKeyUsage();
            assertTrue(usage[5] && !usage[0], "it signs certificates and nothing else");
        }
    }

    @Test
    void theRootsKeyIsNowhere() throws Exception {
        assertEquals(2, AUTHORITY.toPem().split("BEGIN PRIVATE KEY", -1).length, "the issuer's");
        LocalAuthority again = LocalAuthority.parse(AUTHORITY.toPem());
        assertFalse(
                holds(
                        again.root(),
                        NOW,
                        new CertificateMaker(RANDOM)
                                .host("hf.co", HOST_KEYS.getPublic(), again.root(), HOST_KEYS.getPrivate(), NOW, NOW)),
                "what is kept cannot sign in the root's name");
    }

    @Test
    void itIsReadBackAndEachIsAnother() throws Exception {
        LocalAuthority again = LocalAuthority.parse(AUTHORITY.toPem());
        assertArrayEquals(AUTHORITY.root().getEncoded(), again.root().getEncoded());
        assertEquals(AUTHORITY.fingerprint(), again.fingerprint());
        assertTrue(holds(AUTHORITY.root(), NOW, host(again, "hf.co", NOW), AUTHORITY.issuer()));
        LocalAuthority other = Certificates.authority(NOW);
        assertNotEquals(AUTHORITY.root().getSubjectX500Principal(), other.root().getSubjectX500Principal());
        assertFalse(holds(other.root(), NOW, host(AUTHORITY, "hf.co", NOW), AUTHORITY.issuer()));
    }

    /** What a broken disk or a hand may leave. */
    @Test
    void partsThatDoNotBelongTogetherAreRefused() {
        String pem = AUTHORITY.toPem();
        String other = Certificates.authority(NOW).toPem();
        int certificates = pem.indexOf("-----BEGIN CERTIFICATE");
        int root = pem.lastIndexOf("-----BEGIN CERTIFICATE");
        List<String> bad = List.of(
                "",
                "\0\0\0\0",
                pem.substring(0, pem.length() / 2),
                pem.substring(0, root),
                pem.substring(certificates),
                pem.substring(0, certificates) + other.substring(certificates),
                pem.substring(0, root) + other.substring(root),
                pem + pem,
                pem.replace('A', 'B'),
                pem.replace("PRIVATE", "PUBLIC"));
        for (String text : bad) assertThrows(IOException.class, () -> LocalAuthority.parse(text), text);
        for (int end = 0; end < pem.length() - 1; end += 7) {
            String half = pem.substring(0, end);
            assertThrows(IOException.class, () -> LocalAuthority.parse(half));
        }
    }

    @Test
    void timesBeyondTheCenturyOfUtcTimeAreWrittenOut() throws Exception {
        Instant late = Instant.parse("2049-12-31T23:59:59Z");
        LocalAuthority authority = Certificates.authority(late);
        assertEquals(late.minus(Duration.ofDays(2)).plus(Duration.ofDays(397)), authority.validUntil());
        assertTrue(holds(authority.root(), late, host(authority, "hf.co", late), authority.issuer()));
    }
}
