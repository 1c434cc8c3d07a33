package dev.hubswarm.hub.origin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.Recorder.Reply;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.TestTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** TLS, proxies, and what is said when there is no way through. */
@ExtendWith(LeakCheck.class)
final class ConnectionTest {
    private static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/name");
    private static final String INFO = "{\"id\":\"org/name\",\"sha\":\"0123456789abcdef0123456789abcdef01234567\","
            + "\"private\":false,\"gated\":false,\"siblings\":[{\"rfilename\":\"x\"}]}";

    private final VirtualClock clock = new VirtualClock();

    @TempDir
    Path folder;

    @Test
    void aCertificateIsTrustedIfTheExtraFileHasIt() throws Exception {
        TestTls tls = TestTls.create(folder, "dns:localhost");
        try (Recorder hub = new Recorder(tls, (method, target) -> new Reply(200, INFO))) {
            String endpoint = "https://localhost:" + hub.port();
            assertEquals(Gated.NO, ask(endpoint, ProxyRules.NONE, tls.pem()).gated());
            UserError unknown = assertThrows(UserError.class, () -> ask(endpoint, ProxyRules.NONE, null));
            assertTrue(says(unknown, "is not secure"), unknown.getMessage());
            assertTrue(says(unknown, "SSL_CERT_FILE"), unknown.getMessage());
            // Certificates do not get better by waiting.
            assertEquals(List.of(), clock.sleeps());
            String wrongName = "https://127.0.0.1:" + hub.port();
            UserError other = assertThrows(UserError.class, () -> ask(wrongName, ProxyRules.NONE, tls.pem()));
            assertTrue(says(other, "is not secure"), other.getMessage());
        }
    }

    @Test
    void theProxyIsAskedForWhatIsNotExcepted() throws Exception {
        try (Recorder proxy = new Recorder(null, (method, target) -> new Reply(200, INFO))) {
            UpstreamProxy upstream = new UpstreamProxy(
                    Proxy.Type.HTTP, InetSocketAddress.createUnresolved("127.0.0.1", proxy.port()), null);
            ask("http://hub.invalid", new ProxyRules(upstream, null, List.of()), null);
            assertEquals("hub.invalid", proxy.requests().get(0).host());
            ProxyRules excepted = new ProxyRules(upstream, null, List.of("127.0.0.1"));
            assertThrows(UserError.class, () -> ask("http://127.0.0.1:" + closedPort(), excepted, null));
            assertEquals(1, proxy.requests().size());
        }
    }

