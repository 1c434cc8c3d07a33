package dev.hubswarm.hub.request;

/** What a client asks of the Hub. Immutable. */
public sealed interface HubRequest {
    /** The content of a file. */
    record Resolve(RepoRef repo, Revision revision, String path) implements HubRequest {}

    /** Where Resolve leads for small files: the same, at a commit. */
    record ResolveCache(RepoRef repo, Revision commit, String path) implements HubRequest {}

    /** A file as it is in git; of a large one, its pointer. */
    record Raw(RepoRef repo, Revision revision, String path) implements HubRequest {}

    /**
     * What the API says of a repository. INFO goes by its shape alone, so it may also be a sub-resource of an old
     * repository whose id is one name; look at the answer.
     */
    record Info(RepoRef repo) implements HubRequest {}

    record RevisionInfo(RepoRef repo, Revision revision) implements HubRequest {}

    /** A folder's listing; the root's path is empty. */
    record Tree(RepoRef repo, Revision revision, String path) implements HubRequest {}

    record PathsInfo(RepoRef repo, Revision revision) implements HubRequest {}

    record Refs(RepoRef repo) implements HubRequest {}

    record XetReadToken(RepoRef repo, Revision revision) implements HubRequest {}

    /** Storage behind the Hub; its query may be a secret. */
    record Storage(String host) implements HubRequest {}

    /** Anything else, and what could mean two things. */
    record Other() implements HubRequest {}
}
