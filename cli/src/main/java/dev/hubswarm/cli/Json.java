package dev.hubswarm.cli;

import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** One JSON object on one line, its fields in the order they were put. Confined to one thread. */
final class Json {
    private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

    static Json event(String name) {
        return new Json().put("event", name);
    }

    /** @param value a string, number, boolean, {@link Json}, list of such, or null */
    Json put(String name, @Nullable Object value) {
        fields.put(name, value);
        return this;
    }

    @Override
    public String toString() {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            write(out, this);
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, @Nullable Object value) {
        if (value == null) {
            out.writeNull();
        } else if (value instanceof Json object) {
            out.writeStartObject();
            object.fields.forEach((name, field) -> {
                out.writeName(name);
                write(out, field);
            });
            out.writeEndObject();
        } else if (value instanceof List<?> list) {
            out.writeStartArray();
            for (Object element : list) write(out, element);
            out.writeEndArray();
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else if (value instanceof Integer || value instanceof Long) {
            out.writeNumber(((Number) value).longValue());
        } else if (value instanceof Double number) {
            out.writeNumber(number);
        } else {
            out.writeString(value.toString());
        }
    }
}
