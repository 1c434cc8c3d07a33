package dev.hubswarm.hubstub;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Hub itself: files are resolved here, and its API answers here. Thread-safe. */
final class HubSite implements Site {
    private static final int PAGE = 1000;
    private static final int EXPANDED_PAGE = 50;

    /** Who asks. */
    private enum Caller {
        ANONYMOUS,
        /** Has an account, and may read nothing that is private or gated. */
        STRANGER,
        READER,
        BAD_TOKEN
    }

    private final String cdnEndpoint;
    private final Set<String> readers;
    private final Set<String> strangers;
    private final Repos repos;
    private final SignedUrls signedUrls;
    private final RateLimits rateLimits;
    private final Supplier<Instant> clock;

    HubSite(
            String cdnEndpoint,
            Set<String> readers,
            Set<String> strangers,
            Repos repos,
            SignedUrls signedUrls,
            RateLimits rateLimits,
            Supplier<Instant> clock) {
        this.cdnEndpoint = cdnEndpoint;
        this.readers = readers;
        this.strangers = strangers;
        this.repos = repos;
        this.signedUrls = signedUrls;
        this.rateLimits = rateLimits;
        this.clock = clock;
    }

    @Override
    public Route route(String target) {
        return Target.parse(target).route();
    }

    @Override
    public Answer answer(StubRequest request, String body) {
        RateLimits.Left left = rateLimits.take(RateLimits.bucket(request.route()));
        Answer answer = left.requests() < 0
                ? error(429, null, "Too many requests").with("Retry-After", left.seconds())
                : answer(Target.parse(request.target()), request, body);
        // By which a client sees whether its clock is right.
        if (request.route() == Route.WHOAMI)
            answer.with(
                    "Date",
                    DateTimeFormatter.RFC_1123_DATE_TIME.format(clock.get().atOffset(ZoneOffset.UTC)));
        left.describe(answer);
        return answer;
    }

    private Answer answer(Target target, StubRequest request, String body) {
        Caller caller = caller(request.header("authorization"));
        if (target.route() == Route.OTHER)
            return error(404, null, "Sorry, we can't find the page you are looking for.");
        if (target.route() == Route.TELEMETRY) return Answer.text(200, "");
        if (caller == Caller.BAD_TOKEN) return error(401, null, "Invalid credentials in Authorization header");
        if (target.route() == Route.WHOAMI) return whoAmI(caller);

        StubRepo repo = repos.find(target.type(), target.repo());
        boolean hidden = repo != null && repo.access() instanceof StubRepo.Access.Private && caller != Caller.READER;
        if (repo == null || hidden) {
            return caller == Caller.ANONYMOUS
                    ? error(401, "RepoNotFound", "Invalid username or password.")
                    : error(404, "RepoNotFound", "Repository not found");
        }
        if (repo.access() instanceof StubRepo.Access.RenamedTo renamed) {
            return Answer.redirect(
                    renamed.status(),
                    request.target().replaceFirst("/" + repo.id() + "(?=[/?]|$)", "/" + renamed.id()));
        }
        if (repo.access() instanceof StubRepo.Access.Disabled) {
            return error(403, null, "Access to this resource is disabled.");
        }
        if (target.route() == Route.REFS) return Answer.json(Listing.refs(repo, target.flag("include_prs")));
        String commit = repo.commit(target.revision());
        if (commit == null) return error(404, "RevisionNotFound", "Invalid rev id: " + target.revision());
        return switch (target.route()) {
            case INFO -> Answer.json(Listing.info(repo, commit, target.flag("blobs")));
            case TREE -> tree(repo, commit, target, request);
            case PATHS_INFO -> pathsInfo(repo, commit, request, body);
            case XET_TOKEN -> xetToken();
            default -> file(repo, commit, target, request, caller);
        };
    }

    private Caller caller(@Nullable String authorization) {
        if (authorization == null) return Caller.ANONYMOUS;
        String token = authorization.replaceFirst("(?i)^bearer ", "");
        if (readers.contains(token)) return Caller.READER;
        return strangers.contains(token) ? Caller.STRANGER : Caller.BAD_TOKEN;
    }

    private static Answer whoAmI(Caller caller) {
        if (caller == Caller.ANONYMOUS) return error(401, null, "Invalid username or password.");
        return Answer.json(Map.of(
                "type",
                "user",
                "id",
                "000000000000000000000001",
                "name",
                caller == Caller.READER ? "reader" : "stranger",
                "auth",
                Map.of("type", "access_token")));
    }

