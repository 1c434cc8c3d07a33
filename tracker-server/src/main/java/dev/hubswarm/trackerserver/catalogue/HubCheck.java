package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.ApiException.badRequest;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.Gated;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RepoInfo;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.trackerserver.store.SnapshotFile;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Compares a snapshot with what the Hub says is in the repository. Thread-safe.
 *
 * <p>Only names and sizes can be compared: the Hub states no hash that a v2 torrent has. Anybody can make the tracker
 * ask, so it asks for few at a time and none for long; who finds no room waits for the operator's approval.
 */
public final class HubCheck implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HubCheck.class.getName());
    private static final int AT_ONCE = 4;

    private final HubOrigin hub;
    private final Duration limit;
    private final ExecutorService threads = new ThreadPoolExecutor(
            0, AT_ONCE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> new Thread(work, "hubswarm-hub-check"));

    /** @param limit of a check; llmpt's clients wait 10 s for the answer, then ask again, and find it checked */
    public HubCheck(HubOrigin hub, Duration limit) {
        this.hub = hub;
        this.limit = limit;
    }

    /** True if it is the whole of a public repository; false if nobody can say. Says how it differs if it does. */
    boolean isWhole(RepoRef repo, String commit, List<SnapshotFile> files) throws ApiException {
        Future<List<HubFile>> listing;
        try {
            listing = threads.submit(() -> publicListing(repo, commit));
        } catch (RejectedExecutionException e) {
            return false;
        }
        try {
            List<HubFile> found = listing.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            if (found.isEmpty()) return false;
            compare(files, found);
            return true;
        } catch (ExecutionException e) {
            LOG.log(Level.DEBUG, () -> "cannot check " + repo + ": " + e.getCause());
        } catch (TimeoutException e) {
            listing.cancel(true);
        } catch (InterruptedException e) {
            listing.cancel(true);
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** Empty if not everybody may read the repository, which therefore nobody may list. */
    private List<HubFile> publicListing(RepoRef repo, String commit) throws UserError, InterruptedException {
        RepoInfo info = hub.repoInfo(repo, new Revision(commit));
        boolean open = !info.isPrivate() && info.gated() == Gated.NO && !info.disabled();
        return open ? hub.listing(repo, commit) : List.of();
    }

    private static void compare(List<SnapshotFile> files, List<HubFile> listing) throws ApiException {
        if (files.size() != listing.size())
            throw differs("it has " + files.size() + " files, and the repository has " + listing.size());
        Map<String, HubFile> byPath = listing.stream().collect(Collectors.toMap(HubFile::path, Function.identity()));
        for (SnapshotFile file : files) {
            HubFile same = byPath.get(file.path());
            if (same == null) throw differs("the repository has no " + file.path());
            if (same.size() != file.size()) throw differs(file.path() + " has " + same.size() + " bytes there");
        }
    }

    private static ApiException differs(String how) {
        return badRequest("not_the_repo", "The torrent is not of this repository: " + how + ".");
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
