package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.PeerNetwork;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerserver.TrackerConfig;
import dev.hubswarm.trackerserver.TrackerService;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What the demo has instead of the Internet: a Hub with a narrow line, a tracker, and a folder for all that is written,
 * which goes with it. Nothing of it leaves loopback. Thread-safe.
 */
final class DemoWorld implements AutoCloseable {
    static final RepoRef REPO = new RepoRef(RepoType.MODEL, "demo/model");
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final long SEED = 1;

    private final Random random = new Random();
    private final Path folder;
    private final HubStub hub;
    private final TrackerService tracker;
    private final OriginConfig origin;

    DemoWorld(long fileSize, long bytesPerSecond) throws UserError {
        NettyMachine.name();
        folder = createFolder();
        hub = HubStub.builder().sumsOnly().uplink(bytesPerSecond).start();
        hub.put(StubRepo.model(REPO.id())
                .xet("model.safetensors", StubContent.generated(SEED, fileSize))
                .build());
        // No token and no proxy: the user's are none of its business.
        origin = new OriginConfig(
                URI.create(hub.endpoint()),
                null,
                ProxyRules.NONE,
                null,
                false,
                "hubswarm-demo",
                OriginConfig.DEFAULT_TIMEOUT,
                OriginConfig.DEFAULT_TIMEOUT,
                OriginConfig.DEFAULT_RETRIES);
        try {
            tracker = TrackerService.start(new TrackerConfig(
                    Version.number(),
                    new ServerConfig(new InetSocketAddress(LOOPBACK, 0), false),
                    SwarmConfig.DEFAULT,
                    new StorageUri.Memory(),
                    folder,
                    null,
                    AccessTokens.NONE,
                    null));
        } catch (UserError | RuntimeException e) {
            hub.close();
            delete(folder);
            throw e;
        }
    }

    private static Path createFolder() throws UserError {
        try {
            return Files.createTempDirectory("hubswarm-demo-");
        } catch (IOException e) {
            throw FileErrors.writing(Path.of(System.getProperty("java.io.tmpdir", "")), e);
        }
    }

    String hub() {
        return hub.endpoint();
    }

    String tracker() {
        return "http://" + LOOPBACK.getHostAddress() + ':' + tracker.address().getPort();
    }

    Path folder(String name) {
        return folder.resolve(name);
    }

    Random random() {
        return random;
    }

    /** Another machine's way to the Hub. */
    HubOrigin connect() throws UserError {
        return new HubOrigin(origin, new RateBudget(random), random);
    }

    /** Another machine's place among peers. */
    PeerNetwork join(HubOrigin own, Path notes) throws UserError {
        PeerNetwork.Config config = new PeerNetwork.Config(
                "hubswarm " + Version.number(),
                LOOPBACK,
                0,
                0,
                0,
                List.of(TrackerUrl.parse(tracker())),
                List.of(),
                null,
                notes,
                List.of(),
                any -> true);
        return new PeerNetwork(config, own.tls(), random);
    }

    /** Bytes that left the Hub since this was asked last. */
    long takeHubBytes() {
        long bytes = hub.totals().bodyBytes();
        hub.forgetServed();
        return bytes;
    }

    /** Of a file or folder, whether it is there or not. */
    static void delete(Path path) throws UserError {
        if (!Files.exists(path)) return;
        try (Stream<Path> all = Files.walk(path)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(one);
        } catch (IOException e) {
            throw FileErrors.writing(path, e);
        }
    }

    @Override
    public void close() throws UserError {
        tracker.close();
        hub.close();
        delete(folder);
    }
}
