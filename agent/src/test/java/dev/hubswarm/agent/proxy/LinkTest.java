package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.accelerator.Delivery;
import dev.hubswarm.agent.proxy.RawClient.Reply;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients that follow the Hub's redirects themselves, through us. */
@ExtendWith(LeakCheck.class)
final class LinkTest {
    private static final StubContent LARGE = StubContent.generated(14, 3_000_001);
    private static final String FILE = "/org/model/resolve/main/model.bin";

    @TempDir
    Path home;

    private final HubStub hub = HubStub.builder().reader("good").start();
    private final Queue<RemoteFile> wanted = new ConcurrentLinkedQueue<>();
    private StubRepo repo = StubRepo.model("org/model").xet("model.bin", LARGE).build();
    private TestProxy proxy;

    @BeforeEach
    void start() throws Exception {
        hub.put(repo);
        proxy = TestProxy.start(
                home,
                URI.create(hub.endpoint()),
                ProxyRules.NONE,
                (file, location, token, from, to) -> {
                    wanted.add(file);
                    return CompletableFuture.completedFuture(Optional.<Delivery>empty());
                },
                null,
                TestProxy.ANYWHERE);
    }

    @AfterEach
    void stop() {
        proxy.close();
        hub.close();
    }

    /** As the Hub leads somebody there, without us. */
    private String link(String... headers) throws Exception {
        URI endpoint = URI.create(hub.endpoint());
        String[] all = Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "Host: " + endpoint.getAuthority();
        InetSocketAddress address = new InetSocketAddress(endpoint.getHost(), endpoint.getPort());
        return RawClient.ask(address, "HEAD", FILE, all).header("Location");
    }

    private Reply get(String link, String... headers) throws Exception {
        String[] all = Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "Host: " + URI.create(link).getAuthority();
        return RawClient.ask(proxy.address(), "GET", link, all);
    }

    @Test
    void isTheFileThatTheHubLedTo() throws Exception {
        assertEquals(200, proxy.ask("HEAD", FILE).status());
        Reply got = get(link());
        assertEquals(200, got.status());
        assertTrue(Arrays.equals(LARGE.bytes(), got.body()), "other bytes");
        assertEquals(1, wanted.size());
        assertEquals("model.bin", wanted.element().path());
        assertEquals(repo.head(), wanted.element().commit());
        Reply range = get(link(), "Range: bytes=7-9");
        assertEquals("bytes 7-9/3000001", range.header("Content-Range"));
        assertTrue(Arrays.equals(LARGE.bytes(7, 3), range.body()), "other bytes");
    }

    @Test
    void comesFromTheCache() throws Exception {
        assertEquals(200, proxy.ask("HEAD", FILE).status());
        proxy.cache(repo, "model.bin");
        String link = link();
        hub.forgetServed();
        long before = hub.totals().bodyBytes();
        assertTrue(Arrays.equals(LARGE.bytes(), get(link).body()), "other bytes");
        long sent = hub.totals().bodyBytes() - before;
        assertTrue(sent < LARGE.size() / 10, "the Hub sent " + sent);
    }

    /** Who has no link gets nothing, though another was led there, and the file lies here. */
    @Test
    void isGoodForWhoHoldsItOnly() throws Exception {
        repo = StubRepo.model("org/model")
                .access(new StubRepo.Access.Private())
                .xet("model.bin", LARGE)
                .build();
        hub.put(repo);
        assertEquals(200, proxy.ask("HEAD", FILE, "Authorization: Bearer good").status());
        proxy.cache(repo, "model.bin");
        String link = link("Authorization: Bearer good");
        for (String forged : new String[] {
            link.substring(0, link.indexOf('?')),
            link.replaceFirst("Signature=[0-9a-f]", "Signature=x"),
            link.replaceFirst("Expires=[0-9]", "Expires=9"),
        }) {
            Reply reply = get(forged);
            assertEquals(403, reply.status(), forged);
            assertTrue(reply.body().length < 1_000);
        }
        // Nor does a token help: it is none of storage's.
        assertEquals(
                403,
                get(link.substring(0, link.indexOf('?')), "Authorization: Bearer good")
                        .status());
        assertTrue(Arrays.equals(LARGE.bytes(), get(link).body()), "other bytes");
    }

    @Test
    void ofWhichNothingIsKnownPassesThrough() throws Exception {
        String link = link();
        Reply got = get(link);
        assertTrue(Arrays.equals(LARGE.bytes(), got.body()), "other bytes");
        assertTrue(wanted.isEmpty());
        assertEquals(1, hub.totals().requests(Route.CDN));
    }
}
