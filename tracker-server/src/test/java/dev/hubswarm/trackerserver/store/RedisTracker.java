package dev.hubswarm.trackerserver.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.Cidr;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.server.ServerLimits;
import dev.hubswarm.trackerserver.server.TrackerServer;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A tracker process on a Redis. Its catalogue takes numbers: a PUT publishes {@link Samples#publication}, a GET says
 * whether its torrent is there. Ends with its standard input.
 */
final class RedisTracker {
    private RedisTracker() {}

    static List<String> command(StorageUri.Redis redis, Path folder) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx300m",
                "-cp",
                System.getProperty("java.class.path"),
                RedisTracker.class.getName(),
                Integer.toString(redis.port()),
                folder.toString());
    }

    public static void main(String[] args) throws Exception {
        StorageUri.Redis redis = new StorageUri.Redis("127.0.0.1", Integer.parseInt(args[0]), null, 0, false);
        RedisStore store = RedisStore.open(redis, Path.of(args[1]), TlsTrust.ofRuntime(), StoreConformance.TOKENS);
        SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, store::announced);
        store.follow(new SwarmFollower(swarms));
        ServerConfig config = new ServerConfig(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                false,
                List.of(),
                List.of(Cidr.parse("127.0.0.0/8")),
                ServerLimits.DEFAULT);
        Api api = request -> {
            Publication publication =
                    Samples.publication(Integer.parseInt(request.path().substring(1)), 0, StoreConformance.ALICE);
            try {
                if (request.method().equals("PUT")) {
                    store.publish(publication);
                    return answer(201);
                }
                return answer(store.torrent(StoreConformance.v2(publication)) == null ? 404 : 200);
            } catch (StoreException e) {
                return answer(503);
            }
        };
        TrackerServer server = TrackerServer.start(config, swarms, api);
        System.out.println(server.address().getPort());
        while (System.in.read() >= 0) {}
        server.close();
        store.close();
    }

    private static ApiAnswer answer(int status) {
        return new ApiAnswer(status, "text/plain", "".getBytes(US_ASCII), Map.of());
    }
}
