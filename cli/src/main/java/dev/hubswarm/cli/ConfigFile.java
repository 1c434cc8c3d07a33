package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * What stands in config.toml, by keys such as {@code cache.gc.delete}. Apart from {@link Settings}, so that the library
 * is loaded only where there is such a file. Immutable.
 */
final class ConfigFile {
    private static final Pattern HEADER = Pattern.compile("\\s*\\[([^\\[\\]]+)].*");
    private static final Pattern ASSIGNMENT = Pattern.compile("\\s*([^=#\\[]+?)\\s*=.*");

    private final Path path;
    private final List<String> lines;
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    private ConfigFile(Path path, String text) throws UserError {
        this.path = path;
        lines = text.lines().toList();
        try {
            collect("", new TomlMapper().readTree(text));
        } catch (JacksonException e) {
            // Its own words quote the file, in which there may be secrets.
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new UserError(
                    Kind.USAGE,
                    path + (line > 0 ? ", line " + line + "," : "") + " is not TOML.",
                    "Write `key = \"text\"`, `key = 5` or `key = true` below a line `[command]`.",
                    e);
        }
    }

    static ConfigFile read(Path path) throws UserError {
        try {
            return new ConfigFile(path, Files.readString(path));
        } catch (CharacterCodingException e) {
            throw new UserError(Kind.USAGE, path + " is not UTF-8, as TOML is.", "Save it in that encoding.", e);
        } catch (IOException e) {
            throw FileErrors.reading(path, e);
        }
    }

    private void collect(String key, JsonNode node) throws UserError {
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> entry : node.properties())
                collect(key.isEmpty() ? entry.getKey() : key + "." + entry.getKey(), entry.getValue());
        } else if (node.isArray()) {
            if (node.valueStream().anyMatch(JsonNode::isContainer)) {
                throw new UserError(
                        Kind.USAGE,
                        "'" + key + "' (" + origin(key) + ") is a list of lists or tables.",
                        "Make it a list of single values.");
            }
            values.put(key, node.valueStream().map(JsonNode::asString).toList());
        } else {
            values.put(key, List.of(node.asString()));
        }
    }

    /** What is set, in the order of the file; several values if it is a list. */
    Map<String, List<String>> values() {
        return values;
    }

    /** The library does not tell where a key stands; this looks for it, and finds the table at least. */
    String origin(String key) {
        String table = "";
        for (int i = 0; i < lines.size(); i++) {
            @Nullable String found = null;
            Matcher header = HEADER.matcher(lines.get(i));
            Matcher assignment = ASSIGNMENT.matcher(lines.get(i));
            if (header.matches()) table = bare(header.group(1)) + ".";
            else if (assignment.matches()) found = table + bare(assignment.group(1));
            // The latter is an inline table.
            if (found != null && (key.equals(found) || key.startsWith(found + "."))) return path + ", line " + (i + 1);
        }
        return path.toString();
    }

    private static String bare(String key) {
        return key.replaceAll("[\\s\"']", "");
    }
}
