package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Where hubswarm-javaagent.jar is: beside the program's own jar, or unpacked out of it. Stateless. */
final class JavaAgentJar {
    private static final String NAME = "hubswarm-javaagent.jar";

    private JavaAgentJar() {}

    static Path find(Path home) throws UserError {
        Path own = ownJar();
        Path beside = own == null ? null : own.resolveSibling(NAME);
        if (beside != null && Files.isRegularFile(beside)) return beside.toAbsolutePath();
        try (InputStream in = JavaAgentJar.class.getResourceAsStream('/' + NAME)) {
            if (in == null)
                throw new UserError(
                        Kind.NOT_FOUND, "This hubswarm has no Java agent in it.", "Put " + NAME + " beside its jar.");
            return unpack(in.readAllBytes(), StateFolder.open(home));
        } catch (IOException e) {
            throw StateFolder.unwritable(home, e);
        }
    }

    /** Never over another: a JVM that has a jar open dies when it changes. */
    private static Path unpack(byte[] bytes, Path home) throws IOException {
        Path jar = home.resolve("javaagent-" + digest(bytes)).resolve(NAME);
        if (Files.isRegularFile(jar)) return jar;
        Files.createDirectories(jar.getParent());
        Path part = Files.createTempFile(jar.getParent(), NAME, ".part");
        Files.write(part, bytes);
        Files.move(part, jar, StandardCopyOption.ATOMIC_MOVE);
        return jar;
    }

    private static String digest(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static @Nullable Path ownJar() {
        CodeSource source = JavaAgentJar.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? null : Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
