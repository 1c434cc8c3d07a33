package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.tls.TrustFiles;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EntranceTest {
    private static final InetSocketAddress AGENT = UpCommand.loopback(8470);
    private static final String URL = "http://127.0.0.1:8470";
    private static final TrustFiles FILES = files("/home/me/state");

    /** A user whose company has a proxy, an authority and a Hub of its own. */
    private static final Map<String, String> COMPANY = Map.of(
            "HTTPS_PROXY", "http://me:secret@proxy.corp:3128",
            "NO_PROXY", "intern.corp, .lab",
            "SSL_CERT_FILE", "/etc/corp.pem",
            "HF_ENDPOINT", "https://hub.corp",
            "JAVA_TOOL_OPTIONS", "-Xmx1g",
            "PATH", "/bin");

    private static TrustFiles files(String folder) {
        return new TrustFiles(Path.of(folder, "root.pem"), Path.of(folder, "b.pem"), Path.of(folder, "b.jks"));
    }

    private static Map<String, String> inside(Map<String, String> outer, Map<String, String> settings) {
        Map<String, String> inner = new HashMap<>(outer);
        Entrance.change(inner, settings);
        return inner;
    }

    @Test
    void asTheHubItIsNamedAndReachedDirectly() {
        assertEquals(
                Map.of(
                        "HF_ENDPOINT", URL,
                        "MODEL_ENDPOINT", URL,
                        "HUBSWARM_INSIDE", URL,
                        "NO_PROXY", "localhost,127.0.0.1",
                        "no_proxy", "localhost,127.0.0.1"),
                Entrance.asHub(Map.of(), AGENT));
    }

    /** hub-protocol.md section 3.2. */
    @Test
    void asAProxyEveryVariableIsSet() {
        Map<String, String> settings = Entrance.asProxy(Map.of(), AGENT, FILES);
        for (String name : List.of("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"))
            assertEquals(URL, settings.get(name), name);
        for (String name : List.of(
                "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"))
            assertEquals(FILES.bundle().toString(), settings.get(name), name);
        String java = settings.getOrDefault("JAVA_TOOL_OPTIONS", "");
        for (String option : List.of(
                "-Dhttps.proxyHost=127.0.0.1 ",
                "-Dhttps.proxyPort=8470 ",
                "-Dhttp.nonProxyHosts=localhost|127.*|[::1] ",
                "-Djavax.net.ssl.trustStore=" + FILES.javaStore() + " ")) assertTrue(java.contains(option), java);
        assertFalse(settings.containsKey("HF_ENDPOINT"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "0.0.0.0 http://127.0.0.1:8470 localhost,127.0.0.1",
                "10.1.2.3 http://10.1.2.3:8470 localhost,127.0.0.1,10.1.2.3",
                "::1 http://[0:0:0:0:0:0:0:1]:8470 localhost,127.0.0.1,0:0:0:0:0:0:0:1"
            })
    void anAgentElsewhereIsCalledThere(String host, String url, String exceptions) {
        Map<String, String> settings = Entrance.asHub(Map.of(), new InetSocketAddress(host, 8470));
        assertEquals(url, settings.get("HF_ENDPOINT"));
        assertEquals(exceptions, settings.get("NO_PROXY"));
    }

    @Test
    void whatTheUserSetIsExtendedAndRemembered() {
        Map<String, String> inner = inside(COMPANY, Entrance.asProxy(COMPANY, AGENT, FILES));
        assertEquals("intern.corp,.lab,localhost,127.0.0.1", inner.get("NO_PROXY"));
        assertEquals(inner.get("NO_PROXY"), inner.get("no_proxy"));
        assertEquals("https://hub.corp", inner.get("HF_ENDPOINT"), "a proxy leaves the Hub as it is");
        String java = inner.getOrDefault("JAVA_TOOL_OPTIONS", "");
        assertTrue(java.startsWith("-Xmx1g -D"), java);
        assertTrue(java.contains("|intern.corp|*.intern.corp|lab|*.lab "), java);
        assertEquals("http://me:secret@proxy.corp:3128", inner.get("HUBSWARM_BEFORE_HTTPS_PROXY"));
        assertEquals("/etc/corp.pem", inner.get("HUBSWARM_BEFORE_SSL_CERT_FILE"));
    }

    /** Our own commands must not take the agent for the Hub or the company's proxy, nor its authority for one. */
    @Test
    void fromInsideTheOutsideIsFoundAgain() {
        for (Map<String, String> settings :
                List.of(Entrance.asProxy(COMPANY, AGENT, FILES), Entrance.asHub(COMPANY, AGENT))) {
            Map<String, String> outer = new HashMap<>(OuterEnvironment.of(inside(COMPANY, settings)));
            for (String exceptions : List.of("NO_PROXY", "no_proxy"))
                assertTrue(outer.remove(exceptions, "intern.corp,.lab,localhost,127.0.0.1"), exceptions);
            outer.remove("NODE_USE_ENV_PROXY");
            Map<String, String> expected = new HashMap<>(COMPANY);
            expected.remove("NO_PROXY");
            assertEquals(expected, outer);
        }
        assertEquals(COMPANY, OuterEnvironment.of(COMPANY));
    }

    @Test
    void whoGoesInTwiceIsInOnce() {
        Map<String, String> once = inside(COMPANY, Entrance.asProxy(COMPANY, AGENT, FILES));
        Map<String, String> twice = inside(once, Entrance.asProxy(OuterEnvironment.of(once), AGENT, FILES));
        assertEquals(once, twice);
        InetSocketAddress moved = UpCommand.loopback(9000);
        Map<String, String> other = inside(once, Entrance.asProxy(OuterEnvironment.of(once), moved, FILES));
        assertFalse(other.toString().contains(":8470") || other.toString().contains("Port=8470"), other::toString);
        Map<String, String> asHub = inside(once, Entrance.asHub(OuterEnvironment.of(once), AGENT));
        assertEquals("http://me:secret@proxy.corp:3128", asHub.get("HTTPS_PROXY"), "the other entrance is left");
        assertEquals("-Xmx1g", asHub.get("JAVA_TOOL_OPTIONS"));
        assertNull(asHub.get("REQUESTS_CA_BUNDLE"));
        assertEquals(
                Set.of(),
                Set.copyOf(asHub.keySet().stream()
                        .filter(name -> name.startsWith("HUBSWARM_BEFORE_HTTPS"))
                        .toList()));
    }

    @Test
    void whatTheUserChangesInsideIsHisOwn() {
        Map<String, String> inner = inside(COMPANY, Entrance.asProxy(COMPANY, AGENT, FILES));
        inner.put("HTTPS_PROXY", "http://other.corp:80");
        assertEquals("http://other.corp:80", OuterEnvironment.of(inner).get("HTTPS_PROXY"));
    }

    @Test
    void aStarStaysAloneAndJavaSettingsOfTheUserStay() {
        Map<String, String> off = Map.of("no_proxy", "*", "NO_PROXY", "x.corp");
        assertTrue(Entrance.isSwitchedOff(off));
        assertEquals("*", Entrance.asHub(off, AGENT).get("NO_PROXY"));
        for (String own : List.of("-Djavax.net.ssl.trustStore=/mine", "-Dhttps.proxyHost=proxy.corp"))
            assertNull(Entrance.asProxy(Map.of("JAVA_TOOL_OPTIONS", own), AGENT, FILES)
                    .get("JAVA_TOOL_OPTIONS"));
    }

    @Test
    void pathsWithSpacesAndQuotesReachJavaWhole() throws Exception {
        String folder = "/home/O'Neil \"x\" and $more";
        String java = Entrance.asProxy(Map.of(), AGENT, files(folder)).getOrDefault("JAVA_TOOL_OPTIONS", "");
        ProcessBuilder program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XshowSettings:properties",
                        "-version")
                .redirectErrorStream(true);
        program.environment().put("JAVA_TOOL_OPTIONS", java);
        Process process = program.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("javax.net.ssl.trustStore = " + files(folder).javaStore()), said);
        assertTrue(said.contains("https.proxyPort = 8470"), said);
    }

    @Test
    void thePasswordOfAProxyIsNotPrinted() {
        Map<String, String> settings = Entrance.asProxy(COMPANY, AGENT, FILES);
        for (ShellSyntax shell : ShellSyntax.values()) {
            String all = String.join("\n", EnvCommand.lines(shell, COMPANY, COMPANY, settings));
            assertFalse(all.contains("secret"), all);
            assertTrue(all.contains("HUBSWARM_BEFORE_HTTPS_PROXY"), all);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/bin/bash,SH",
        "/usr/bin/fish,FISH",
        "/opt/pwsh,POWERSHELL",
        "/bin/zsh,SH",
        "'C:\\x\\powershell.exe',POWERSHELL",
        "'',SH"
    })
    void theShellIsKnownByItsName(String path, ShellSyntax shell) {
        assertEquals(shell, ShellSyntax.of(Map.of("SHELL", path), false));
        assertEquals(ShellSyntax.POWERSHELL, ShellSyntax.of(Map.of(), true));
    }

    @Test
    void eachShellQuotesInItsWay() {
        String value = "a'b\\c \u2019$x`\"\n";
        assertEquals("export V='a'\\''b\\c \u2019$x`\"\n'", ShellSyntax.SH.set("V", value));
        assertEquals("set -gx V 'a\\'b\\\\c \u2019$x`\"\n'", ShellSyntax.FISH.set("V", value));
        assertEquals("${env:V} = 'a''b\\c \u2019\u2019$x`\"\n'", ShellSyntax.POWERSHELL.set("V", value));
    }
}
