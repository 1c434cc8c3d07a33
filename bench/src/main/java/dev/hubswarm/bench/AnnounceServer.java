package dev.hubswarm.bench;

import dev.hubswarm.trackerserver.TrackerConfig;
import dev.hubswarm.trackerserver.TrackerService;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * A tracker for bench/tracker that takes any torrent; its arguments are the storage and a folder. Prints its port, and
 * ends with its standard input.
 */
public final class AnnounceServer {
    private AnnounceServer() {}

    public static void main(String[] args) throws Exception {
        TrackerConfig config = new TrackerConfig(
                "bench",
                new ServerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), true),
                SwarmConfig.DEFAULT.withOpen(true),
                StorageUri.parse(args[0]),
                Path.of(args[1]),
                null,
                AccessTokens.NONE,
                null);
        try (TrackerService tracker = TrackerService.start(config)) {
            System.out.println(tracker.address().getPort());
            while (System.in.read() >= 0) {}
        }
    }
}
