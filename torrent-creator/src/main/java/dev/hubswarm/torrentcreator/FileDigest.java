package dev.hubswarm.torrentcreator;

import dev.hubswarm.protocol.metainfo.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A digest of a whole file, of the kinds by which the Hub names files. */
public enum FileDigest {
    /** LFS and Xet files. */
    SHA256,
    /** Small files, kept in git: the SHA-1 of "blob", the length, a zero byte and the content. */
    GIT_SHA1;

    MessageDigest begin(long length) {
        if (this == SHA256) return Digests.sha256();
        MessageDigest sha1 = Digests.sha1();
        sha1.update(("blob " + length + "\0").getBytes(StandardCharsets.US_ASCII));
        return sha1;
    }
}
