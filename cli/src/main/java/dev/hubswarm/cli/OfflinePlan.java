package dev.hubswarm.cli;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a plan of what the cache knows, without the Hub. Stateless. */
final class OfflinePlan {
    private static final int MOST_NAMED = 5;
    private static final String NEXT = "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to download it.";

    private OfflinePlan() {}

    static RepoPlan make(RepoCache cache, RepoRef repo, Revision revision, FileSelection selection) throws UserError {
        String what = repo + " at " + revision;
        String commit = cache.readRef(revision);
        if (commit == null) throw missing("We are offline, and " + what + " is not in the cache.");
        List<HubFile> listing = cache.readTree(commit);
        if (listing != null) {
            List<HubFile> files = listing.stream()
                    .filter(file -> selection.wants(file.path()))
                    .sorted(Comparator.comparing(HubFile::path))
                    .toList();
            for (String name : selection.names()) {
                if (files.stream().noneMatch(file -> file.path().equals(name)))
                    throw new UserError(
                            Kind.NOT_FOUND,
                            what + " has no file " + name + ".",
                            "Leave out the name and add --dry-run to see what it has.");
            }
            return new RepoPlan(repo, revision, commit, files, listing);
        }
        // Older programs wrote down no listing; what is named can be looked for all the same.
        if (selection.names().isEmpty())
            throw missing("We are offline, and the cache does not tell which files " + what + " has.");
        List<HubFile> files = new ArrayList<>();
        for (String name : selection.names().stream().sorted().toList()) {
            HubFile file = cached(cache, commit, name);
            if (file == null) throw missing("We are offline, and the cache has no " + name + " of " + what + ".");
            files.add(file);
        }
        return new RepoPlan(repo, revision, commit, files, List.of());
    }

    private static @Nullable HubFile cached(RepoCache cache, String commit, String name) throws UserError {
        Path file = cache.file(commit, name);
        if (file == null) return null;
        try {
            String digest = String.valueOf(file.toRealPath().getFileName());
            if (!ContentDigest.isDigest(digest)) return null;
            return new HubFile(name, Files.size(file), ContentDigest.of(digest), digest);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Fails unless all files of the plan are there. */
    static void require(RepoPlan plan, Destination destination) throws UserError {
        List<String> missing = new ArrayList<>();
        for (HubFile file : plan.files()) {
            if (!destination.has(file)) missing.add(file.path());
        }
        if (missing.isEmpty()) return;
        String names = missing.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        throw missing("We are offline, and the cache lacks " + missing.size() + " of "
                + TorrentText.count(plan.files().size(), "file") + " of " + plan.repo() + " at " + plan.revision()
                + ": " + names + (missing.size() > MOST_NAMED ? ", ..." : "") + ".");
    }

    private static UserError missing(String what) {
        return new UserError(Kind.NOT_FOUND, what, NEXT);
    }
}
