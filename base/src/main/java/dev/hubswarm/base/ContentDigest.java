package dev.hubswarm.base;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A digest of a whole file, by which the Hub names its content. Immutable. */
public record ContentDigest(Kind kind, String hex) {
    /** What the Hub digests, and how. */
    public enum Kind {
        /** LFS and Xet files. */
        SHA256("SHA-256", 64),
        /** Small files, kept in git: the SHA-1 of "blob", the length, a zero byte and the content. */
        GIT_SHA1("SHA-1", 40);

        private final String algorithm;
        private final Pattern hex;

        Kind(String algorithm, int hexLength) {
            this.algorithm = algorithm;
            this.hex = Pattern.compile("[0-9a-f]{" + hexLength + "}");
        }

        /** A digest that waits for the content of a file of this length. */
        public MessageDigest begin(long length) {
            MessageDigest digest;
            try {
                digest = MessageDigest.getInstance(algorithm);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(algorithm + " is missing from this Java runtime", e);
            }
            if (this == GIT_SHA1) digest.update(("blob " + length + "\0").getBytes(StandardCharsets.US_ASCII));
            return digest;
        }
    }

    public ContentDigest {
        if (!kind.hex.matcher(hex).matches()) throw new IllegalArgumentException("not a " + kind + " digest: " + hex);
    }

    /** The length tells the kind. */
    public static ContentDigest of(String hex) {
        return new ContentDigest(hex.length() == 40 ? Kind.GIT_SHA1 : Kind.SHA256, hex);
    }

    public static boolean isDigest(String text) {
        return Kind.SHA256.hex.matcher(text).matches()
                || Kind.GIT_SHA1.hex.matcher(text).matches();
    }

    /** Whether this is the digest of a file with this content. */
    public boolean isOf(byte[] content) {
        return matches(kind.begin(content.length).digest(content));
    }

    public boolean matches(byte[] digest) {
        return hex.equals(HexFormat.of().formatHex(digest));
    }

    @Override
    public String toString() {
        return hex;
    }
}
