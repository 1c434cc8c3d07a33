package dev.hubswarm.agent.control;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What proves to an agent that its own user asks: who can read the file in {@code HUBSWARM_HOME}. Another one at each
 * start, so that what was sent to a port that somebody else took meanwhile is worth nothing. Immutable.
 */
final class ControlToken {
    private static final String FILE = "control-token";
    private static final String SCHEME = "Bearer ";
    private static final int BYTES = 16;

    private final byte[] token;

    private ControlToken(byte[] token) {
        this.token = token;
    }

    static ControlToken make(Path home) throws UserError {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        String text = HexFormat.of().formatHex(random);
        Path file = home.resolve(FILE);
        try {
            PrivateFile.write(file, text);
        } catch (IOException e) {
            throw StateFolder.unwritable(file, e);
        }
        return new ControlToken(text.getBytes(StandardCharsets.US_ASCII));
    }

    static Redacted read(Path home) throws IOException {
        return new Redacted(Files.readString(home.resolve(FILE)));
    }

    /** @param authorization the header of that name; in a time that tells nothing of the token */
    boolean isIn(@Nullable String authorization) {
        return authorization != null
                && authorization.startsWith(SCHEME)
                && MessageDigest.isEqual(
                        token, authorization.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8));
    }
}
