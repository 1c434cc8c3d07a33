package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.cache.CacheScan;
import dev.hubswarm.hub.request.RepoType;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which of the repos in the cache a command is about. Confined to one thread. */
final class CachedRepos {
    @Parameters(paramLabel = "REPO", arity = "0..*", description = "Only these, such as org/model. Default: all.")
    private List<String> names = List.of();

    @Option(
            names = "--repo-type",
            paramLabel = "TYPE",
            converter = RepoTypes.class,
            completionCandidates = RepoTypes.class,
            description = "Only these: ${COMPLETION-CANDIDATES}. Default: all.")
    private @Nullable RepoType type;

    /** The biggest first. */
    List<CacheScan.Repo> of(CacheScan scan) throws UserError {
        List<CacheScan.Repo> found = scan.repos().stream()
                .filter(repo -> type == null || repo.repo().type() == type)
                .filter(repo -> names.isEmpty() || names.contains(repo.repo().id()))
                .sorted(Comparator.comparingLong(CacheScan.Repo::size).reversed())
                .toList();
        Set<String> missing = new TreeSet<>(names);
        found.forEach(repo -> missing.remove(repo.repo().id()));
        if (missing.isEmpty()) return found;
        throw new UserError(
                Kind.NOT_FOUND,
                "The cache has no " + (type == null ? "" : type.word() + " ") + String.join(", ", missing) + ".",
                "`hubswarm cache ls` lists what it has.");
    }

    /** Before anything can fail for lack of what they are about. */
    static void warn(PrintWriter err, CacheScan scan) {
        scan.warnings().forEach(warning -> err.println("hubswarm: left out: " + Printable.of(warning)));
    }
}
