package dev.hubswarm.seeder;

import dev.hubswarm.base.UserError;
import dev.hubswarm.trackerserver.TrackerConfig;
import dev.hubswarm.trackerserver.TrackerService;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** Trackers of several kinds on loopback. Stateless. */
final class Trackers {
    private Trackers() {}

    /** Ours, which forgets everything when it ends. */
    static TrackerService ours(Path folder, int port) throws UserError {
        return start(folder, port, SwarmConfig.DEFAULT);
    }

    /** One of any torrents. */
    static TrackerService open(Path folder) throws UserError {
        return start(folder, 0, SwarmConfig.DEFAULT.withOpen(true));
    }

    private static TrackerService start(Path folder, int port, SwarmConfig swarms) throws UserError {
        return TrackerService.start(new TrackerConfig(
                "test",
                new ServerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), false),
                swarms,
                StorageUri.parse("memory"),
                folder,
                null,
                AccessTokens.NONE,
                null));
    }

    /** Counts who comes, and answers nobody. */
    static final class Trap implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicInteger visits = new AtomicInteger();
        private final Thread thread;

        Trap() throws IOException {
            thread = new Thread(this::count, "trap");
            thread.setDaemon(true);
            thread.start();
        }

        private void count() {
            while (true) {
                try {
                    socket.accept().close();
                    visits.incrementAndGet();
                } catch (IOException e) {
                    return;
                }
            }
        }

        InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        int visits() {
            return visits.get();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
