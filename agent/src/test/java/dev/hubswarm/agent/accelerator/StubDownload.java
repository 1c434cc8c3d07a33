package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Downloads from a stand-in Hub into a plain folder. */
final class StubDownload {
    static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/model");

    private final RepoRef repo;
    private final HubStub hub;
    private final Path folder;
    private final OriginConfig config;
    private final RateBudget budget;
    final AtomicLong fetched = new AtomicLong();

    /** @param timeout after which a silent server is given up */
    StubDownload(HubStub hub, Path folder, Duration timeout) {
        this(hub, folder, timeout, OriginConfig.DEFAULT_RETRIES, new RateBudget(new Random(1)));
    }

    StubDownload(HubStub hub, Path folder, Duration timeout, int retries, RateBudget budget) {
        this(hub, REPO, folder, timeout, retries, budget);
    }

    StubDownload(HubStub hub, RepoRef repo, Path folder, Duration timeout, int retries, RateBudget budget) {
        this.repo = repo;
        this.hub = hub;
        this.folder = folder;
        this.config = new OriginConfig(
                URI.create(hub.endpoint()),
                new Redacted("hf_reader"),
                ProxyRules.NONE,
                null,
                false,
                "hubswarm-test",
                timeout,
                timeout,
                retries);
        this.budget = budget;
    }

    List<FileResult> run(FileSelection selection, int connections) throws UserError, InterruptedException {
        return run(selection, limits(connections, 0), () -> {});
    }

    FileResult run(String file, Mode mode, Peers peers) throws UserError, InterruptedException {
        FileSelection only = new FileSelection(Set.of(file), List.of(), List.of());
        return run(only, limits(8, 0), () -> {}, mode, peers).get(0);
    }

    List<FileResult> run(FileSelection selection, Mode mode, Peers peers) throws UserError, InterruptedException {
        return run(selection, limits(8, 0), () -> {}, mode, peers);
    }

    /** All at the same time. */
    List<FileResult> runAll(Mode mode, Peers peers) throws UserError, InterruptedException {
        return run(FileSelection.ALL, limits(8, 0), () -> {}, mode, peers);
    }

    /** @param bytesPerSecond 0 for no limit */
    record Limits(int connections, long bytesPerSecond, DiskSpace space) {}

    static Limits limits(int connections, long bytesPerSecond) {
        return new Limits(connections, bytesPerSecond, DiskSpace.withReserve(0));
    }

    List<FileResult> run(FileSelection selection, Limits limits, Runnable onBytes)
            throws UserError, InterruptedException {
        return run(selection, limits, onBytes, Mode.HTTP, null);
    }

    private List<FileResult> run(
            FileSelection selection, Limits limits, Runnable onBytes, Mode mode, @Nullable Peers peers)
            throws UserError, InterruptedException {
        try (HubOrigin origin = new HubOrigin(config, budget, new Random(2));
                Accelerator accelerator = new Accelerator(
                        origin, new Accelerator.Limits(limits.connections, limits.bytesPerSecond), mode, peers, true)) {
            RepoPlan plan = RepoPlan.make(origin, repo, Revision.MAIN, selection);
            return accelerator.fetch(new PlainFolder(), limits.space, new Counting(onBytes), plan);
        }
    }

    Path file(String path) {
        return folder.resolve(path);
    }

    HubStub hub() {
        return hub;
    }

    private final class Counting implements RepoFetch.Listener {
        private final Runnable onBytes;

        Counting(Runnable onBytes) {
            this.onBytes = onBytes;
        }

        @Override
        public void began(HubFile file, long present) {}

        @Override
        public void fetched(HubFile file, long fromHub, long fromPeers) {
            fetched.addAndGet(fromHub + fromPeers);
            onBytes.run();
        }

        @Override
        public void ended(FileResult result) {}

        @Override
        public void tick() {}
    }

    private static void createFolder(@Nullable Path folder) {
        try {
            if (folder != null) Files.createDirectories(folder);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class PlainFolder implements Destination {
        @Override
        public boolean has(HubFile file) {
            return Files.exists(file(file.path()));
        }

        @Override
        public Path folder() {
            return folder;
        }

        @Override
        public long missing(Collection<HubFile> files) throws UserError {
            long missing = 0;
            for (HubFile file : files) {
                if (!has(file)) missing += PartFile.missing(folder, folder.resolve("journals"), header(file));
            }
            return missing;
        }

        @Override
        public @Nullable FlockFile lock(HubFile file) {
            return null;
        }

        @Override
        public PartFile begin(HubFile file) throws UserError {
            createFolder(folder.resolve("journals"));
            return PartFile.open(folder, folder.resolve("journals"), header(file));
        }

        private static PartHeader header(HubFile file) {
            return new PartHeader(file.digest(), file.size(), PieceLengthPolicy.forSize(file.size()), file.path());
        }

        @Override
        public void publish(PartFile part, HubFile file) throws UserError {
            createFolder(file(file.path()).getParent());
            part.publish(file(file.path()), false);
        }

        @Override
        public void list() {}

        @Override
        public void sync() {}

        @Override
        public void name() {}
    }
}
