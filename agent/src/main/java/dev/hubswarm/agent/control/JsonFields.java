package dev.hubswarm.agent.control;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A small JSON object, its values as text by names such as {@code sockets.control}; of a list all. Immutable. */
final class JsonFields {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int DEEPEST = 8;

    private final Map<String, List<String>> values = new HashMap<>();

    private JsonFields() {}

    /** @throws IOException if it is no object, or a large one */
    static JsonFields read(byte[] json) throws IOException {
        JsonFields fields = new JsonFields();
        Deque<String> names = new ArrayDeque<>();
        try (JsonParser in = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            if (in.nextToken() != JsonToken.START_OBJECT) throw new IOException("this is no JSON object");
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                if (token == JsonToken.START_OBJECT) names.addLast(in.currentName() + ".");
                else if (token == JsonToken.END_OBJECT) names.pollLast();
                else if (token.isScalarValue() && token != JsonToken.VALUE_NULL) fields.add(names, in);
                if (names.size() > DEEPEST) throw new IOException("it is too deep");
            }
        } catch (JacksonException e) {
            throw new IOException("this is no JSON", e);
        }
        return fields;
    }

    private void add(Deque<String> names, JsonParser in) {
        // In a list, by the name of the list.
        String name = in.streamReadContext().inArray()
                ? in.streamReadContext().getParent().currentName()
                : in.currentName();
        values.computeIfAbsent(String.join("", names) + name, any -> new ArrayList<>())
                .add(in.getString());
    }

    @Nullable
    String text(String name) {
        List<String> all = list(name);
        return all.size() == 1 ? all.get(0) : null;
    }

    /** @throws IOException if there is none */
    String required(String name) throws IOException {
        String text = text(name);
        if (text == null) throw new IOException(name + " is missing");
        return text;
    }

    /** @throws IOException if there is none */
    long number(String name) throws IOException {
        return number(name, required(name));
    }

    List<Long> numbers(String name) throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (String text : list(name)) numbers.add(number(name, text));
        return numbers;
    }

    private static long number(String name, String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException(name + " is no whole number", e);
        }
    }

    List<String> list(String name) {
        return values.getOrDefault(name, List.of());
    }
}
