package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.proxy.RawClient.Reply;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.UpstreamProxy;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that have us as their proxy, and proxies that we have (reliability.md T17, T18). */
@ExtendWith(LeakCheck.class)
final class TunnelTest {
    private static final StubContent LARGE = StubContent.generated(4, 5_000_001);
    private static final String FILE = "/org/model/resolve/main/model.bin";

    @TempDir
    Path home;

    private final HubStub hub = HubStub.builder().start();

    @BeforeEach
    void fill() {
        hub.put(StubRepo.model("org/model").xet("model.bin", LARGE).build());
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private String authority() {
        return hub.endpoint().substring("http://".length());
    }

    private TestProxy open(String name) throws Exception {
        return start(name, ProxyRules.NONE, TestProxy.ANYWHERE);
    }

    private TestProxy start(String name, ProxyRules rules, Destinations destinations) throws Exception {
        Path folder = Files.createDirectory(home.resolve(name));
        return TestProxy.start(folder, URI.create(hub.endpoint()), rules, TestProxy.NONE, null, destinations);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:443", "localhost:443", "127.1:443", "2130706433:443", "[::1]:443", "[::ffff:127.0.0.1]:443",
                "0.0.0.0:443", "10.0.0.1:443", "192.168.1.1:443", "169.254.169.254:80", "100.64.0.1:443", "1.1.1.1:22",
                "1.1.1.1:8471", "1.1.1.1:0", "localhost.:443"
            })
    void nobodyIsLedToThisMachineOrItsNetwork(String target) throws Exception {
        try (TestProxy proxy = start("one", ProxyRules.NONE, Destinations.PUBLIC)) {
            Reply connect = RawClient.ask(proxy.address(), "CONNECT", target, "Host: " + target);
            assertEquals(403, connect.status());
            assertEquals("ForbiddenDestination", connect.header("X-Error-Code"));
            Reply plain = RawClient.ask(proxy.address(), "GET", "http://" + target + "/x", "Host: " + target);
            // What is no address at all is no good request, either.
            assertTrue(plain.status() == 403 || plain.status() == 400, plain::toString);
        }
    }

    @Test
    void aTunnelPassesBytesAsTheyAre() throws Exception {
        try (TestProxy proxy = open("one");
                RawClient client = proxy.connect()) {
            // As a stand-in of any host: what is spoken inside is none of our business.
            client.send("CONNECT", URI.create(hub.cdnEndpoint()).getAuthority(), "Host: x");
            assertEquals(200, head(client.in()));
            client.send("GET", "/nothing", "Host: y");
            assertEquals(404, client.reply(false).status());
        }
    }

    private static int head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) head.append((char) in.read());
        return Integer.parseInt(head.substring(9, 12));
    }

    @Test
    void aWholeAddressOfTheHubIsAnsweredAsTheHub() throws Exception {
        try (TestProxy proxy = start("one", ProxyRules.NONE, Destinations.PUBLIC)) {
            for (String base : List.of("http://" + authority(), "http://huggingface.co", proxy.url())) {
                Reply got = RawClient.ask(proxy.address(), "GET", base + FILE, "Host: " + authority());
                assertTrue(Arrays.equals(LARGE.bytes(), got.body()), base);
            }
        }
    }

    @Test
    void aWholeAddressOfAnotherHostIsAskedThere() throws Exception {
        try (TestProxy other = open("other");
                TestProxy proxy = start("one", ProxyRules.NONE, TestProxy.ANYWHERE)) {
            Reply got = RawClient.ask(proxy.address(), "GET", other.url() + FILE, "Host: wrong");
            assertTrue(Arrays.equals(LARGE.bytes(), got.body()), "other bytes");
        }
    }

    @Test
    void aCompanysProxyIsUsedForAllThatIsFetched() throws Exception {
        try (TestProxy company = open("company")) {
            InetSocketAddress at = InetSocketAddress.createUnresolved(
                    "127.0.0.1", company.address().getPort());
            UpstreamProxy upstream = new UpstreamProxy(Proxy.Type.HTTP, at, null);
            try (TestProxy proxy = start("one", new ProxyRules(upstream, upstream, List.of()), TestProxy.ANYWHERE);
                    RawClient client = proxy.connect()) {
                assertTrue(Arrays.equals(LARGE.bytes(), proxy.ask("GET", FILE).body()), "other bytes");
                client.send("CONNECT", URI.create(hub.cdnEndpoint()).getAuthority(), "Host: x");
                assertEquals(200, head(client.in()));
                client.send("GET", "/nothing", "Host: y");
                assertEquals(404, client.reply(false).status());
            }
        }
    }

    @Test
    void whoAnswersAtTheNameOfTheHubWithoutTlsGetsNoToken() {
        HttpOrigin far = HttpOrigin.of("http://hub.example.org");
        HttpOrigin near = HttpOrigin.of("http://127.0.0.1:80");
        HttpOrigin safe = HttpOrigin.of("https://hub.example.org");
        var headers = new io.netty.handler.codec.http.DefaultHttpHeaders().set("Authorization", "Bearer x");
        assertTrue(far != null && !Headers.forward(headers, far, false).contains("Authorization"));
        assertTrue(near != null && Headers.forward(headers, near, false).contains("Authorization"));
        assertTrue(safe != null && Headers.forward(headers, safe, false).contains("Authorization"));
    }
}
