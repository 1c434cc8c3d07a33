package dev.hubswarm.protocol.testing;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The hash tree of BEP 52 as its text says it, without a thought for speed. Stateless. */
public final class NaiveMerkle {
    public static final int BLOCK = 16 * 1024;

    private NaiveMerkle() {}

    public static List<byte[]> leaves(byte[] content) {
        List<byte[]> leaves = new ArrayList<>();
        for (int at = 0; at < content.length; at += BLOCK) {
            leaves.add(sha256(Arrays.copyOfRange(content, at, Math.min(content.length, at + BLOCK))));
        }
        return leaves;
    }

    /** All levels from the leaves to the root, with the padding that makes each a full power of two. */
    public static List<List<byte[]>> levels(List<byte[]> leaves) {
        return levels(leaves, 1);
    }

    private static List<List<byte[]>> levels(List<byte[]> leaves, int minWidth) {
        List<byte[]> level = new ArrayList<>(leaves);
        while (Integer.bitCount(level.size()) != 1 || level.size() < minWidth) level.add(new byte[32]);
        List<List<byte[]>> levels = new ArrayList<>(List.of(level));
        while (level.size() > 1) {
            List<byte[]> above = new ArrayList<>();
            for (int i = 0; i < level.size(); i += 2) above.add(sha256(level.get(i), level.get(i + 1)));
            levels.add(above);
            level = above;
        }
        return levels;
    }

    public static byte[] root(byte[] content) {
        List<List<byte[]>> levels = levels(leaves(content));
        return levels.get(levels.size() - 1).get(0);
    }

    /** The nodes that cover a piece each, those of padding alone left out. */
    public static byte[] layer(byte[] content, int pieceLength) {
        int level = Integer.numberOfTrailingZeros(pieceLength / BLOCK);
        int pieces = (content.length + pieceLength - 1) / pieceLength;
        return join(levels(leaves(content), 1 << level).get(level).subList(0, pieces));
    }

    /** The root above a layer of nodes that cover {@code pieceLength} each. */
    public static byte[] rootOfLayer(byte[] layer, int pieceLength) {
        byte[] padding = new byte[32];
        for (int length = BLOCK; length < pieceLength; length *= 2) padding = sha256(padding, padding);
        List<byte[]> level = new ArrayList<>();
        for (int at = 0; at < layer.length; at += 32) level.add(Arrays.copyOfRange(layer, at, at + 32));
        while (Integer.bitCount(level.size()) != 1) level.add(padding);
        while (level.size() > 1) {
            List<byte[]> above = new ArrayList<>();
            for (int i = 0; i < level.size(); i += 2) above.add(sha256(level.get(i), level.get(i + 1)));
            level = above;
        }
        return level.get(0);
    }

    public static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }

    public static byte[] sha256(byte[]... parts) {
        return digest("SHA-256", parts);
    }

    public static byte[] sha1(byte[]... parts) {
        return digest("SHA-1", parts);
    }

    private static byte[] digest(String name, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(name);
            for (byte[] part : parts) digest.update(part);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
