package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.FileNames;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RepoInfo;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.storage.PartHeader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which files a download of a repo is for. Immutable.
 *
 * @param repo its present name
 * @param listing all files of the commit; empty if only {@code files} were asked for by name
 */
public record RepoPlan(RepoRef repo, Revision revision, String commit, List<HubFile> files, List<HubFile> listing) {
    public RepoPlan {
        files = List.copyOf(files);
        listing = List.copyOf(listing);
    }

    /** Asks the Hub. */
    public static RepoPlan make(HubOrigin origin, RepoRef repo, Revision revision, FileSelection selection)
            throws UserError, InterruptedException {
        RepoRef now = repo;
        String commit = revision.name();
        if (!revision.isCommit()) {
            RepoInfo info = origin.repoInfo(repo, revision);
            now = info.repo();
            commit = info.commit();
        }
        List<String> names = new ArrayList<>(selection.names());
        List<HubFile> found = names.isEmpty() ? origin.listing(now, commit) : origin.pathsInfo(now, commit, names);
        List<HubFile> wanted = found.stream()
                .filter(file -> selection.wants(file.path()))
                .sorted(Comparator.comparing(HubFile::path))
                .toList();
        checkAllFound(repo, revision, selection.names(), wanted);
        FileNames.check(wanted.stream().map(HubFile::path).toList());
        return new RepoPlan(now, revision, commit, wanted, names.isEmpty() ? found : List.of());
    }

    private static void checkAllFound(RepoRef repo, Revision revision, Set<String> names, List<HubFile> found)
            throws UserError {
        Set<String> missing = new TreeSet<>(names);
        missing.removeAll(found.stream().map(HubFile::path).collect(Collectors.toSet()));
        if (missing.isEmpty()) return;
        throw new UserError(
                Kind.NOT_FOUND,
                repo.id() + " has no file " + String.join(", ", missing) + " at " + revision.name() + ".",
                "`hubswarm prefetch " + repo.id() + options(repo.type(), revision) + " --dry-run` lists what it has.");
    }

    private static String options(RepoType type, Revision revision) {
        return (type == RepoType.MODEL ? "" : " --repo-type " + type.word())
                + (revision.equals(Revision.MAIN) ? "" : " --revision " + revision.name());
    }

    /** Whether nothing of the repo is left out. */
    public boolean isWhole() {
        return !listing.isEmpty() && files.size() == listing.size();
    }

    /** What the part of a file will be. */
    public PartHeader part(HubFile file) {
        String what = repo.id() + "@" + commit + "/" + file.path();
        return new PartHeader(file.digest(), file.size(), PieceLengthPolicy.forSize(file.size()), what);
    }

    public long size() {
        return files.stream().mapToLong(HubFile::size).sum();
    }
}