    @Test
    void aDeadProxyIsToldApartFromADeadHub() throws Exception {
        UpstreamProxy dead =
                new UpstreamProxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("127.0.0.1", closedPort()), null);
        UserError error = assertThrows(
                UserError.class, () -> ask("http://hub.invalid", new ProxyRules(dead, null, List.of()), null));
        assertTrue(says(error, "through the proxy 127.0.0.1:" + dead.address().getPort()), error.getMessage());
    }

    @Test
    void aProxyThatAsksWhoIsThereIsTold() throws Exception {
        boolean[] known = new boolean[1];
        try (Recorder proxy = new Recorder(null, (method, target) -> {
            if (known[0]) return new Reply(200, INFO);
            known[0] = true;
            return new Reply(407, "", "Proxy-Authenticate", "Basic realm=\"x\"");
        })) {
            UpstreamProxy upstream = new UpstreamProxy(
                    Proxy.Type.HTTP,
                    InetSocketAddress.createUnresolved("127.0.0.1", proxy.port()),
                    new Redacted("Basic bWU6c2VjcmV0"));
            ask("http://hub.invalid", new ProxyRules(upstream, null, List.of()), null);
            assertTrue(proxy.requests().get(1).text().contains("Basic bWU6c2VjcmV0"));
        }
        try (Recorder proxy =
                new Recorder(null, (method, target) -> new Reply(407, "", "Proxy-Authenticate", "Basic realm=\"x\""))) {
            UpstreamProxy upstream = new UpstreamProxy(
                    Proxy.Type.HTTP,
                    InetSocketAddress.createUnresolved("127.0.0.1", proxy.port()),
                    new Redacted("Basic bWU6c2VjcmV0"));
            UserError error = assertThrows(
                    UserError.class, () -> ask("http://hub.invalid", new ProxyRules(upstream, null, List.of()), null));
            assertTrue(says(error, "The proxy wants to know who asks"), error.getMessage());
        }
    }

    @Test
    void noWayThroughIsToldApart() throws Exception {
        UserError nobody =
                assertThrows(UserError.class, () -> ask("http://127.0.0.1:" + closedPort(), ProxyRules.NONE, null));
        assertTrue(says(nobody, "nobody answers"), nobody.getMessage());
        assertEquals(1, clock.sleeps().size(), "a Hub that never was there is not waited for long");
        // Not asked for: whoever resolves names is not this machine.
        UserError unknown = HubErrors.unreachable(HttpUrl.get("https://hub"), null, new UnknownHostException("hub"));
        assertTrue(says(unknown, "its name is unknown"), unknown.getMessage());
        try (Recorder portal = new Recorder(null, (method, target) -> new Reply(200, "<html>Log in</html>"))) {
            UserError garbled = assertThrows(
                    UserError.class, () -> ask("http://127.0.0.1:" + portal.port(), ProxyRules.NONE, null));
            assertTrue(says(garbled, "not what a Hub sends"), garbled.getMessage());
        }
    }

    /** As a proxy does that swallows everything. */
    @Test
    void whoTakesConnectionsAndStaysSilentIsSoonGivenUp() throws Exception {
        Duration timeout = Duration.ofMillis(100);
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            OriginConfig some = Origins.config("http://127.0.0.1:" + silent.getLocalPort(), null);
            OriginConfig config = new OriginConfig(
                    some.endpoint(), null, ProxyRules.NONE, null, false, "test", timeout, timeout, some.retries());
            long began = System.nanoTime();
            try (HubOrigin origin = Origins.open(config, clock)) {
                UserError error = assertThrows(UserError.class, () -> origin.repoInfo(REPO, Revision.MAIN));
                assertTrue(says(error, "it does not answer in time"), error.getMessage());
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            assertTrue(seconds < 10, () -> "told after " + seconds + " s");
            assertEquals(1, clock.sleeps().size());
        }
    }

    @Test
    void storageThatCannotBeReachedIsNamed() throws Exception {
        String storage = "http://localhost:" + closedPort();
        String commit = "0123456789abcdef0123456789abcdef01234567";
        RemoteFile file = new RemoteFile(REPO, commit, "x", ContentDigest.of(commit), 5);
        try (Recorder hub = new Recorder(
                        null, (method, target) -> new Reply(302, "", "Location", storage + "/x?Signature=secret"));
                HubOrigin origin = Origins.open(Origins.config("http://127.0.0.1:" + hub.port(), null), clock)) {
            UserError error = assertThrows(UserError.class, () -> origin.fetch(file));
            assertTrue(says(error, "Cannot reach " + storage + ": nobody answers"), error.getMessage());
            assertEquals(5, clock.sleeps().size(), "one that answered before is");
        }
    }

    @Test
    void aHubThatIsElsewhereIsNamed() throws Exception {
        try (Recorder hub = new Recorder(
                null, (method, target) -> new Reply(301, "", "Location", "https://huggingface.co" + target))) {
            UserError error =
                    assertThrows(UserError.class, () -> ask("http://127.0.0.1:" + hub.port(), ProxyRules.NONE, null));
            assertTrue(says(error, "sends us to huggingface.co"), error.getMessage());
        }
    }

    @Test
    void whatTheHubDoesNotSayIsNotAssumed() throws Exception {
        String silent = INFO.replace("\"private\":false,\"gated\":false,", "");
        try (Recorder hub = new Recorder(null, (method, target) -> new Reply(200, silent))) {
            RepoInfo info = ask("http://127.0.0.1:" + hub.port(), ProxyRules.NONE, null);
            assertTrue(info.isPrivate());
            assertEquals(Gated.UNKNOWN, info.gated());
        }
    }

    private static int closedPort() throws IOException {
        try (Recorder gone = new Recorder(null, (method, target) -> new Reply(200, ""))) {
            return gone.port();
        }
    }

    private RepoInfo ask(String endpoint, ProxyRules proxies, @Nullable Path ca) throws Exception {
        OriginConfig some = Origins.config(endpoint, null);
        OriginConfig config = new OriginConfig(
                some.endpoint(), null, proxies, ca, false, "test", some.metadataTimeout(), some.downloadTimeout(), 5);
        try (HubOrigin origin = Origins.open(config, clock)) {
            return origin.repoInfo(REPO, Revision.MAIN);
        }
    }

    private static boolean says(UserError error, String text) {
        return String.valueOf(error.getMessage()).contains(text);
    }
}
