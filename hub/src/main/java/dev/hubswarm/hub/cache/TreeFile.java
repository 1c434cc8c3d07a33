package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/**
 * The listing of a commit, {@code trees/<commit>.json}, byte for byte as huggingface_hub writes it. Stateless.
 *
 * <p>Without Xet hashes: what we store did not come through Xet.
 */
final class TreeFile {
    private static final int VERSION = 1;
    private static final long MAX_BYTES = 256 << 20;

    private TreeFile() {}

    /** For its owner alone, since that is the mode huggingface_hub leaves it in. */
    static void store(Path tree, List<HubFile> files, Path scratch) throws IOException {
        DurableFile.replace(tree, write(files), scratch);
        PosixFileAttributeView posix = Files.getFileAttributeView(tree, PosixFileAttributeView.class);
        if (posix != null) posix.setPermissions(PosixFilePermissions.fromString("rw-------"));
    }

    static byte[] write(List<HubFile> files) {
        String entries = files.stream()
                .sorted((a, b) -> compareCodePoints(a.path(), b.path()))
                .map(TreeFile::entry)
                .collect(Collectors.joining(",\n"));
        String object = files.isEmpty() ? "{}" : "{\n" + entries + "\n }";
        return ("{\n \"format_version\": " + VERSION + ",\n \"files\": " + object + "\n}")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String entry(HubFile file) {
        StringBuilder out = new StringBuilder("  ").append(quoted(file.path())).append(": {\n");
        out.append("   \"size\": ").append(file.size());
        out.append(",\n   \"blob_id\": ").append(quoted(file.gitOid()));
        if (file.digest().kind() == ContentDigest.Kind.SHA256) {
            out.append(",\n   \"lfs_sha256\": ").append(quoted(file.digest().hex()));
            out.append(",\n   \"lfs_size\": ").append(file.size());
        }
        return out.append("\n  }").toString();
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : JsonStringEncoder.getInstance().quoteAsCharArray(text)) {
            if (c < 0x7f) out.append(c);
            else out.append(String.format("\\u%04x", (int) c));
        }
        return out.append('"').toString();
    }

    /** Python's order of strings; Java's own compares the halves of surrogate pairs. */
    private static int compareCodePoints(String a, String b) {
        int same = 0;
        while (same < a.length() && same < b.length() && a.charAt(same) == b.charAt(same)) same++;
        if (same == a.length() || same == b.length()) return a.length() - b.length();
        boolean surrogates = Character.isSurrogate(a.charAt(same)) != Character.isSurrogate(b.charAt(same));
        int order = Character.compare(a.charAt(same), b.charAt(same));
        if (!surrogates) return order;
        return Character.isSurrogate(a.charAt(same)) ? 1 : -1;
    }

    /** Null if there is none that can be used. */
    static @Nullable List<HubFile> read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) return null;
            byte[] content = Files.readAllBytes(file);
            try (JsonParser in = new JsonFactory().createParser(ObjectReadContext.empty(), content)) {
                return read(in);
            }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable List<HubFile> read(JsonParser in) {
        List<HubFile> files = null;
        int version = 0;
        expect(in.nextToken(), JsonToken.START_OBJECT);
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            in.nextToken();
            if (name.equals("format_version")) version = in.getIntValue();
            else if (name.equals("files")) files = readFiles(in);
            else in.skipChildren();
        }
        return version == VERSION ? files : null;
    }

    private static List<HubFile> readFiles(JsonParser in) {
        List<HubFile> files = new ArrayList<>();
        expect(in.currentToken(), JsonToken.START_OBJECT);
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String path = in.currentName();
            long size = -1;
            String gitOid = "";
            String sha256 = null;
            expect(in.nextToken(), JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = in.currentName();
                boolean isNull = in.nextToken() == JsonToken.VALUE_NULL;
                if (name.equals("size")) size = in.getLongValue();
                else if (name.equals("blob_id")) gitOid = in.getString();
                else if (name.equals("lfs_sha256") && !isNull) sha256 = in.getString();
                else in.skipChildren();
            }
            files.add(new HubFile(path, size, ContentDigest.of(sha256 != null ? sha256 : gitOid), gitOid));
        }
        return files;
    }

    private static void expect(@Nullable JsonToken found, JsonToken wanted) {
        if (found != wanted) throw new IllegalArgumentException("found " + found + " in place of " + wanted);
    }
}
