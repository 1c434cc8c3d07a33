package dev.hubswarm.agent.tls;

import dev.hubswarm.storage.FileStamp;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The authorities that programs here trust anyway: the system's, the Java runtime's, and those of the files that the
 * user's own variables name. Immutable. Read anew at each call, for it changes with the system.
 */
public final class PublicRoots {
    /** Where Debian, Fedora, SUSE, Alpine and macOS keep theirs in one file. */
    private static final List<Path> SYSTEM = Stream.of(
                    "/etc/ssl/certs/ca-certificates.crt",
                    "/etc/pki/tls/certs/ca-bundle.crt",
                    "/etc/ssl/ca-bundle.pem",
                    "/etc/ssl/cert.pem")
            .map(Path::of)
            .toList();

    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----");
    private static final long LARGEST_FILE = 16 << 20;
    private static final int MOST_FILES = 5_000;
    private static final int NAME_BYTES = 8;

    private final Set<Path> extras;

    /** @param extras files of PEM certificates, and folders of such files; what cannot be read is passed over */
    public PublicRoots(Collection<Path> extras) {
        this.extras = new TreeSet<>(extras);
    }

    /** Tells bundles with other extras apart. */
    String name() {
        if (extras.isEmpty()) return "";
        return "-" + digest(extras.toString()).substring(0, 2 * NAME_BYTES);
    }

    /** Another one as soon as {@link #read} may bring anything else. */
    String stamp() {
        StringBuilder all = new StringBuilder(System.getProperty("javax.net.ssl.trustStore", ""));
        List<Path> files = new ArrayList<>(files());
        files.add(Path.of(System.getProperty("java.home"), "lib", "security", "cacerts"));
        for (Path file : files) {
            all.append('\n').append(file);
            try {
                all.append(FileStamp.of(file));
            } catch (IOException e) {
                all.append("none");
            }
        }
        return digest(all.toString());
    }

    static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw CertificateMaker.noCryptography(e);
        }
    }

    /** Each once. */
    Set<X509Certificate> read() {
        Set<X509Certificate> roots = new LinkedHashSet<>();
        for (Path file : files()) collect(file, roots);
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager manager : factory.getTrustManagers())
                if (manager instanceof X509TrustManager trust) roots.addAll(List.of(trust.getAcceptedIssuers()));
        } catch (GeneralSecurityException e) {
            throw CertificateMaker.noCryptography(e);
        }
        return roots;
    }

    private Collection<Path> files() {
        Set<Path> files = new LinkedHashSet<>();
        SYSTEM.stream().filter(Files::isReadable).findFirst().ifPresent(files::add);
        for (Path extra : extras) {
            if (!Files.isDirectory(extra)) {
                files.add(extra);
                continue;
            }
            try (Stream<Path> inside = Files.list(extra)) {
                inside.filter(Files::isRegularFile).sorted().limit(MOST_FILES).forEach(files::add);
            } catch (IOException e) {
                skipped(extra, e);
            }
        }
        return files;
    }

    private static void collect(Path file, Set<X509Certificate> roots) {
        try {
            if (Files.size(file) > LARGEST_FILE) throw new IOException("too large for a file of certificates");
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            // Notes between certificates are in any encoding.
            Matcher blocks = CERTIFICATE.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            while (blocks.find()) {
                byte[] pem = blocks.group().getBytes(StandardCharsets.ISO_8859_1);
                try {
                    roots.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(pem)));
                } catch (CertificateException e) {
                    // One that Java cannot read shall not cost all others.
                    skipped(file, e);
                }
            }
        } catch (IOException | CertificateException e) {
            skipped(file, e);
        }
    }

    private static void skipped(Path path, Exception why) {
        System.getLogger(PublicRoots.class.getName()).log(System.Logger.Level.DEBUG, () -> path + " skipped: " + why);
    }
}
