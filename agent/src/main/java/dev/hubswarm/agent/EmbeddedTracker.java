package dev.hubswarm.agent;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.protocol.announce.PeerAddress;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tracker inside an agent, for whoever has no other. Thread-safe. */
final class EmbeddedTracker implements AutoCloseable {
    private static final int MOST_PORTS = 20;

    private final TrackerService service;

    private EmbeddedTracker(TrackerService service) {
        this.service = service;
    }

    /** At the port that was asked for, or the next that is free. */
    static EmbeddedTracker start(String version, Path home, OriginConfig hub, TrackerChoice choice) throws UserError {
        InetSocketAddress listen = choice.listen();
        int last = listen.getPort() == 0 ? 0 : Math.min(listen.getPort() + MOST_PORTS, PeerAddress.MAX_PORT);
        for (int port = listen.getPort(); ; port++) {
            InetSocketAddress candidate = new InetSocketAddress(listen.getAddress(), port);
            try {
                return new EmbeddedTracker(TrackerService.start(config(version, home, hub, choice.token(), candidate)));
            } catch (UserError e) {
                boolean isTaken = e.kind() == Kind.FAILED && e.getCause() instanceof IOException;
                if (!isTaken || port == last) throw e;
            }
        }
    }

    private static TrackerConfig config(
            String version, Path home, OriginConfig hub, @Nullable Redacted token, InetSocketAddress listen) {
        AccessTokens tokens =
                token == null ? AccessTokens.NONE : new AccessTokens(Map.of("agents", token), List.of(), null);
        return new TrackerConfig(
                version,
                new ServerConfig(listen, false),
                SwarmConfig.DEFAULT,
                new StorageUri.Sqlite(home.resolve("tracker.db")),
                home,
                hub.extraCa(),
                tokens,
                null);
    }

    InetSocketAddress address() {
        return service.address();
    }

    /**
     * Where we announce ourselves: a tracker hands those that come over loopback to none but those, so others hear of
     * us only by an address of the network.
     */
    List<TrackerUrl> urls() throws UserError {
        InetAddress own = address().getAddress();
        List<InetAddress> hosts = new ArrayList<>();
        if (own.isAnyLocalAddress()) {
            hosts.add(InetAddress.getLoopbackAddress());
            hosts.addAll(OwnAddresses.find());
        } else {
            hosts.add(own);
        }
        List<TrackerUrl> urls = new ArrayList<>();
        for (InetAddress host : hosts) urls.add(TrackerUrl.parse("http://" + at(host)));
        return urls;
    }

    private PeerAddress at(InetAddress host) {
        return PeerAddress.of(host.getAddress(), address().getPort());
    }

    /** What other machines give as {@code --tracker}; null if none of them reaches it. */
    @Nullable
    String urlForOthers() {
        InetAddress own = address().getAddress();
        if (own.isLoopbackAddress()) return null;
        List<InetAddress> hosts = own.isAnyLocalAddress() ? OwnAddresses.find() : List.of(own);
        return hosts.isEmpty() ? null : "http://" + at(hosts.get(0));
    }

    @Override
    public void close() {
        service.close();
    }
}
