package dev.hubswarm.agent.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HubHostsTest {
    private final HubHosts hosts = new HubHosts(URI.create("https://huggingface.co"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "huggingface.co",
                "HuggingFace.CO",
                "huggingface.co.",
                "www.huggingface.co",
                "hf.co",
                "cdn-lfs.huggingface.co",
                "cdn-lfs-us-1.hf.co",
                "us.aws.cdn.hf.co",
                "cas-bridge.xethub.hf.co"
            })
    void theHubAndItsStoresAreOurs(String host) {
        assertTrue(hosts.contains(host));
    }

    static String[] others() {
        return new String[] {
            "",
            ".",
            "..",
            "example.org",
            "huggingface.co.evil.org",
            "evilhuggingface.co",
            "xhf.co",
            "co",
            "*.hf.co",
            "*.cdn.hf.co",
            "huggingface.co..",
            ".huggingface.co",
            "huggingface..co",
            "huggingface.co:443",
            "huggingface.co/",
            "huggingface.co\n",
            "huggingface.co\0.evil.org",
            "hüggingface.co",
            "huggingface。co",
            "\u212augging.cdn.hf.co",
            "xn--hggingface-9db.co",
            "-.cdn.hf.co",
            "cas-server.xethub.hf.co",
            "transfer.xethub.hf.co",
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "::1",
            "[::1]",
            "localhost",
            "a".repeat(64) + ".cdn.hf.co",
            "a.".repeat(150) + "cdn.hf.co",
            "a".repeat(300)
        };
    }

    @ParameterizedTest
    @MethodSource("others")
    void allElsePassesUntouched(String host) {
        assertFalse(hosts.contains(host));
    }

    @Test
    void anotherHubIsOursToo() {
        HubHosts mirror = new HubHosts(URI.create("https://Hub.Example.org:8443/"));
        assertTrue(mirror.contains("hub.example.org"));
        assertTrue(mirror.contains("huggingface.co"));
        assertFalse(mirror.contains("example.org"));
        assertEquals(Set.of("huggingface.co", "hf.co", "hub.example.org"), mirror.domains());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://hub.example.org", "https://127.0.0.1:1", "https://[::1]", "https://localhost"})
    void aHubWithoutANameOrWithoutTlsIsNone(String upstream) {
        assertEquals(hosts.domains(), new HubHosts(URI.create(upstream)).domains());
        assertNull(HubHosts.normal("127.0.0.1"));
    }

    @Test
    void aHubBelowTheDomainsAddsNone() {
        assertEquals(hosts.domains(), new HubHosts(URI.create("https://eu.huggingface.co")).domains());
    }
}
