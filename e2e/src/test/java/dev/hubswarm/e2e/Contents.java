package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is in a file, or in the files of a folder, but for padding, which some clients keep as files. Stateless. */
final class Contents {
    private Contents() {}

    /** The sha256 of each file by its path below the root; what is not there is empty. */
    static Map<String, String> of(Path root) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        for (Path file : files(root)) {
            digests.put(root.relativize(file).toString(), HexFormat.of().formatHex(sha256(Files.readAllBytes(file))));
        }
        return digests;
    }

    /** Quick where the answer is no. */
    static boolean areSame(Path one, Path other) throws IOException {
        List<Path> files = files(one);
        if (files.size() != files(other).size()) return false;
        for (Path file : files) {
            Path twin = other.resolve(one.relativize(file));
            if (!Files.exists(twin) || Files.mismatch(file, twin) >= 0) return false;
        }
        return true;
    }

    private static List<Path> files(Path root) throws IOException {
        if (!Files.exists(root)) return List.of();
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .filter(path -> !root.relativize(path).startsWith(".pad"))
                    .toList();
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
