package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** Reads and writes JSON token by token. Stateless. */
final class Json {
    /** Our objects are four deep. */
    private static final int MAX_DEPTH = 32;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private static final MediaType TYPE = MediaType.get("application/json");
    private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}");

    private Json() {}

    /** What a text is about. */
    @FunctionalInterface
    interface Shape<T> {
        /** Reads a value whose first token was read, and leaves its last token as the current one. */
        T read(JsonParser json) throws IOException;
    }

    /** Takes the value of a property whose first token was read, or leaves it to be passed over. */
    @FunctionalInterface
    interface Property {
        void read(String name, JsonParser json) throws IOException;
    }

    /** Takes one element of an array, likewise. */
    @FunctionalInterface
    interface Element {
        void read(JsonParser json) throws IOException;
    }

    static <T> T read(byte[] text, Shape<T> shape) throws IOException {
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            json.nextToken();
            T value = shape.read(json);
            if (json.nextToken() != null) throw new IOException("something stands behind the JSON");
            return value;
        } catch (JacksonException e) {
            throw new IOException("not the JSON that was expected", e);
        }
    }

    /** @return false, having passed over it, if it is something else */
    static boolean object(JsonParser json, Property property) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return false;
        }
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            json.nextToken();
            property.read(name, json);
            json.skipChildren();
        }
        return true;
    }

    /** As {@link #object}. */
    static boolean array(JsonParser json, Element element) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return false;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            element.read(json);
            json.skipChildren();
        }
        return true;
    }

    static RequestBody body(Consumer<JsonGenerator> content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            content.accept(json);
        }
        return RequestBody.create(out.toByteArray(), TYPE);
    }

    static String text(JsonParser json) {
        return json.currentToken() == JsonToken.VALUE_STRING ? json.getString() : "";
    }

    /** -1 for anything but a number that is positive or zero. */
    static long number(JsonParser json) {
        JsonToken token = json.currentToken();
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) return -1;
        double value = json.getDoubleValue();
        if (!(value >= 0)) return -1;
        // A conversion back from double cuts to what fits, and is exact up to 2^53, beyond which nothing is as long.
        return (long) value;
    }

    static int count(JsonParser json) {
        return (int) Math.min(number(json), Integer.MAX_VALUE);
    }

    /** Null for anything but a hash of 20 or 32 bytes in hex. */
    static @Nullable Hash hash(JsonParser json) {
        String hex = text(json);
        return HASH.matcher(hex).matches() ? Hash.ofHex(hex) : null;
    }
}
