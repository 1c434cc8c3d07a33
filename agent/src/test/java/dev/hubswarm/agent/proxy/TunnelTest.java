package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
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

    /** S18: eighty spellings of this machine and its network, of which somebody listens at each that is this machine. */
    @Test
    void noSpellingLeadsToThisMachine() throws Exception {
        try (ServerSocket here = new ServerSocket(0)) {
            int port = here.getLocalPort();
            List<String> hosts = new ArrayList<>(List.of(
                    "localhost",
                    "LOCALHOST",
                    "LocalHost",
                    "localhost.",
                    "127.0.0.1",
                    "127.0.0.1.",
                    "127.1",
                    "127.0.1",
                    "127.255.255.254",
                    "127.000.000.001",
                    "0177.0.0.1",
                    "0x7f.0.0.1",
                    "0x7f000001",
                    "2130706433",
                    "017700000001",
                    "0",
                    "0.0.0.0",
                    "0.0",
                    "[::1]",
                    "[::]",
                    "[0:0:0:0:0:0:0:1]",
                    "[0000:0000:0000:0000:0000:0000:0000:0001]",
                    "[::ffff:127.0.0.1]",
                    "[::ffff:7f00:1]",
                    "[0:0:0:0:0:ffff:127.0.0.1]",
                    "[::127.0.0.1]",
                    "[64:ff9b::127.0.0.1]",
                    "[2002:7f00:1::]",
                    "[::ffff:0:127.0.0.1]",
                    "[fe80::1]",
                    "[fc00::1]",
                    "[fd00::1]",
                    "[ff02::1]",
                    "[::ffff:10.0.0.1]",
                    "[::ffff:169.254.169.254]"));
            for (int i = 1; i <= 15; i++) {
                hosts.add("127." + i + ".0." + i);
                hosts.add("10.0.0." + i);
                hosts.add("192.168." + i + ".1");
            }
            hosts.add(InetAddress.getLocalHost().getHostName());
            assertTrue(hosts.size() >= 80);
            Destinations guarded = new Destinations(Set.of(port), false);
            try (TestProxy proxy = start("one", ProxyRules.NONE, guarded)) {
                for (String host : hosts) {
                    String target = host + ":" + port;
                    int connect = RawClient.ask(proxy.address(), "CONNECT", target, "Host: x")
                            .status();
                    int plain = RawClient.ask(proxy.address(), "GET", "http://" + target + "/", "Host: x")
                            .status();
                    // Some are no addresses, or names that nobody knows.
                    for (int status : new int[] {connect, plain})
                        assertTrue(
                                status == 403 || status == 400 || status == 502 || status == 504,
                                target + ": " + status);
                }
            }
            here.setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, here::accept, "somebody was led here");
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
