package dev.hubswarm.p2pengine.store;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.storage.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Says which pieces of a torrent were right when a download was stopped, and of which files. Stateless. May say less
 * than there is, never more: it is written after the files were forced, tells when they were last changed, and is taken
 * away before anything is written again. So after a crash there is none, and everything is looked at.
 */
final class ResumeNote {
    private static final int SUM = 32;

    private ResumeNote() {}

    /** Null if there is none for exactly these facts. */
    static @Nullable BitSet take(Path note, String facts) {
        try {
            byte[] all = Files.readAllBytes(note);
            Files.delete(note);
            if (all.length < SUM) return null;
            byte[] pieces = Arrays.copyOfRange(all, SUM, all.length);
            return Arrays.equals(all, 0, SUM, sum(facts, pieces), 0, SUM) ? BitSet.valueOf(pieces) : null;
        } catch (IOException e) {
            return null;
        }
    }

    static void write(Path note, String facts, BitSet pieces) throws IOException {
        byte[] bytes = pieces.toByteArray();
        byte[] all = Arrays.copyOf(sum(facts, bytes), SUM + bytes.length);
        System.arraycopy(bytes, 0, all, SUM, bytes.length);
        DurableFile.write(note, all, true);
    }

    private static byte[] sum(String facts, byte[] pieces) {
        MessageDigest sha256 = Digests.sha256();
        sha256.update(facts.getBytes(StandardCharsets.UTF_8));
        return sha256.digest(pieces);
    }
}
