package dev.hubswarm.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The user's variables as they were before {@link Entrance} led programs through the agent. Our own commands live in
 * those: an agent that took itself for the Hub, or for the company's proxy, would ask itself for ever, and one that
 * trusted its own authority would take anybody with its key for the Hub. Stateless.
 */
final class OuterEnvironment {
    /** The agent's address, as an URL: a variable with this value is ours. */
    static final String ADDRESS = "HUBSWARM_INSIDE";
    /** The bundle, as a file: a variable with this value is ours. */
    static final String BUNDLE = "HUBSWARM_INSIDE_CA";
    /** What a variable of ours was before, under its name behind this. */
    static final String BEFORE = "HUBSWARM_BEFORE_";

    static final String JAVA_OPTIONS = "JAVA_TOOL_OPTIONS";
    static final String JAVA_BEGIN = "-Dhubswarm.inside";
    static final String JAVA_END = "-Dhubswarm.inside.end";
    private static final Pattern JAVA_OURS =
            Pattern.compile("\\s*" + Pattern.quote(JAVA_BEGIN) + "\\s.*?" + Pattern.quote(JAVA_END) + "(?=\\s|$)");
    private static final List<String> JAVA_PROPERTIES =
            List.of("https.proxyHost", "https.proxyPort", "http.nonProxyHosts", "javax.net.ssl.trustStore");

    private OuterEnvironment() {}

    static Map<String, String> get() {
        return of(System.getenv());
    }

    static Map<String, String> of(Map<String, String> inner) {
        if (!inner.containsKey(ADDRESS)) return inner;
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        Map<String, String> outer = windows ? new TreeMap<>(String.CASE_INSENSITIVE_ORDER) : new HashMap<>();
        outer.putAll(inner);
        restore(outer);
        return outer;
    }

    /** As {@link #of}, in place: the map of a process to be started keeps names and values that Java cannot read. */
    static void restore(Map<String, String> environment) {
        @Nullable String address = environment.get(ADDRESS);
        if (address == null) return;
        String bundle = environment.getOrDefault(BUNDLE, address);
        for (String name : Entrance.REPLACED) {
            String value = environment.get(name);
            if (value == null || !List.of(address, bundle).contains(value)) continue;
            String before = environment.get(BEFORE + name);
            if (before == null) environment.remove(name);
            else environment.put(name, before);
        }
        String java = environment.get(JAVA_OPTIONS);
        if (java != null) {
            String own = JAVA_OURS.matcher(java).replaceAll("").trim();
            if (own.isEmpty()) environment.remove(JAVA_OPTIONS);
            else environment.put(JAVA_OPTIONS, own);
        }
        environment.remove(ADDRESS);
        environment.remove(BUNDLE);
        for (String name : Entrance.REPLACED) environment.remove(BEFORE + name);
    }

    /** Takes out of this very JVM what it was told as any other Java program. Before anything asks for it. */
    static void leaveJava() {
        if (System.getProperty(JAVA_BEGIN.substring(2)) == null) return;
        for (String name : JAVA_PROPERTIES) System.clearProperty(name);
    }
}
