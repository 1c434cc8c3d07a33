package dev.hubswarm.hub.origin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OriginEnvironmentTest {
    @TempDir
    Path home;

    @Test
    void anEmptyEnvironmentMeansTheHubWithoutAToken() throws Exception {
        OriginConfig config = read();
        assertEquals(URI.create("https://huggingface.co"), config.endpoint());
        assertNull(config.token());
        assertNull(config.extraCa());
        assertFalse(config.offline());
        assertEquals(ProxyRules.NONE, config.proxies());
        assertEquals(Duration.ofSeconds(10), config.metadataTimeout());
        assertEquals(Duration.ofSeconds(10), config.downloadTimeout());
        assertEquals("agent/1", config.userAgent());
        assertEquals(config, read("HF_ENDPOINT", "", "HF_TOKEN", "  ", "HTTPS_PROXY", "", "SSL_CERT_FILE", ""));
    }

    @Test
    void theEndpointLosesItsSlashes() throws Exception {
        assertEquals(
                URI.create("http://h:1/mirror"),
                read("HF_ENDPOINT", " http://h:1/mirror// ").endpoint());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"huggingface.co", "ftp://h", "http://", "http://u:secret@h", "http://h?secret", "http://a secret"
            })
    void anEndpointThatIsNoneIsRefusedWithoutRepeatingIt(String endpoint) {
        UserError error = assertThrows(UserError.class, () -> read("HF_ENDPOINT", endpoint));
        assertEquals(UserError.Kind.USAGE, error.kind());
        assertFalse(String.valueOf(error.getMessage()).contains("secret"));
    }

    @Test
    void theTokenComesFromTheFirstPlaceThatHasOne() throws Exception {
        Path hf = home.resolve(".cache/huggingface");
        write(hf.resolve("token"), "hf_file\n");
        write(home.resolve("x/huggingface/token"), "hf_xdg");
        write(home.resolve("h/token"), "hf_home");
        write(home.resolve("own"), "hf_own");
        assertEquals("hf_file", token());
        assertEquals("hf_xdg", token("XDG_CACHE_HOME", home.resolve("x").toString()));
        assertEquals(
                "hf_home",
                token("HF_HOME", "~/h", "XDG_CACHE_HOME", home.resolve("x").toString()));
        assertEquals("hf_own", token("HF_TOKEN_PATH", home.resolve("own").toString(), "HF_HOME", "~/h"));
        assertEquals("hf_old", token("HUGGING_FACE_HUB_TOKEN", "hf_old"));
        assertEquals("hf_new", token("HUGGING_FACE_HUB_TOKEN", "hf_old", "HF_TOKEN", " hf_n\new\n"));
        assertNull(token("HF_TOKEN", "hf_new", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes"));
        assertNull(token("HF_TOKEN_PATH", home.resolve("none/token").toString()));
        assertFalse(read().toString().contains("hf_file"));
    }

    @Test
    void aTokenThatNoHeaderTakesIsRefusedWithoutRepeatingIt() throws Exception {
        UserError error = assertThrows(UserError.class, () -> read("HF_TOKEN", "hf_sécret"));
        assertFalse(String.valueOf(error.getMessage()).contains("cret"));
        Files.write(home.resolve("binary"), new byte[] {(byte) 0xff, 0});
        assertThrows(
                UserError.class,
                () -> read("HF_TOKEN_PATH", home.resolve("binary").toString()));
        UserError folder = assertThrows(UserError.class, () -> read("HF_TOKEN_PATH", home.toString()));
        assertEquals(UserError.Kind.NOT_ALLOWED, folder.kind());
    }

    @ParameterizedTest
    @CsvSource({"1,true", "on,true", "Yes,true", "TRUE,true", "0,false", "false,false", "2,false"})
    void switchesAreThoseOfHuggingfaceHub(String value, boolean on) throws Exception {
        assertEquals(on, read("HF_HUB_OFFLINE", value).offline());
        assertEquals(on, read("TRANSFORMERS_OFFLINE", value).offline());
    }

    @Test
    void timeoutsAndCertificatesAreRead() throws Exception {
        OriginConfig config = read(
                "HF_HUB_ETAG_TIMEOUT",
                "3",
                "HF_HUB_DOWNLOAD_TIMEOUT",
                "30",
                "REQUESTS_CA_BUNDLE",
                "/b",
                "SSL_CERT_FILE",
                "/a");
        assertEquals(Duration.ofSeconds(3), config.metadataTimeout());
        assertEquals(Duration.ofSeconds(30), config.downloadTimeout());
        assertEquals(Path.of("/a"), config.extraCa());
        assertEquals(Path.of("/b"), read("REQUESTS_CA_BUNDLE", "/b").extraCa());
        assertThrows(UserError.class, () -> read("HF_HUB_ETAG_TIMEOUT", "0"));
        assertThrows(UserError.class, () -> read("HF_HUB_DOWNLOAD_TIMEOUT", "ten"));
    }

    @Test
    void eachSchemeHasItsProxy() throws Exception {
        ProxyRules rules = read(
                        "HTTPS_PROXY",
                        "http://upper:1",
                        "https_proxy",
                        "http://me:p%40ss+@lower:2",
                        "ALL_PROXY",
                        "socks5://all:3")
                .proxies();
        UpstreamProxy https = rules.proxyFor(URI.create("https://huggingface.co/x"));
        assertEquals(
                new UpstreamProxy(
                        Proxy.Type.HTTP,
                        InetSocketAddress.createUnresolved("lower", 2),
                        new Redacted("Basic bWU6cEBzcys=")),
                https);
        assertFalse(rules.toString().contains("bWU6"));
        UpstreamProxy http = rules.proxyFor(URI.create("http://h/"));
        assertEquals(new UpstreamProxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved("all", 3), null), http);
        assertEquals(
                new UpstreamProxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("bare", 8080), null),
                read("HTTP_PROXY", "bare:8080").proxies().http());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://secret:1", "ftp://secret", "http://", "http://a b:secret@h", "socks5://me:secret@h:1"})
    void aProxyThatIsNoneIsRefusedWithoutRepeatingIt(String proxy) {
        UserError error = assertThrows(UserError.class, () -> read("HTTPS_PROXY", proxy));
        assertFalse(String.valueOf(error.getMessage()).contains("secret"), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "huggingface.co,https://huggingface.co/x,true",
        "huggingface.co,https://cdn.huggingface.co/x,true",
        ".huggingface.co,https://huggingface.co/x,true",
        "*.huggingface.co,https://cdn.huggingface.co/x,true",
        "face.co,https://huggingface.co/x,false",
        "HuggingFace.co,https://HUGGINGFACE.CO/x,true",
        "huggingface.co:443,https://huggingface.co/x,true",
        "huggingface.co:8443,https://huggingface.co/x,false",
        "*,https://huggingface.co/x,true",
        "localhost,http://localhost:8080/,true",
        "127.0.0.1,http://127.0.0.1:8080/,true",
        "127.0.0.0/8,http://127.9.9.9/,true",
        "10.1.0.0/16,http://10.2.0.1/,false",
        "0.0.0.0/0,http://10.2.0.1/,true",
        "10.0.0.0/33,http://10.0.0.1/,false",
        "::1,http://[::1]:8080/,true",
        "[::1],http://[::1]:8080/,true",
        "a.b,http://localhost/,false"
    })
    void noProxyNamesHostsDomainsPortsAndNetworks(String rule, URI uri, boolean direct) throws Exception {
        ProxyRules rules =
                read("NO_PROXY", "x.y, " + rule, "ALL_PROXY", "http://p:1").proxies();
        assertEquals(direct, rules.proxyFor(uri) == null);
        assertTrue(rules.except().contains(rule), List.copyOf(rules.except()).toString());
    }

    private @Nullable String token(String... environment) throws UserError {
        Redacted token = read(environment).token();
        return token == null ? null : token.reveal();
    }

    private OriginConfig read(String... environment) throws UserError {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < environment.length; i += 2) map.put(environment[i], environment[i + 1]);
        return OriginEnvironment.read(map, home, "agent/1");
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
