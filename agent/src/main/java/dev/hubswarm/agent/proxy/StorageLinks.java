package dev.hubswarm.agent.proxy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.HubRequest;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which files the Hub's redirects led to, so that a client which follows one itself is recognised. Who may read them is
 * another question, which {@link LinkExchange} has answered: what a link is signed with is not part of this. Thread-safe.
 */
final class StorageLinks {
    /** As long as links last. */
    private static final Duration LIFETIME = Duration.ofHours(1);

    private static final int MOST = 20_000;
    private static final int MOST_HOSTS = 64;

    /**
     * A file and where it was found. Immutable.
     *
     * @param target path and query, as the Hub was asked
     */
    record Found(RemoteFile file, HubRequest.Resolve asked, String target) {}

    private record Place(HttpOrigin origin, String path) {}

    private final Cache<Place, Found> places = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(LIFETIME)
            .executor(Runnable::run)
            .build();
    private final Cache<HttpOrigin, Boolean> origins = Caffeine.newBuilder()
            .maximumSize(MOST_HOSTS)
            .expireAfterWrite(LIFETIME)
            .executor(Runnable::run)
            .build();

    void put(URI location, Found found) {
        HttpOrigin origin = HttpOrigin.of(location);
        // Files that clients refuse by HTTP are read there in another way.
        if (origin == null || found.file.size() > XetTraces.MOST_BY_HTTP) return;
        places.put(new Place(origin, location.getRawPath()), found);
        origins.put(origin, true);
    }

    /** @param target path and query; null if no file of ours is there */
    @Nullable
    Found get(HttpOrigin origin, String target) {
        int query = target.indexOf('?');
        return places.getIfPresent(new Place(origin, query < 0 ? target : target.substring(0, query)));
    }

    /** Whether the Hub led somebody there of late. */
    boolean lead(HttpOrigin origin) {
        return origins.getIfPresent(origin) != null;
    }
}
