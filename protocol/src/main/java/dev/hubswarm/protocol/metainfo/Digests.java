package dev.hubswarm.protocol.metainfo;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The two digests of BitTorrent. Every Java platform has them, so their absence is no error that anyone can handle. */
public final class Digests {
    private Digests() {}

    public static MessageDigest sha1() {
        return digest("SHA-1");
    }

    public static MessageDigest sha256() {
        return digest("SHA-256");
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(name + " is missing from this Java runtime", e);
        }
    }
}
