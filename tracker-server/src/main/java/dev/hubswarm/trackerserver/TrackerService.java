package dev.hubswarm.trackerserver;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.server.TrackerServer;
import dev.hubswarm.trackerserver.status.StatusApi;
import dev.hubswarm.trackerserver.status.TrackerStatus;
import dev.hubswarm.trackerserver.store.MemoryStore;
import dev.hubswarm.trackerserver.store.RedisStore;
import dev.hubswarm.trackerserver.store.SqliteStore;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetSocketAddress;

/** A whole tracker: its parts are put together here, for a process of its own or inside another. Thread-safe. */
public final class TrackerService implements AutoCloseable {
    private final TrackerStore store;
    private final TrackerServer server;

    private TrackerService(TrackerStore store, TrackerServer server) {
        this.store = store;
        this.server = server;
    }

    public static TrackerService start(TrackerConfig config) throws UserError {
        TrackerStore store = open(config);
        try {
            return new TrackerService(store, start(config, store));
        } catch (UserError | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static TrackerStore open(TrackerConfig config) throws UserError {
        StorageUri storage = config.storage();
        if (storage instanceof StorageUri.Sqlite sqlite) return SqliteStore.open(sqlite.file());
        if (storage instanceof StorageUri.Redis redis) return RedisStore.open(redis, config.folder(), null);
        return new MemoryStore();
    }

    private static TrackerServer start(TrackerConfig config, TrackerStore store) throws UserError {
        SwarmTable swarms = new SwarmTable(config.swarms(), store::announced);
        try {
            store.follow(new Registry(swarms));
        } catch (StoreException e) {
            throw new UserError(
                    Kind.FAILED,
                    "The tracker cannot read its storage: " + e.getMessage() + ".",
                    "See that the storage is there and undamaged.",
                    e);
        }
        TrackerCounters counters = new TrackerCounters();
        TrackerStatus status = new TrackerStatus(config.version(), config.facts(), counters, swarms, System.nanoTime());
        return TrackerServer.start(config.server(), swarms, new StatusApi(status), counters);
    }

    /** Where it listens, with the port it got. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** Answers what was asked before, then lets the storage put itself in order. */
    @Override
    public void close() {
        server.close();
        store.close();
    }

    /** Passes on what the store hears to where announces are answered. */
    private record Registry(SwarmTable swarms) implements TrackerStore.Follower {
        @Override
        public void registered(InfoHash torrent) {
            swarms.register(torrent);
        }

        @Override
        public void unregistered(InfoHash torrent) {
            swarms.unregister(torrent);
        }

        @Override
        public void announced(PeerReport report, long ageNanos) {
            swarms.merge(report, System.nanoTime() - ageNanos);
        }
    }
}
