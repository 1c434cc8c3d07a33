package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.trackerserver.server.ApiAnswer;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Reads and writes JSON as it comes. Stateless. */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    @FunctionalInterface
    interface Body<E extends Exception> {
        void write(JsonGenerator out) throws E;
    }

    @FunctionalInterface
    interface Field {
        /** Takes the value that the parser is at; what it leaves is passed over. */
        void read(String name, JsonParser in) throws ApiException;
    }

    /** @param body writes the members of an object */
    static <E extends Exception> ApiAnswer object(int status, Map<String, String> headers, Body<E> body) throws E {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
            out.writeStartObject();
            body.write(out);
            out.writeEndObject();
        }
        return new ApiAnswer(status, "application/json", bytes.toByteArray(), headers);
    }

    /** Reads an object, field by field. */
    static void readObject(byte[] body, Field field) throws ApiException {
        try (JsonParser in = FACTORY.createParser(ObjectReadContext.empty(), body)) {
            if (in.nextToken() != JsonToken.START_OBJECT) throw bad();
            for (String name = in.nextName(); name != null; name = in.nextName()) {
                in.nextToken();
                field.read(name, in);
                in.skipChildren();
            }
            if (in.currentToken() != JsonToken.END_OBJECT || in.nextToken() != null) throw bad();
        } catch (JacksonException e) {
            throw bad();
        }
    }

    static String string(JsonParser in) throws ApiException {
        if (in.currentToken() != JsonToken.VALUE_STRING) throw bad();
        return in.getString();
    }

    static ApiException bad() {
        return ApiException.badRequest("bad_json", "The body is not the JSON that belongs here.");
    }
}
