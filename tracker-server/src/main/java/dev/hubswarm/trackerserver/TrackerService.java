package dev.hubswarm.trackerserver;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.trackerserver.catalogue.HubCheck;
import dev.hubswarm.trackerserver.catalogue.TrackerApi;
import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.server.TrackerServer;
import dev.hubswarm.trackerserver.status.StatusApi;
import dev.hubswarm.trackerserver.status.TrackerStatus;
import dev.hubswarm.trackerserver.store.MemoryStore;
import dev.hubswarm.trackerserver.store.RedisStore;
import dev.hubswarm.trackerserver.store.SqliteStore;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.store.SwarmFollower;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A whole tracker: its parts are put together here, for a process of its own or inside another. Thread-safe. */
public final class TrackerService implements AutoCloseable {
    /** A proxy in front gives up after a minute, if it is nginx. */
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(50);

    private final TrackerStore store;
    private final @Nullable HubOrigin hub;
    private final @Nullable HubCheck check;
    private final TrackerServer server;

    private TrackerService(TrackerConfig config) throws UserError {
        store = open(config);
        try {
            hub = config.hub() == null ? null : origin(config.hub());
        } catch (UserError | RuntimeException e) {
            store.close();
            throw e;
        }
        check = hub == null ? null : new HubCheck(hub, CHECK_LIMIT);
        try {
            server = listen(config, store, check);
        } catch (UserError | RuntimeException e) {
            closeParts();
            throw e;
        }
    }

    public static TrackerService start(TrackerConfig config) throws UserError {
        return new TrackerService(config);
    }

    private static HubOrigin origin(OriginConfig config) throws UserError {
        Random random = new Random();
        return new HubOrigin(config, new RateBudget(random), random);
    }

    private static TrackerStore open(TrackerConfig config) throws UserError {
        StorageUri storage = config.storage();
        Set<String> tokens = config.tokens().publish().keySet();
        if (storage instanceof StorageUri.Sqlite sqlite) return SqliteStore.open(sqlite.file(), tokens);
        if (storage instanceof StorageUri.Redis redis)
            return RedisStore.open(redis, config.folder(), TlsTrust.of(config.extraCa()), tokens);
        return new MemoryStore(tokens);
    }

    private static TrackerServer listen(TrackerConfig config, TrackerStore store, @Nullable HubCheck check)
            throws UserError {
        SwarmTable swarms = new SwarmTable(config.swarms(), store::announced);
        store.follow(new SwarmFollower(swarms));
        TrackerCounters counters = new TrackerCounters();
        TrackerStatus status = new TrackerStatus(
                config.version(), config.facts(), counters, swarms, store::sharing, System.nanoTime());
        Api api = new TrackerApi(store, swarms, config.tokens(), check, new StatusApi(status));
        return TrackerServer.start(config.server(), swarms, api, counters);
    }

    /** Where it listens, with the port it got. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** Where its catalogue is, for the operator. */
    public String storage() {
        return store.toString();
    }

    /** Answers what was asked before, then lets the storage put itself in order. */
    @Override
    public void close() {
        server.close();
        closeParts();
    }

    private void closeParts() {
        if (check != null) check.close();
        if (hub != null) hub.close();
        store.close();
    }
}
