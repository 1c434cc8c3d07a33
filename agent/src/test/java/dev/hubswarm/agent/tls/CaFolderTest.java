package dev.hubswarm.agent.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.tls.CaFolder.Prepared;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CaFolderTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Set<String> HOSTS = Certificates.HOSTS;
    private static final PublicRoots PUBLIC = new PublicRoots(List.of());

    @TempDir
    Path home;

    private Path folder = Path.of("");
    private CaFolder ca = CaFolder.in(folder);

    @BeforeEach
    void open() throws Exception {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        ca = CaFolder.in(home);
        folder = ca.path();
    }

    private Prepared prepare(Instant now) throws Exception {
        return ca.prepare(HOSTS, PUBLIC, now);
    }

    private static Collection<? extends Certificate> certificates(Path file) throws Exception {
        return CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    private static KeyStore javaStore(Path file) throws Exception {
        // As Java does for javax.net.ssl.trustStore where no type and no password are given.
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(new ByteArrayInputStream(Files.readAllBytes(file)), null);
        return store;
    }

    @Test
    void itIsMadeOnceForItsOwnerAlone() throws Exception {
        assertNull(ca.read());
        Prepared first = prepare(NOW);
        Prepared second = prepare(NOW.plus(Duration.ofDays(300)));
        assertEquals(first.authority().fingerprint(), second.authority().fingerprint());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList())
                if (!file.endsWith("lock"))
                    assertEquals(
                            "rw-------",
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                            file.toString());
        }
        assertEquals(
                List.of(first.authority().root()),
                List.copyOf(certificates(first.files().root())));
    }

    @Test
    void bundlesHoldAllThatIsTrustedAnywayAndOurRoot() throws Exception {
        Prepared prepared = prepare(NOW);
        Set<X509Certificate> expected = new HashSet<>(PUBLIC.read());
        assertTrue(expected.size() > 50, "this machine trusts somebody");
        expected.add(prepared.authority().root());
        assertEquals(expected, new HashSet<>(certificates(prepared.files().bundle())));
        KeyStore store = javaStore(prepared.files().javaStore());
        Set<Certificate> forJava = new HashSet<>();
        for (String alias : java.util.Collections.list(store.aliases())) forJava.add(store.getCertificate(alias));
        assertEquals(expected, forJava);
    }

    @Test
    void whatTheUsersVariablesNameIsTrustedOn() throws Exception {
        LocalAuthority company = Certificates.authority(NOW);
        LocalAuthority inFolder = Certificates.authority(NOW);
        Path file = Files.writeString(home.resolve("company.pem"), "notes, not ASCII: \u00e4\n" + company.rootPem());
        Path more = Files.createDirectory(home.resolve("more"));
        Files.writeString(more.resolve("a.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Files.writeString(more.resolve("b.crt"), inFolder.rootPem());
        Prepared plain = prepare(NOW);
        PublicRoots extra = new PublicRoots(List.of(file, more, home.resolve("missing.pem")));
        Prepared prepared = ca.prepare(HOSTS, extra, NOW);
        assertNotEquals(plain.files().bundle(), prepared.files().bundle());
        Collection<? extends Certificate> trusted =
                certificates(prepared.files().bundle());
        assertTrue(trusted.containsAll(List.of(company.root(), inFolder.root())));
        assertFalse(certificates(plain.files().bundle()).contains(company.root()), "only where it was named");

        Files.writeString(file, inFolder.rootPem());
        assertFalse(certificates(ca.prepare(HOSTS, extra, NOW).files().bundle()).contains(company.root()));
    }

    @Test
    void itIsMadeAnewBeforeItEndsAndWhenTheClockWasWrong() throws Exception {
        String first = prepare(NOW).authority().fingerprint();
        Instant late = NOW.plus(Duration.ofDays(370));
        Prepared second = prepare(late);
        assertNotEquals(first, second.authority().fingerprint());
        assertTrue(second.authority().isValid(late.plus(Duration.ofDays(390))));
        Prepared back = prepare(NOW);
        assertNotEquals(second.authority().fingerprint(), back.authority().fingerprint());
        assertTrue(back.authority().isValid(NOW));
    }

    @Test
    void oneThatTheSystemTrustsIsKeptToItsEnd() throws Exception {
        String first = prepare(NOW).authority().fingerprint();
        Files.createFile(ca.installed());
        assertEquals(first, prepare(NOW.plus(Duration.ofDays(370))).authority().fingerprint());
        assertNotEquals(
                first, prepare(NOW.plus(Duration.ofDays(396))).authority().fingerprint());
    }

    @Test
    void anotherHubMakesAnotherThatSpeaksForBoth() throws Exception {
        Prepared first = prepare(NOW);
        Prepared second = ca.prepare(Set.of("hub.example.org"), PUBLIC, NOW);
        assertNotEquals(first.authority().fingerprint(), second.authority().fingerprint());
        assertEquals(
                Set.of("hf.co", "hub.example.org", "huggingface.co"),
                second.authority().hosts());
        assertEquals(second.authority().fingerprint(), prepare(NOW).authority().fingerprint());
    }

    @Test
    void renewedItIsInEveryBundle() throws Exception {
        Path company = Files.writeString(
                home.resolve("company.pem"), Certificates.authority(NOW).rootPem());
        PublicRoots extra = new PublicRoots(List.of(company));
        Prepared first = prepare(NOW);
        Path other = ca.prepare(HOSTS, extra, NOW).files().bundle();
        Prepared next = ca.renew(HOSTS, PUBLIC, NOW);
        assertNotEquals(first.authority().fingerprint(), next.authority().fingerprint());
        X509Certificate gone = first.authority().root();
        X509Certificate here = next.authority().root();
        assertTrue(certificates(next.files().bundle()).contains(here));
        assertFalse(certificates(next.files().bundle()).contains(gone));
        assertTrue(certificates(other).contains(here), "programs that were told of it before trust on");
        Path otherStore = Path.of(other.toString().replace(".pem", ".jks"));
        assertNotNull(javaStore(otherStore).getCertificateAlias(here));
        Prepared mended = ca.prepare(HOSTS, extra, NOW);
        assertFalse(certificates(mended.files().bundle()).contains(gone));
        assertNull(javaStore(mended.files().javaStore()).getCertificateAlias(gone));
    }

    @Test
    void whatIsDamagedIsMadeAnewAndReadersAreTold() throws Exception {
        Prepared first = prepare(NOW);
        String pem = Files.readString(ca.authorityFile());
        for (String bad : List.of("", "\0".repeat(4096), pem.substring(0, 500), pem.substring(0, pem.length() - 40))) {
            Files.writeString(ca.authorityFile(), bad);
            assertEquals(Kind.DAMAGED, assertThrows(UserError.class, ca::read).kind());
            Prepared next = prepare(NOW);
            assertNotEquals(first.authority().fingerprint(), next.authority().fingerprint());
            assertEquals(
                    next.authority().fingerprint(),
                    java.util.Objects.requireNonNull(ca.read()).fingerprint());
        }
        for (Path file : List.of(
                first.files().bundle(), first.files().javaStore(), first.files().root())) {
            Files.writeString(file, "half");
            Prepared next = file.equals(first.files().javaStore()) ? ca.renew(HOSTS, PUBLIC, NOW) : prepare(NOW);
            assertTrue(certificates(next.files().bundle())
                    .contains(next.authority().root()));
            assertNotNull(javaStore(next.files().javaStore())
                    .getCertificateAlias(next.authority().root()));
            assertEquals(
                    next.authority().rootPem(), Files.readString(next.files().root()));
        }
    }

    @Test
    void whatOthersMayHaveReadIsNotUsedUntilItIsRenewed() throws Exception {
        Prepared first = prepare(NOW);
        Files.setPosixFilePermissions(ca.authorityFile(), PosixFilePermissions.fromString("rw-r-----"));
        UserError refused = assertThrows(UserError.class, () -> prepare(NOW));
        assertEquals(Kind.NOT_ALLOWED, refused.kind());
        assertTrue(String.valueOf(refused.getMessage()).contains("hubswarm ca renew"), refused::getMessage);
        assertThrows(UserError.class, ca::read);
        Prepared next = ca.renew(HOSTS, PUBLIC, NOW);
        assertNotEquals(first.authority().fingerprint(), next.authority().fingerprint());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(ca.authorityFile())));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertEquals(
                Kind.NOT_ALLOWED,
                assertThrows(UserError.class, () -> prepare(NOW)).kind());
    }

    @Test
    void whatAKilledProcessLeftIsRemoved() throws Exception {
        prepare(NOW);
        Path left = Files.writeString(folder.resolve(".hubswarm-0123456789abcdef.tmp"), "half a key");
        prepare(NOW);
        assertTrue(Files.notExists(left));
    }

    @Test
    void manyAtATimeAgree() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<String> one = () ->
                    CaFolder.in(home).prepare(HOSTS, PUBLIC, NOW).authority().fingerprint();
            List<Callable<String>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) all.add(one);
            Set<String> seen = new HashSet<>();
            for (Future<String> each : threads.invokeAll(all)) seen.add(each.get());
            assertEquals(1, seen.size());
        } finally {
            threads.shutdown();
        }
    }
}
