package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.accelerator.Deliveries;
import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.request.HubRequestRecognizer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What all connections of the proxy share. Thread-safe. */
final class ProxyDesk implements AutoCloseable {
    private static final int NAME_THREADS = 4;
    private static final int FILE_THREADS = 2;
    private static final int QUEUE = 4096;
    private static final int CHECKS = 4096;
    private static final long STOP_SECONDS = 1;

    private final ProxyParts parts;
    private final HttpOrigin hub;
    private final HubRequestRecognizer recognizer;
    private final ThreadPoolExecutor names = pool("names", NAME_THREADS, QUEUE);
    private final ThreadPoolExecutor files = pool("files", FILE_THREADS, QUEUE);
    private final ThreadPoolExecutor checks = pool("checks", 1, CHECKS);
    private final Grants grants = new Grants();
    private final RangeInterest interest = new RangeInterest();
    private final StorageLinks links = new StorageLinks();
    private final Distrust distrust = new Distrust();
    private final LocalPrograms programs;
    private final PublicNotes notes;
    private final CachedFiles cached;

    ProxyDesk(ProxyParts parts) {
        this.parts = parts;
        this.hub = Objects.requireNonNull(HttpOrigin.of(parts.hub().config().endpoint()));
        this.recognizer = new HubRequestRecognizer(Set.of(hub.authority()));
        this.notes = PublicNotes.open(parts.home().resolve("public-files"), parts.hub(), checks, Clock.systemUTC());
        this.cached = new CachedFiles(parts.cache(), notes);
        CaFolder authority = CaFolder.in(parts.home());
        this.programs = new LocalPrograms(Path.of("/proc"), authority.path(), authority::isInstalled);
    }

    private static ThreadPoolExecutor pool(String name, int threads, int queue) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queue),
                new DefaultThreadFactory("hubswarm-proxy-" + name, true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    HttpOrigin hub() {
        return hub;
    }

    HubOrigin origin() {
        return parts.hub();
    }

    HubRequestRecognizer recognizer() {
        return recognizer;
    }

    Deliveries deliveries() {
        return parts.deliveries();
    }

    Destinations destinations() {
        return parts.destinations();
    }

    @Nullable
    Interception interception() {
        return parts.interception();
    }

    Grants grants() {
        return grants;
    }

    StorageLinks links() {
        return links;
    }

    /** Who refused our certificates. */
    Distrust distrust() {
        return distrust;
    }

    LocalPrograms programs() {
        return programs;
    }

    RangeInterest interest() {
        return interest;
    }

    PublicNotes notes() {
        return notes;
    }

    CachedFiles cached() {
        return cached;
    }

    /** Where names are looked up. */
    Executor names() {
        return names;
    }

    /** Where files are looked for, opened and, for TLS, read. */
    Executor files() {
        return files;
    }

    @Override
    public void close() {
        for (ThreadPoolExecutor pool : List.of(names, files, checks)) pool.shutdownNow();
        try {
            for (ThreadPoolExecutor pool : List.of(names, files, checks))
                if (!pool.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS))
                    System.getLogger(ProxyDesk.class.getName())
                            .log(System.Logger.Level.DEBUG, () -> "a task of the proxy does not end");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
