package dev.hubswarm.agent.tls;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.StateFolder;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether all programs of this machine trust our root, for those that listen to no variable. Immutable; its methods
 * change the system, and block.
 *
 * <p>What was installed is written down before and forgotten afterwards, so that {@link #uninstall} also undoes what
 * broke off half way.
 */
public final class SystemTrust {
    private static final String FILE = "{file}";
    private static final String SERIAL = "{serial}";
    private static final int HEX = 16;

    /**
     * How a kind of system is told. Immutable.
     *
     * @param anchors the folder whose certificates it trusts; null where its commands take a file
     * @param tested whether we ever ran it
     */
    public record Store(
            String name, @Nullable Path anchors, String suffix, List<String> add, List<String> remove, boolean tested) {
        public Store {
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }

        static Store folder(String name, String anchors, String... update) {
            return new Store(name, Path.of(anchors), ".pem", List.of(update), List.of(update), false);
        }

        private Path anchor(X509Certificate root) {
            String serial = root.getSerialNumber().toString(HEX).substring(0, HEX);
            return anchors == null ? Path.of("") : anchors.resolve("hubswarm-" + serial + suffix);
        }
    }

    private static final Store MACOS = new Store(
            "the login keychain of macOS",
            null,
            "",
            List.of("security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", FILE),
            List.of("security", "remove-trusted-cert", FILE),
            false);
    private static final Store WINDOWS = new Store(
            "this user's store of Windows",
            null,
            "",
            List.of("certutil", "-user", "-addstore", "Root", FILE),
            List.of("certutil", "-user", "-delstore", "Root", SERIAL),
            false);
    private static final List<Store> LINUX = List.of(
            // Without --fresh it leaves a link to what is gone.
            new Store(
                    "Debian's",
                    Path.of("/usr/local/share/ca-certificates"),
                    ".crt",
                    List.of("update-ca-certificates"),
                    List.of("update-ca-certificates", "--fresh"),
                    true),
            Store.folder("Fedora's", "/etc/pki/ca-trust/source/anchors", "update-ca-trust", "extract"),
            Store.folder("SUSE's", "/etc/pki/trust/anchors", "update-ca-certificates"),
            Store.folder("Arch's", "/etc/ca-certificates/trust-source/anchors", "update-ca-trust", "extract"));

    private final CaFolder folder;
    private final @Nullable Store store;

    /** @param store null for a system that is not known */
    SystemTrust(CaFolder folder, @Nullable Store store) {
        this.folder = folder;
        this.store = store;
    }

    public static SystemTrust of(CaFolder folder) {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (system.startsWith("mac")) return new SystemTrust(folder, MACOS);
        if (system.startsWith("windows")) return new SystemTrust(folder, WINDOWS);
        for (Store each : LINUX)
            if (each.anchors() != null && Files.isDirectory(each.anchors())) return new SystemTrust(folder, each);
        return new SystemTrust(folder, null);
    }

    public @Nullable Store store() {
        return store;
    }

    /** The root that the system was told to trust; null if there is none. */
    public @Nullable X509Certificate installed() throws UserError {
        try (InputStream in = Files.newInputStream(folder.installed())) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw FileErrors.reading(folder.installed(), e);
        } catch (CertificateException e) {
            throw new UserError(
                    Kind.DAMAGED,
                    folder.installed() + " is damaged, which says what the system was told to trust.",
                    "Remove files named hubswarm from the system's store by hand, then delete it.",
                    e);
        }
    }

    /** Whatever goes wrong, the system trusts the root afterwards, or nothing new. */
    public void install(LocalAuthority authority) throws UserError, InterruptedException {
        Store system = require();
        X509Certificate root = authority.root();
        X509Certificate before = installed();
        if (before != null && !before.equals(root)) uninstall();
        Path anchors = system.anchors();
        if (anchors != null && !Files.isWritable(anchors)) throw notAllowed(system, authority);
        write(folder.installed(), authority.rootPem());
        try {
            if (anchors != null) DurableFile.write(system.anchor(root), pem(authority), true);
            run(system.add(), root);
        } catch (IOException | UserError | InterruptedException e) {
            try {
                uninstall();
            } catch (UserError | InterruptedException again) {
                e.addSuppressed(again);
            }
            if (e instanceof IOException failed) throw FileErrors.writing(system.anchor(root), failed);
            if (e instanceof UserError error) throw error;
            throw (InterruptedException) e;
        }
    }

    /** Takes back what {@link #install} did. False if that was nothing. */
    public boolean uninstall() throws UserError, InterruptedException {
        X509Certificate root = installed();
        if (root == null) return false;
        Store system = require();
        Path anchors = system.anchors();
        try {
            if (anchors != null) {
                if (!Files.isWritable(anchors)) throw notAllowed(system, root);
                Files.deleteIfExists(system.anchor(root));
            }
            run(system.remove(), root);
            Files.deleteIfExists(folder.installed());
            return true;
        } catch (IOException e) {
            throw FileErrors.writing(system.anchor(root), e);
        }
    }

    private Store require() throws UserError {
        if (store != null) return store;
        throw new UserError(
                Kind.FAILED,
                "How this system is told to trust a root is not known here.",
                "Write it out with `hubswarm ca export`, and tell the system by its own means.");
    }

    private UserError notAllowed(Store system, LocalAuthority authority) {
        Path anchor = system.anchor(authority.root());
        return new UserError(
                Kind.NOT_ALLOWED,
                "Only root may change what this system trusts.",
                "Run `sudo cp '" + folder.path().resolve("root.pem") + "' " + anchor + " && sudo "
                        + String.join(" ", system.add())
                        + "`, and to take it back `sudo rm " + anchor + " && sudo "
                        + String.join(" ", system.remove()) + "`.");
    }

    private static UserError notAllowed(Store system, X509Certificate root) {
        return new UserError(
                Kind.NOT_ALLOWED,
                "Only root may change what this system trusts.",
                "Run `sudo rm " + system.anchor(root) + " && sudo " + String.join(" ", system.remove()) + "`.");
    }

    private static byte[] pem(LocalAuthority authority) {
        return authority.rootPem().getBytes(StandardCharsets.US_ASCII);
    }

    private static void write(Path file, String text) throws UserError {
        try {
            DurableFile.replacePrivate(file, text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw StateFolder.unwritable(file, e);
        }
    }

    private void run(List<String> command, X509Certificate root) throws UserError, InterruptedException {
        BigInteger serial = root.getSerialNumber();
        List<String> words = command.stream()
                .map(word -> word.replace(FILE, folder.installed().toString()).replace(SERIAL, serial.toString(HEX)))
                .toList();
        Path said = folder.path().resolve("system.out");
        try {
            // Its words go to a file, as no thread is to empty a pipe.
            Process process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectInput(new File(System.getProperty("os.name").startsWith("Win") ? "NUL" : "/dev/null"))
                    .redirectOutput(said.toFile())
                    .start();
            int exit = process.waitFor();
            if (exit == 0) return;
            throw new UserError(
                    Kind.FAILED,
                    "`" + String.join(" ", words) + "` failed with exit code " + exit + ", and said: "
                            + lastLine(Files.readString(said, StandardCharsets.ISO_8859_1)),
                    "See what it wants, then try again.");
        } catch (IOException e) {
            throw new UserError(
                    Kind.FAILED,
                    "`" + words.get(0) + "` cannot be run.",
                    "Install the package that has it, on Debian ca-certificates.",
                    e);
        } finally {
            said.toFile().delete();
        }
    }

    private static String lastLine(String text) {
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        return lines.isEmpty() ? "nothing." : lines.get(lines.size() - 1);
    }
}
