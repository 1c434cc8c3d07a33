package dev.hubswarm.javaagent.core;

import java.util.List;
import java.util.Map;

/**
 * A file, or a range of it, from the agent. Who got it closes the body.
 *
 * @param status 200 or 206
 * @param headers those of HTTP itself that describe the body; names as in the standard
 */
public record Answer(int status, Map<String, String> headers, Body body) {
    public Answer {
        headers = Map.copyOf(headers);
    }

    public String reason() {
        return status == 206 ? "Partial Content" : "OK";
    }

    public long length() {
        return body.length();
    }

    public Map<String, List<String>> headerLists() {
        Map<String, List<String>> lists = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach((name, value) -> lists.put(name, List.of(value)));
        return lists;
    }
}
