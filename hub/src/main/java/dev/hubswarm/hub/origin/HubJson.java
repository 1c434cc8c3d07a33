package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.ContentDigest.Kind;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the Hub's JSON as it comes, keeping what we need. Stateless.
 *
 * <p>Token by token: the page of a repository lists all its files, which nobody here wants in memory.
 */
final class HubJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private HubJson() {}

    static RepoInfo repoInfo(RepoType type, InputStream in) throws IOException {
        return read(in, json -> {
            String id = "";
            String sha = "";
            boolean isPrivate = true;
            boolean disabled = false;
            Gated gated = Gated.UNKNOWN;
            require(json.nextToken() == JsonToken.START_OBJECT);
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                JsonToken value = json.nextToken();
                switch (name) {
                    case "id" -> id = json.getValueAsString("");
                    case "sha" -> sha = json.getValueAsString("");
                    case "private" -> isPrivate = value != JsonToken.VALUE_FALSE;
                    case "disabled" -> disabled = value != JsonToken.VALUE_FALSE;
                    case "gated" -> gated = gated(value, json);
                    default -> {}
                }
                json.skipChildren();
            }
            require(RepoRef.isValidId(id) && Revision.isCommit(sha));
            return new RepoInfo(new RepoRef(type, id), sha, isPrivate, gated, disabled);
        });
    }

    /** The name of an account. */
    static String account(InputStream in) throws IOException {
        return read(in, json -> {
            String account = "";
            require(json.nextToken() == JsonToken.START_OBJECT);
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                if (name.equals("name")) account = json.getValueAsString("");
                json.skipChildren();
            }
            require(!account.isEmpty());
            return account;
        });
    }

    private static Gated gated(JsonToken value, JsonParser json) {
        if (value == JsonToken.VALUE_FALSE) return Gated.NO;
        return switch (json.getValueAsString("")) {
            case "auto" -> Gated.AUTO;
            case "manual" -> Gated.MANUAL;
            default -> Gated.UNKNOWN;
        };
    }

    /** The files of one page of a tree; folders are left out. */
    static List<HubFile> files(InputStream in) throws IOException {
        return read(in, json -> {
            List<HubFile> files = new ArrayList<>();
            require(json.nextToken() == JsonToken.START_ARRAY);
            while (json.nextToken() != JsonToken.END_ARRAY) {
                require(json.currentToken() == JsonToken.START_OBJECT);
                HubFile file = entry(json);
                if (file != null) files.add(file);
            }
            return files;
        });
    }

    private static @Nullable HubFile entry(JsonParser json) throws IOException {
        String type = "";
        String path = "";
        String oid = "";
        String sha256 = null;
        long size = -1;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            JsonToken value = json.nextToken();
            switch (name) {
                case "type" -> type = json.getValueAsString("");
                case "path" -> path = json.getValueAsString("");
                case "oid" -> oid = json.getValueAsString("");
                case "size" -> size = json.getValueAsLong(-1);
                case "lfs" -> sha256 = value == JsonToken.START_OBJECT ? lfsOid(json) : null;
                default -> {}
            }
            json.skipChildren();
        }
        if (!type.equals("file")) return null;
        try {
            ContentDigest git = new ContentDigest(Kind.GIT_SHA1, oid);
            return new HubFile(path, size, sha256 == null ? git : new ContentDigest(Kind.SHA256, sha256), oid);
        } catch (IllegalArgumentException e) {
            throw new GarbledAnswer("an entry of the listing makes no sense", e);
        }
    }

    /** Without it the entry would pass for a small file, and its pointer's digest for the content's. */
    private static String lfsOid(JsonParser json) {
        String oid = "";
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            if (name.equals("oid")) oid = json.getValueAsString("");
            json.skipChildren();
        }
        return oid;
    }

    @FunctionalInterface
    private interface Shape<T> {
        T read(JsonParser json) throws IOException;
    }

    private static <T> T read(InputStream in, Shape<T> shape) throws IOException {
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), in)) {
            T value = shape.read(json);
            require(json.nextToken() == null);
            return value;
        } catch (JacksonIOException e) {
            throw e.getCause();
        } catch (JacksonException e) {
            throw new GarbledAnswer("not the JSON that was expected", e);
        }
    }

    private static void require(boolean sense) throws GarbledAnswer {
        if (!sense) throw new GarbledAnswer("not the JSON that was expected", null);
    }
}
