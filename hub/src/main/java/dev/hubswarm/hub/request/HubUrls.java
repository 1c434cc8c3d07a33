package dev.hubswarm.hub.request;

import dev.hubswarm.hub.request.HubRequest.Info;
import dev.hubswarm.hub.request.HubRequest.PathsInfo;
import dev.hubswarm.hub.request.HubRequest.Raw;
import dev.hubswarm.hub.request.HubRequest.Refs;
import dev.hubswarm.hub.request.HubRequest.Resolve;
import dev.hubswarm.hub.request.HubRequest.ResolveCache;
import dev.hubswarm.hub.request.HubRequest.RevisionInfo;
import dev.hubswarm.hub.request.HubRequest.Tree;
import dev.hubswarm.hub.request.HubRequest.XetReadToken;

/** Writes requests as paths, escaped as huggingface_hub does. Stateless. */
public final class HubUrls {
    private HubUrls() {}

    /** The raw path, which {@link HubRequestRecognizer} reads back. Storage and others have none. */
    public static String path(HubRequest request) {
        if (request instanceof Resolve r) return file(r.repo(), "resolve", r.revision(), r.path());
        if (request instanceof Raw r) return file(r.repo(), "raw", r.revision(), r.path());
        if (request instanceof ResolveCache r)
            return "/api/resolve-cache/" + r.repo().type().plural() + "/"
                    + r.repo().id() + at("", r.commit(), r.path());
        if (request instanceof Info r) return api(r.repo());
        if (request instanceof Refs r) return api(r.repo()) + "/refs";
        if (request instanceof RevisionInfo r) return api(r.repo()) + at("/revision", r.revision(), "");
        if (request instanceof Tree r) return api(r.repo()) + at("/tree", r.revision(), r.path());
        if (request instanceof PathsInfo r) return api(r.repo()) + at("/paths-info", r.revision(), "");
        if (request instanceof XetReadToken r) return api(r.repo()) + at("/xet-read-token", r.revision(), "");
        throw new IllegalArgumentException("it has no path: " + request);
    }

    private static String file(RepoRef repo, String action, Revision revision, String path) {
        return "/" + repo + at("/" + action, revision, path);
    }

    private static String api(RepoRef repo) {
        return "/api/" + repo.type().plural() + "/" + repo.id();
    }

    private static String at(String action, Revision revision, String path) {
        // Whoever sends it would take what is empty or has dots out of the path, and ask for something else.
        if (!path.isEmpty() && !RepoPath.isValid(path))
            throw new IllegalArgumentException("a path that git does not know");
        // A revision is one part of the path, so its slashes are escaped.
        String start = action + "/" + Escapes.encode(revision.name(), "");
        return path.isEmpty() ? start : start + "/" + Escapes.encode(path, "/");
    }
}
