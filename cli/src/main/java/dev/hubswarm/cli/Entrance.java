package dev.hubswarm.cli;

import dev.hubswarm.agent.tls.PublicRoots;
import dev.hubswarm.agent.tls.TrustFiles;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The variables that lead a program through the agent: to it as if it were the Hub, or, by TLS, as its proxy. What the
 * user has set already is kept where it can be, and otherwise remembered for {@link OuterEnvironment}. Stateless.
 */
final class Entrance {
    private static final List<String> ENDPOINTS = List.of("HF_ENDPOINT", "MODEL_ENDPOINT");
    private static final List<String> PROXIES = List.of("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy");
    /** Of Python's two families of HTTP libraries, of curl, git, and Node. */
    private static final List<String> BUNDLES =
            List.of("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS");

    private static final String CERTIFICATE_FOLDERS = "SSL_CERT_DIR";
    private static final List<String> EXCEPTIONS = List.of("NO_PROXY", "no_proxy");
    /** A program that is itself here is reached directly. Not ::1, over which httpx before 0.28 falls. */
    private static final List<String> HERE = List.of("localhost", "127.0.0.1");

    /** What Java has in place of {@link #HERE} where nothing is set. */
    private static final List<String> JAVA_HERE = List.of("localhost", "127.*", "[::1]");

    private static final String TRUST_STORE = "-Djavax.net.ssl.trustStore=";
    private static final String PROXY_HOST = "-Dhttps.proxyHost=";

    /** Whose former value has to be remembered. */
    static final List<String> REPLACED = join(ENDPOINTS, PROXIES, BUNDLES);

    private Entrance() {}

    @SafeVarargs
    private static List<String> join(List<String>... lists) {
        List<String> all = new ArrayList<>();
        for (List<String> list : lists) all.addAll(list);
        return List.copyOf(all);
    }

    /** For programs that take the Hub's address from a variable: huggingface_hub and what is built on it, llama.cpp. */
    static Map<String, String> asHub(Map<String, String> outer, InetSocketAddress agent) {
        Map<String, String> settings = begin(outer, agent);
        for (String name : ENDPOINTS) settings.put(name, url(agent));
        return settings;
    }

    /** For all that honour a proxy. */
    static Map<String, String> asProxy(Map<String, String> outer, InetSocketAddress agent, TrustFiles files) {
        Map<String, String> settings = begin(outer, agent);
        String bundle = files.bundle().toString();
        settings.put(OuterEnvironment.BUNDLE, bundle);
        for (String name : PROXIES) settings.put(name, url(agent));
        for (String name : BUNDLES) settings.put(name, bundle);
        // From Node 24 on; older ones have no switch.
        settings.put("NODE_USE_ENV_PROXY", "1");
        String java = outer.getOrDefault(OuterEnvironment.JAVA_OPTIONS, "").trim();
        // Who gave Java a proxy or a store of its own knows why, and either is of no use without the other.
        if (!java.contains(TRUST_STORE) && !java.contains(PROXY_HOST))
            settings.put(OuterEnvironment.JAVA_OPTIONS, (java + " " + javaOptions(outer, agent, files)).trim());
        return settings;
    }

    private static Map<String, String> begin(Map<String, String> outer, InetSocketAddress agent) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(OuterEnvironment.ADDRESS, url(agent));
        String exceptions = String.join(",", exceptions(outer, agent));
        for (String name : EXCEPTIONS) settings.put(name, exceptions);
        return settings;
    }

    static String url(InetSocketAddress agent) {
        return "http://" + host(agent) + ":" + agent.getPort();
    }

    /** An agent that listens everywhere is called on this machine. */
    private static String host(InetSocketAddress agent) {
        InetAddress address = agent.getAddress();
        if (address != null && address.isAnyLocalAddress()) return "127.0.0.1";
        String host = address == null ? agent.getHostString() : address.getHostAddress();
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static List<String> exceptions(Map<String, String> outer, InetSocketAddress agent) {
        List<String> all = new ArrayList<>();
        // In lower case it wins, in Python as in curl.
        String set = outer.getOrDefault("no_proxy", outer.getOrDefault("NO_PROXY", ""));
        for (String each : set.split("[,\\s]+", -1)) if (!each.isEmpty()) all.add(each);
        if (all.contains("*")) return all;
        for (String each : HERE) if (!all.contains(each)) all.add(each);
        String host = host(agent).replaceAll("[\\[\\]]", "");
        if (!all.contains(host)) all.add(host);
        return all;
    }

    /**
     * Only the proxy for https, by which alone the Hub is reached: Java programs know nothing of NO_PROXY, and one that
     * calls a machine of the company by http goes on doing so.
     */
    private static String javaOptions(Map<String, String> outer, InetSocketAddress agent, TrustFiles files) {
        List<String> direct = new ArrayList<>(JAVA_HERE);
        for (String each : exceptions(outer, agent)) {
            if (HERE.contains(each)) continue;
            String name = each.replaceAll("^[*.]+", "");
            if (each.equals("*")) direct.add("*");
            else if (!name.isEmpty() && !name.contains("/")) direct.addAll(List.of(name, "*." + name));
        }
        return String.join(
                " ",
                OuterEnvironment.JAVA_BEGIN,
                PROXY_HOST + host(agent),
                "-Dhttps.proxyPort=" + agent.getPort(),
                quoted("-Dhttp.nonProxyHosts=" + String.join("|", direct)),
                quoted(TRUST_STORE + files.javaStore()),
                OuterEnvironment.JAVA_END);
    }

    /** As HotSpot takes words apart: by white space, where no quote of either kind is open. */
    private static String quoted(String option) {
        if (option.chars().noneMatch(c -> Character.isWhitespace(c) || c == '"' || c == '\'')) return option;
        return "\"" + option.replace("\"", "\"'\"'\"") + "\"";
    }

    /** What programs here trust anyway, also by the variables that are about to be replaced. */
    static PublicRoots roots(Map<String, String> outer) {
        List<Path> extras = new ArrayList<>();
        for (String name : BUNDLES) addPath(outer.get(name), extras);
        for (String folder : outer.getOrDefault(CERTIFICATE_FOLDERS, "").split(Pattern.quote(File.pathSeparator), -1))
            addPath(folder, extras);
        return new PublicRoots(extras);
    }

    private static void addPath(@Nullable String text, List<Path> paths) {
        if (text == null || text.isBlank()) return;
        try {
            paths.add(Path.of(text).toAbsolutePath().normalize());
        } catch (InvalidPathException e) {
            // No program could read it either.
            System.getLogger(Entrance.class.getName()).log(System.Logger.Level.DEBUG, () -> "no path: " + text);
        }
    }

    /**
     * Turns the variables of a process into those of one that is led through the agent, or of one that is not.
     *
     * @param settings of {@link #asHub} or {@link #asProxy}, or none
     */
    static void change(Map<String, String> environment, Map<String, String> settings) {
        OuterEnvironment.restore(environment);
        for (String name : REPLACED) {
            String before = environment.get(name);
            if (before != null && settings.containsKey(name)) environment.put(OuterEnvironment.BEFORE + name, before);
        }
        environment.putAll(settings);
    }

    /** Whether nothing at all goes by a proxy. */
    static boolean isSwitchedOff(Map<String, String> outer) {
        return exceptions(outer, InetSocketAddress.createUnresolved("127.0.0.1", 0))
                .contains("*");
    }
}
