package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.accelerator.Deliveries;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A proxy in front of a stub Hub. Confined to one thread. */
final class TestProxy implements AutoCloseable {
    static final Deliveries NONE =
            (file, location, token, from, to) -> CompletableFuture.completedFuture(Optional.empty());
    static final Destinations ANYWHERE = new Destinations(Set.of(80, 443), true);

    private final Path home;
    private final HubOrigin origin;
    private final ProxyServer server;
    private final HubCache cache;
    private final ProxyParts parts;

    private TestProxy(
            Path home,
            URI hub,
            ProxyRules rules,
            Deliveries deliveries,
            @Nullable Interception interception,
            Destinations destinations)
            throws UserError {
        this.home = home;
        Duration patience = Duration.ofSeconds(10);
        OriginConfig config = new OriginConfig(hub, null, rules, null, false, "test", patience, patience, 0);
        Random random = new Random(1);
        origin = new HubOrigin(config, new RateBudget(random), random);
        cache = new HubCache(home.resolve("cache"), home.resolve("resume"), true);
        parts = new ProxyParts(home, origin, cache, deliveries, interception, destinations);
        try {
            server = ProxyServer.start(config(0), parts);
        } catch (UserError | RuntimeException e) {
            origin.close();
            throw e;
        }
    }

    static ProxyConfig config(int port) {
        return new ProxyConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), List.of(), null);
    }

    static TestProxy start(Path home, HubStub hub) throws UserError {
        return start(home, hub, NONE);
    }

    static TestProxy start(Path home, HubStub hub, Deliveries deliveries) throws UserError {
        return start(home, URI.create(hub.endpoint()), ProxyRules.NONE, deliveries, null, Destinations.PUBLIC);
    }

    static TestProxy start(
            Path home,
            URI hub,
            ProxyRules rules,
            Deliveries deliveries,
            @Nullable Interception interception,
            Destinations destinations)
            throws UserError {
        return new TestProxy(home, hub, rules, deliveries, interception, destinations);
    }

    /** Another proxy with the same parts. */
    ProxyServer another(int port) throws UserError {
        return ProxyServer.start(config(port), parts);
    }

    InetSocketAddress address() {
        return server.address();
    }

    SocketAddress socket() {
        return UnixDomainSocketAddress.of(Objects.requireNonNull(server.socket()));
    }

    String host() {
        return "Host: 127.0.0.1:" + address().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + address().getPort();
    }

    /** On a connection of its own, with our name. */
    RawClient.Reply ask(String method, String target, String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add(host());
        return RawClient.ask(address(), method, target, all.toArray(new String[0]));
    }

    RawClient connect() throws IOException {
        return new RawClient(address());
    }

    /** As if it had been fetched. */
    void cache(StubRepo repo, String path) throws IOException, UserError {
        StubContent content = repo.file("main", path).content();
        ContentDigest digest = repo.file("main", path).digest();
        RepoCache folder = cache.repo(new RepoRef(RepoType.MODEL, repo.id()));
        Path blob =
                folder.snapshot(repo.head()).resolve("../../blobs").normalize().resolve(digest.hex());
        Files.createDirectories(Objects.requireNonNull(blob.getParent()));
        Files.write(blob, content.bytes());
        folder.link(repo.head(), path, digest);
        folder.writeRef(Revision.MAIN, repo.head());
    }

    /** Waits until it is written down that anybody may read so many files. */
    void awaitNotes(int count) throws IOException, InterruptedException {
        Path notes = home.resolve("public-files");
        try (WatchService changes = home.getFileSystem().newWatchService()) {
            home.register(changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            while (!Files.exists(notes) || Files.readAllLines(notes).size() < count) {
                WatchKey change = changes.poll(30, TimeUnit.SECONDS);
                if (change == null) throw new AssertionError("it is not noted");
                change.pollEvents();
                change.reset();
            }
        }
    }

    List<String> distrusting() {
        return server.distrusting();
    }

    /** Somebody's connection has ended, which the proxy may notice a little later. */
    void awaitDistrust() {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (distrusting().isEmpty()) {
            if (System.nanoTime() - end > 0) throw new AssertionError("nobody distrusts us");
            Thread.onSpinWait();
        }
    }

    Path home() {
        return home;
    }

    @Override
    public void close() {
        server.close();
        origin.close();
    }
}