    private Answer file(StubRepo repo, String commit, Target target, StubRequest request, Caller caller) {
        if (repo.access() instanceof StubRepo.Access.Gated && caller != Caller.READER) {
            String why = "Access to " + repo.type().plural + ' ' + repo.id() + " is restricted";
            return caller == Caller.ANONYMOUS
                    ? error(401, "GatedRepo", why + ". You must have access to it and be authenticated to access it.")
                    : error(403, "GatedRepo", why + " and you are not in the authorized list.");
        }
        StubFile file = repo.files(commit).get(target.path());
        if (file == null) return error(404, "EntryNotFound", "Entry not found").with("X-Repo-Commit", commit);
        boolean inGit = file.storage() == StubFile.Storage.GIT;
        Answer answer;
        if (target.route() == Route.RAW || (target.route() == Route.RESOLVE_CACHE && inGit)) {
            answer = Answer.file(file.gitContent(), file.oid(), !inGit || file.isText())
                    .with("Content-Disposition", "inline");
        } else if (inGit) {
            answer = Answer.redirect(307, resolveCache(repo, commit, target, file, request));
        } else if (matches(request.header("if-none-match"), file.digest().hex())) {
            answer = Answer.text(304, "").with("ETag", '"' + file.digest().hex() + '"');
        } else {
            answer = toCdn(repo, commit, file, request);
        }
        return answer.with("X-Repo-Commit", commit).with("Vary", "Origin, Accept");
    }

    static boolean matches(@Nullable String ifNoneMatch, String etag) {
        return ifNoneMatch != null && (ifNoneMatch.equals("*") || ifNoneMatch.contains('"' + etag + '"'));
    }

    private static String resolveCache(
            StubRepo repo, String commit, Target target, StubFile file, StubRequest request) {
        String path = URLEncoder.encode(target.path(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
        String asked = new QueryStringDecoder(request.target()).rawPath();
        return "/api/resolve-cache/" + repo.type().plural + '/' + repo.id() + '/' + commit + '/' + path + '?'
                + URLEncoder.encode(asked, StandardCharsets.UTF_8) + "=&etag=%22" + file.oid() + "%22";
    }

    private Answer toCdn(StubRepo repo, String commit, StubFile file, StubRequest request) {
        Answer answer = Answer.redirect(302, cdnEndpoint + signedUrls.sign(Repos.cdnPath(repo, file)))
                .with("X-Linked-Size", file.content().size())
                .with("X-Linked-ETag", '"' + file.digest().hex() + '"')
                .with("Accept-Ranges", "bytes");
        String xetHash = file.xetHash();
        if (xetHash == null) return answer;
        String token = "http://" + request.host() + "/api/" + repo.type().plural + '/' + repo.id() + "/xet-read-token/"
                + commit;
        return answer.with("X-Xet-Hash", xetHash)
                .with(
                        "Link",
                        '<' + token + ">; rel=\"xet-auth\", <" + cdnEndpoint + "/v1/reconstructions/" + xetHash
                                + ">; rel=\"xet-reconstruction-info\"");
    }

    private Answer tree(StubRepo repo, String commit, Target target, StubRequest request) {
        boolean expand = target.flag("expand");
        boolean recursive = target.flag("recursive");
        int most = expand ? EXPANDED_PAGE : PAGE;
        String asked = target.first("limit", "");
        int limit = asked.matches("[1-9]\\d{0,5}") ? Math.min(most, Integer.parseInt(asked)) : most;
        String cursor = target.first("cursor", "");
        Listing.Page page = Listing.tree(repo, commit, target.path(), recursive, expand, limit, cursor);
        if (page == null) {
            return error(404, "EntryNotFound", target.path() + " does not exist on \"" + target.revision() + '"');
        }
        Answer answer = Answer.json(page.entries());
        if (page.nextCursor() == null) return answer;
        String path = new QueryStringDecoder(request.target()).rawPath();
        return answer.with(
                "Link",
                "<http://" + request.host() + path + "?expand=" + expand + "&recursive=" + recursive + "&limit=" + limit
                        + "&cursor=" + URLEncoder.encode(page.nextCursor(), StandardCharsets.UTF_8)
                        + ">; rel=\"next\"");
    }

    private static Answer pathsInfo(StubRepo repo, String commit, StubRequest request, String body) {
        String type = request.header("content-type");
        if (type != null && type.startsWith("application/json")) {
            try {
                JsonNode json = JsonMapper.shared().readTree(body);
                List<String> paths =
                        json.path("paths").valueStream().map(JsonNode::asString).toList();
                return Answer.json(
                        Listing.paths(repo, commit, paths, json.path("expand").asBoolean(false)));
            } catch (JacksonException e) {
                return error(400, null, "Invalid JSON");
            }
        }
        Map<String, List<String>> form = new QueryStringDecoder(body, false).parameters();
        boolean expand = form.getOrDefault("expand", List.of("")).get(0).equalsIgnoreCase("true");
        return Answer.json(Listing.paths(repo, commit, form.getOrDefault("paths", List.of()), expand));
    }

    /** Leads to a Xet store that has nothing. */
    private Answer xetToken() {
        long expires = clock.get().getEpochSecond() + 900;
        return Answer.json(Map.of("casUrl", cdnEndpoint, "exp", expires, "accessToken", "stub-xet-token"))
                .with("X-Xet-Cas-Url", cdnEndpoint)
                .with("X-Xet-Access-Token", "stub-xet-token")
                .with("X-Xet-Token-Expiration", expires);
    }

    private static Answer error(int status, @Nullable String code, String message) {
        // A revision in it may have anything that a URL can escape.
        String line = message.replaceAll("[^ -~]", "?");
        Answer answer = Answer.json(status, Map.of("error", message)).with("X-Error-Message", line);
        return code == null ? answer : answer.with("X-Error-Code", code);
    }
}
