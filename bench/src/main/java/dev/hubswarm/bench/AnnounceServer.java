package dev.hubswarm.bench;

import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.server.TrackerServer;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/** A tracker for bench/tracker: any torrent, no catalogue. Prints its port, and ends with its standard input. */
public final class AnnounceServer {
    private AnnounceServer() {}

    public static void main(String[] args) throws Exception {
        SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), report -> {});
        ServerConfig config = new ServerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), true);
        ApiAnswer nothing = new ApiAnswer(404, "text/plain", new byte[0], Map.of());
        try (TrackerServer server = TrackerServer.start(config, swarms, request -> nothing)) {
            System.out.println(server.address().getPort());
            while (System.in.read() >= 0) {}
        }
    }
}
