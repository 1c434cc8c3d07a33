package dev.hubswarm.hub.request;

import dev.hubswarm.hub.request.HubRequest.Info;
import dev.hubswarm.hub.request.HubRequest.Other;
import dev.hubswarm.hub.request.HubRequest.PathsInfo;
import dev.hubswarm.hub.request.HubRequest.Raw;
import dev.hubswarm.hub.request.HubRequest.Refs;
import dev.hubswarm.hub.request.HubRequest.Resolve;
import dev.hubswarm.hub.request.HubRequest.ResolveCache;
import dev.hubswarm.hub.request.HubRequest.RevisionInfo;
import dev.hubswarm.hub.request.HubRequest.Storage;
import dev.hubswarm.hub.request.HubRequest.Tree;
import dev.hubswarm.hub.request.HubRequest.XetReadToken;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a request asks of the Hub. Immutable.
 *
 * <p>The raw path is split first and each part decoded once, so an escaped slash stays within its part. An id may be
 * one name or two, so every path is read both ways; one that makes sense in both is left alone, as is whatever is
 * broken: who passes it on unchanged cannot be wrong.
 */
public final class HubRequestRecognizer {
    private static final Set<String> HUB_NAMES = Set.of("huggingface.co", "www.huggingface.co", "hf.co");
    private static final Pattern STORAGE =
            Pattern.compile("(.+\\.)?(xethub|cdn)\\.hf\\.co|cdn-lfs[a-z0-9-]*\\.(hf|huggingface)\\.co");
    private static final Other OTHER = new Other();

    private final Set<String> hubs;

    /** @param hubs the hosts that are the Hub besides its own names, with their ports unless 80 or 443 */
    public HubRequestRecognizer(Set<String> hubs) {
        Set<String> all = new HashSet<>(HUB_NAMES);
        for (String hub : hubs) all.add(normal(hub));
        this.hubs = Set.copyOf(all);
    }

    /**
     * @param target as on the wire, a character for each byte: a path with its query, or a whole address
     * @param host the Host header, or what a CONNECT named; a whole address has its own
     */
    public HubRequest recognize(String method, String target, String host) {
        String authority = host;
        String path = target;
        if (!target.startsWith("/")) {
            int scheme = target.indexOf("://");
            int slash = scheme < 0 ? -1 : target.indexOf('/', scheme + 3);
            String name = slash < 0 ? "" : target.substring(0, scheme);
            if (!name.equalsIgnoreCase("http") && !name.equalsIgnoreCase("https")) return OTHER;
            authority = target.substring(scheme + 3, slash);
            path = target.substring(slash);
        }
        authority = normal(authority);
        if (STORAGE.matcher(authority).matches()) return new Storage(authority);
        if (!hubs.contains(authority)) return OTHER;
        int query = path.indexOf('?');
        if (query >= 0) path = path.substring(0, query);
        if (path.chars().anyMatch(c -> c < ' ' || c == 0x7f || c == '#' || c > 0xff)) return OTHER;
        List<String> parts = List.of(path.substring(1).split("/", -1));
        HubRequest first = read(method, parts, 1);
        HubRequest second = read(method, parts, 2);
        if (first != null && second != null) return OTHER;
        if (first != null) return first;
        return second != null ? second : OTHER;
    }

    private static String normal(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        int port = lower.lastIndexOf(':');
        boolean usual = port >= 0 && (lower.endsWith(":443") || lower.endsWith(":80"));
        return usual ? lower.substring(0, port) : lower;
    }

    /** What the path asks if the id has so many names, or null. */
    private static @Nullable HubRequest read(String method, List<String> parts, int idLength) {
        boolean reads = method.equals("GET") || method.equals("HEAD");
        if (!parts.get(0).equals("api")) {
            RepoType type = RepoType.MODEL;
            for (RepoType other : RepoType.values()) {
                if (other.urlPrefix().equals(parts.get(0) + "/")) type = other;
            }
            Parts file = Parts.of(type, parts.subList(type == RepoType.MODEL ? 0 : 1, parts.size()), idLength);
            return file == null || !reads ? null : file(file);
        }
        if (parts.size() < 3) return null;
        boolean cached = parts.get(1).equals("resolve-cache");
        int at = cached ? 2 : 1;
        for (RepoType type : RepoType.values()) {
            if (!type.plural().equals(parts.get(at))) continue;
            Parts rest = Parts.of(type, parts.subList(at + 1, parts.size()), idLength);
            if (rest == null) return null;
            if (!cached) return api(rest, method, reads);
            Revision commit = rest.revision(0);
            String path = rest.path(1);
            if (!reads || commit == null || !commit.isCommit() || path == null) return null;
            return new ResolveCache(rest.repo, commit, path);
        }
        return null;
    }

    private static @Nullable HubRequest file(Parts parts) {
        Revision revision = parts.revision(1);
        String path = parts.path(2);
        if (revision == null || path == null) return null;
        return switch (parts.action()) {
            case "resolve" -> new Resolve(parts.repo, revision, path);
            case "raw" -> new Raw(parts.repo, revision, path);
            default -> null;
        };
    }

    private static @Nullable HubRequest api(Parts parts, String method, boolean reads) {
        if (parts.rest.isEmpty()) return reads ? new Info(parts.repo) : null;
        if (parts.rest.size() == 1) return reads && parts.action().equals("refs") ? new Refs(parts.repo) : null;
        Revision revision = parts.revision(1);
        if (revision == null) return null;
        boolean whole = parts.rest.size() == 2;
        if (parts.action().equals("tree") && reads) {
            String path = whole ? "" : parts.path(2);
            return path == null ? null : new Tree(parts.repo, revision, path);
        }
        if (!whole) return null;
        if (parts.action().equals("paths-info"))
            return method.equals("POST") ? new PathsInfo(parts.repo, revision) : null;
        return switch (reads ? parts.action() : "") {
            case "revision" -> new RevisionInfo(parts.repo, revision);
            case "xet-read-token" -> new XetReadToken(parts.repo, revision);
            default -> null;
        };
    }

    /** A repository and the raw parts behind its id. */
    private record Parts(RepoRef repo, List<String> rest) {
        static @Nullable Parts of(RepoType type, List<String> parts, int idLength) {
            if (parts.size() < idLength) return null;
            List<String> names = new ArrayList<>(idLength);
            for (String part : parts.subList(0, idLength)) {
                String name = Escapes.decode(part);
                if (name == null || name.indexOf('/') >= 0) return null;
                names.add(name);
            }
            String id = String.join("/", names);
            if (!RepoRef.isValidId(id)) return null;
            return new Parts(new RepoRef(type, id), parts.subList(idLength, parts.size()));
        }

        String action() {
            return rest.get(0);
        }

        @Nullable
        Revision revision(int at) {
            String name = at < rest.size() ? Escapes.decode(rest.get(at)) : null;
            // Only the first part of a ref whose slashes were not escaped; where it ends cannot be known.
            if (name == null || name.equals("refs") || !Revision.isValid(name)) return null;
            return new Revision(name);
        }

        @Nullable
        String path(int from) {
            String path = from < rest.size() ? Escapes.decode(String.join("/", rest.subList(from, rest.size()))) : null;
            return path != null && RepoPath.isValid(path) ? path : null;
        }
    }
}
