package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** All that is in a cache, in words, so that two can be compared: kinds, modes, targets and contents. Stateless. */
final class CacheTree {
    private CacheTree() {}

    /** Without times, and without lock files, which only those who waited for something leave. */
    static SortedMap<String, String> describe(Path root) throws IOException {
        SortedMap<String, String> tree = new TreeMap<>();
        for (Path path : Trees.list(root)) {
            String name = root.relativize(path).toString();
            if (name.isEmpty() || name.startsWith(".locks") || name.endsWith(".lock")) continue;
            tree.put(name, describe(path, name));
        }
        return tree;
    }

    private static String describe(Path path, String name) throws IOException {
        if (Files.isSymbolicLink(path)) return "link to " + Files.readSymbolicLink(path);
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        if (Files.isDirectory(path)) return "folder " + mode;
        if (name.contains("/trees/")) return "tree " + mode + " " + withoutXet(Files.readString(path));
        if (name.endsWith(".metadata"))
            return "metadata " + mode + " " + Files.readAllLines(path).subList(0, 2);
        return "file " + mode + " " + Files.size(path) + " " + digest(path);
    }

    /** We leave the Xet hashes out, so that no reader of the cache is led to Xet. */
    private static String withoutXet(String json) {
        JsonNode tree = JsonMapper.shared().readTree(json);
        for (JsonNode file : tree.get("files")) ((ObjectNode) file).remove("xet_hash");
        return tree.toString();
    }

    private static String digest(Path path) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
