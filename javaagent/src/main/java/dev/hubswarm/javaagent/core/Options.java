package dev.hubswarm.javaagent.core;

import java.net.URI;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind the {@code =} of the flag: {@code name=value}, separated by commas; a list's parts by {@code +}.
 * Immutable.
 *
 * @param upstream scheme and authority of the Hub whose files are meant
 * @param agent where the agent's proxy is, a socket or {@code http://HOST:PORT}; null to look in HUBSWARM_HOME
 * @param mode for an agent that is started from here; null for its own default
 * @param clients the kinds of clients that are looked at
 */
record Options(
        String upstream,
        @Nullable String agent,
        @Nullable String mode,
        Log.Level log,
        Set<String> clients,
        boolean autostart) {
    static final String HUB = "https://huggingface.co";
    static final Set<String> CLIENTS = Set.of("jdk", "huc", "okhttp", "apache4", "apache5");
    private static final Set<String> MODES = Set.of("race", "offload", "http");

    /** @throws IllegalArgumentException that says what is wrong; the agent is off then */
    static Options parse(String text, Map<String, String> environment) {
        String upstream = usualHub(environment);
        String agent = null;
        String mode = null;
        Log.Level log = Log.Level.WARN;
        Set<String> clients = CLIENTS;
        boolean autostart = false;
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) continue;
            int equals = part.indexOf('=');
            String name = part.substring(0, Math.max(equals, 0)).trim();
            String value = part.substring(equals + 1).trim();
            switch (name) {
                case "upstream" -> upstream = origin(value);
                case "agent" -> agent = place(value);
                case "mode" -> mode = oneOf(name, value, MODES);
                case "log" ->
                    log = Log.Level.valueOf(
                            oneOf(name, value, Set.of("off", "warn", "debug")).toUpperCase(Locale.ROOT));
                case "clients" -> {
                    clients = new HashSet<>(Arrays.asList(value.split("\\+", -1)));
                    for (String client : clients) oneOf(name, client, CLIENTS);
                }
                case "autostart" ->
                    autostart = oneOf(name, value, Set.of("true", "false")).equals("true");
                default ->
                    throw new IllegalArgumentException("\"" + part
                            + "\" is no option; there are upstream=, agent=, mode=, log=, clients= and autostart=");
            }
        }
        return new Options(upstream, agent, mode, log, Set.copyOf(clients), autostart);
    }

    /** HF_ENDPOINT, as for every other client, unless it leads to an agent on this machine. */
    private static String usualHub(Map<String, String> environment) {
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
        if (endpoint.isBlank()) return HUB;
        try {
            String host = new URI(endpoint).getHost();
            boolean here = host == null || host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
            return here ? HUB : origin(endpoint);
        } catch (java.net.URISyntaxException e) {
            return HUB;
        }
    }

    private static String origin(String url) {
        URI uri = URI.create(url);
        String scheme = uri.getScheme();
        if (uri.getRawAuthority() == null || !("http".equals(scheme) || "https".equals(scheme)))
            throw new IllegalArgumentException("upstream=" + url + " is no address such as " + HUB);
        return scheme + "://" + uri.getRawAuthority().toLowerCase(Locale.ROOT);
    }

    private static String place(String agent) {
        if (!agent.startsWith("http://")) return agent;
        URI uri = URI.create(agent);
        if (uri.getHost() == null || uri.getPort() < 0)
            throw new IllegalArgumentException("agent=" + agent + " names no host and port");
        return agent;
    }

    private static String oneOf(String name, String value, Set<String> allowed) {
        if (!allowed.contains(value))
            throw new IllegalArgumentException(name + "=" + value + " is unknown; there are "
                    + String.join(", ", new java.util.TreeSet<>(allowed)));
        return value;
    }
}
