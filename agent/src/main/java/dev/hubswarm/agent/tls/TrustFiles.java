package dev.hubswarm.agent.tls;

import dev.hubswarm.storage.DurableFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files by which programs are told to trust our authority beside all that they trust anyway: the variables that
 * name them replace a program's own list. Immutable; {@link CaFolder} lets one process at a time write them.
 *
 * @param root our root alone
 * @param bundle the public roots and ours, in PEM
 * @param javaStore the same for Java
 */
public record TrustFiles(Path root, Path bundle, Path javaStore) {
    private static final String ROOT = "root.pem";
    private static final String BUNDLE = "bundle";
    private static final String PEM = ".pem";
    private static final String JAVA = ".jks";
    /** Of the old type, which every Java reads without being told its type or a password. */
    private static final String JAVA_TYPE = "JKS";
    /** Guards nothing; the file is public. A store has to have one. */
    private static final char[] PASSWORD = "changeit".toCharArray();

    private static final String OWN = "hubswarm";
    private static final String HEADER = "# hubswarm ";
    private static final String IN_BETWEEN = "in between";

    static TrustFiles in(Path folder, PublicRoots roots) {
        String name = BUNDLE + roots.name();
        return new TrustFiles(folder.resolve(ROOT), folder.resolve(name + PEM), folder.resolve(name + JAVA));
    }

    /**
     * Makes them what they should be, if they are not.
     *
     * @param previous still trusted, since it still speaks
     */
    void write(LocalAuthority authority, @Nullable LocalAuthority previous, PublicRoots roots) throws IOException {
        List<LocalAuthority> own = previous == null ? List.of(authority) : List.of(authority, previous);
        String names = own.stream().map(LocalAuthority::fingerprint).collect(Collectors.joining());
        String header = HEADER + PublicRoots.digest(roots.stamp() + names.replace(":", "")) + "\n";
        replace(root, authority.rootPem());
        // Written last, the bundle vouches for the other one.
        if (Files.exists(javaStore) && start(bundle).startsWith(header)) return;
        Collection<X509Certificate> all = roots.read();
        writeJava(own, all);
        StringBuilder text = new StringBuilder(header);
        for (LocalAuthority each : own) text.append(each.rootPem());
        for (X509Certificate each : all) text.append(LocalAuthority.pem(each));
        replace(bundle, text.toString());
    }

    private void writeJava(List<LocalAuthority> own, Collection<X509Certificate> all) throws IOException {
        try {
            KeyStore store = KeyStore.getInstance(JAVA_TYPE);
            store.load(null, null);
            store.setCertificateEntry(OWN, own.get(0).root());
            int count = 0;
            for (LocalAuthority each : own.subList(1, own.size()))
                store.setCertificateEntry(OWN + "-previous", each.root());
            for (X509Certificate each : all) store.setCertificateEntry("public" + count++, each);
            save(store, javaStore);
        } catch (GeneralSecurityException e) {
            throw CertificateMaker.noCryptography(e);
        }
    }

    private static void save(KeyStore store, Path file) throws IOException, GeneralSecurityException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.store(out, PASSWORD);
        DurableFile.replacePrivate(file, out.toByteArray());
    }

    /**
     * Adds a root to all there is, beside the one before it, so that programs trust the new one from its first moment.
     * The next {@link #write} leaves the one that counts then.
     */
    static void admit(Path folder, LocalAuthority next) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.getFileName().toString().startsWith(BUNDLE))
                    .toList();
        }
        for (Path file : files) {
            if (file.toString().endsWith(PEM)) {
                String text = Files.readString(file);
                String after = text.substring(text.indexOf('\n') + 1);
                DurableFile.replacePrivate(
                        file, (HEADER + IN_BETWEEN + "\n" + next.rootPem() + after).getBytes(StandardCharsets.UTF_8));
            } else if (file.toString().endsWith(JAVA)) {
                admitToJava(file, next.root());
            }
        }
    }

    private static void admitToJava(Path file, X509Certificate next) throws IOException {
        try {
            KeyStore store = KeyStore.getInstance(JAVA_TYPE);
            store.load(new ByteArrayInputStream(Files.readAllBytes(file)), PASSWORD);
            store.setCertificateEntry(OWN + "-next", next);
            save(store, file);
        } catch (IOException | GeneralSecurityException e) {
            // Damaged. The next write makes it anew.
            Files.delete(file);
        }
    }

    private static void replace(Path file, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) return;
        DurableFile.replacePrivate(file, content);
    }

    private static String start(Path file) throws IOException {
        if (!Files.exists(file)) return "";
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.findFirst().orElse("") + "\n";
        }
    }
}
