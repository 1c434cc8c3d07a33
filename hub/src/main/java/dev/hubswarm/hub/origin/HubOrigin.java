package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubErrors.Subject;
import dev.hubswarm.hub.origin.RateBudget.Kind;
import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.HubUrls;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPInputStream;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** The Hub. Thread-safe; calls block and can be interrupted. */
public final class HubOrigin implements AutoCloseable {
    static final System.Logger LOG = System.getLogger(HubOrigin.class.getName());

    /** Larger ones are worth ranges, and memory is not for them. */
    public static final int MAX_FETCH = 64 * 1024 * 1024;

    private static final int PATHS_AT_ONCE = 500;
    private static final int REMEMBERED = 100_000;
    private static final Duration OWN_LOCATION = Duration.ofHours(1);
    private static final Duration UNKNOWN_END = Duration.ofMinutes(10);
    private static final Duration MAX_MARGIN = Duration.ofMinutes(1);
    private static final Duration YES_LASTS = Duration.ofHours(24);
    private static final Duration NO_LASTS = Duration.ofMinutes(1);

    private record Place(RepoRef repo, String commit, String path) {}

    private final OriginConfig config;
    private final OriginTls tls;
    private final RateBudget budget;
    private final OriginClock clock;
    private final HubHttp http;
    private final HttpUrl hub;
    private final AskOnce<RemoteFile, FileLocation> locations;
    private final AskOnce<Place, Boolean> publicFiles;
    private final AskOnce<Place, Boolean> publicRepos;

    public HubOrigin(OriginConfig config, RateBudget budget, RandomGenerator random) throws UserError {
        this.config = config;
        this.tls = OriginTls.of(config.extraCa());
        this.budget = budget;
        this.clock = budget.clock();
        this.http = new HubHttp(config, tls, budget, random);
        this.hub = http.url("");
        locations = new AskOnce<>(
                REMEMBERED, location -> Duration.ofNanos(location.expiresAtNanos() - clock.nanoTime()), clock);
        publicFiles = new AskOnce<>(REMEMBERED, yes -> yes ? YES_LASTS : NO_LASTS, clock);
        publicRepos = new AskOnce<>(REMEMBERED, yes -> yes ? YES_LASTS : NO_LASTS, clock);
    }

    public OriginConfig config() {
        return config;
    }

    public RateBudget budget() {
        return budget;
    }

    /** For those who speak to the Hub and its storage on sockets of their own. */
    public OriginTls tls() {
        return tls;
    }

    /** What the repository is now called, and the commit that the revision is at. */
    public RepoInfo repoInfo(RepoRef repo, Revision revision) throws UserError, InterruptedException {
        return repoInfo(repo, revision, false);
    }

    private RepoInfo repoInfo(RepoRef repo, Revision revision, boolean anonymous)
            throws UserError, InterruptedException {
        Subject subject = new Subject(repo, revision, null);
        HttpUrl url = http.url(HubUrls.path(new HubRequest.RevisionInfo(repo, revision)));
        RepoInfo info = good(
                http.send(new Ask<>(
                        "GET",
                        url,
                        Kind.API,
                        null,
                        false,
                        anonymous,
                        false,
                        config.metadataTimeout(),
                        (response, in) -> HubJson.repoInfo(repo.type(), in))),
                subject,
                anonymous);
        if (revision.isCommit() && !info.commit().equals(revision.name())) throw HubErrors.moved(subject);
        return info;
    }

    /** All files at a commit. */
    public List<HubFile> listing(RepoRef repo, String commit) throws UserError, InterruptedException {
        Revision revision = new Revision(commit);
        Subject subject = new Subject(repo, revision, null);
        List<HubFile> files = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        Set<HttpUrl> pages = new HashSet<>();
        HttpUrl url = http.url(HubUrls.path(new HubRequest.Tree(repo, revision, "")) + "?recursive=true&expand=false");
        while (url != null) {
            if (!pages.add(url)) throw HubErrors.incomplete(subject, "where its listing ends");
            Answer<List<HubFile>> answer = http.send(new Ask<>(
                    "GET",
                    url,
                    Kind.API,
                    null,
                    false,
                    false,
                    false,
                    config.metadataTimeout(),
                    (response, in) -> HubJson.files(in)));
            for (HubFile file : good(answer, subject, false)) {
                if (!paths.add(file.path()))
                    throw HubErrors.incomplete(subject, "once only that it has " + file.path());
                files.add(file);
            }
            url = next(answer, subject);
        }
        return files;
    }

    /** A mirror may pass on links to the Hub that it mirrors: the page is asked for at the mirror. */
    private @Nullable HttpUrl next(Answer<?> answer, Subject subject) throws UserError {
        String link = NextPage.of(answer.headers().values("Link"));
        if (link == null) return null;
        HttpUrl next = answer.url().resolve(link);
        if (next != null && http.isHub(next)) return next;
        if (next == null || !next.isHttps() || !next.host().equals(OriginConfig.HUGGING_FACE.getHost()))
            throw HubErrors.incomplete(subject, "within its own origin where its listing goes on");
        return http.url(next.encodedPath() + (next.encodedQuery() == null ? "" : "?" + next.encodedQuery()));
    }

    /** Those of the files that exist at a commit. */
    public List<HubFile> pathsInfo(RepoRef repo, String commit, List<String> paths)
            throws UserError, InterruptedException {
        Revision revision = new Revision(commit);
        HttpUrl url = http.url(HubUrls.path(new HubRequest.PathsInfo(repo, revision)));
        List<HubFile> files = new ArrayList<>();
        for (int from = 0; from < paths.size(); from += PATHS_AT_ONCE) {
            List<String> some = paths.subList(from, Math.min(paths.size(), from + PATHS_AT_ONCE));
            FormBody.Builder form = new FormBody.Builder();
            for (String path : some) form.add("paths", path);
            Answer<List<HubFile>> answer = http.send(new Ask<>(
                    "POST",
                    url,
                    Kind.API,
                    form.add("expand", "false").build(),
                    false,
                    false,
                    false,
                    config.metadataTimeout(),
                    (response, in) -> HubJson.files(in)));
            for (HubFile file : good(answer, new Subject(repo, revision, null), false)) {
                // Only what was asked for, so that it is in the answer once at most.
                if (some.contains(file.path())) files.add(file);
            }
        }
        return files;
    }

    public FileMetadata head(RepoRef repo, Revision revision, String path) throws UserError, InterruptedException {
        return metadata(ask(repo, revision, path, false), new Subject(repo, revision, path), false);
    }

    private Answer<Void> ask(RepoRef repo, Revision revision, String path, boolean anonymous)
            throws UserError, InterruptedException {
        HttpUrl url = http.url(HubUrls.path(new HubRequest.Resolve(repo, revision, path)));
        return http.send(new Ask<>(
                "HEAD",
                url,
                Kind.RESOLVERS,
                null,
                true,
                anonymous,
                false,
                config.metadataTimeout(),
                (response, in) -> null));
    }

    /** From the file's own answer, or from the redirect to storage, which knows less. */
    private FileMetadata metadata(Answer<Void> answer, Subject subject, boolean anonymous) throws UserError {
        boolean described = answer.isRedirect() && answer.headers().get("X-Repo-Commit") != null;
        if (!answer.isGood() && !described) throw error(answer, subject, anonymous);
        String commit = answer.headers().get("X-Repo-Commit");
        if (commit == null || !Revision.isCommit(commit)) throw HubErrors.incomplete(subject, "its commit");
        Revision asked = subject.revision();
        if (asked != null && asked.isCommit() && !asked.name().equals(commit)) throw HubErrors.moved(subject);
        String digest = digest(either(answer, "X-Linked-Etag", "ETag"));
        if (digest == null) throw HubErrors.incomplete(subject, "its digest");
        boolean plain = answer.isGood() && answer.headers().get("Content-Encoding") == null;
        String size = plain
                ? either(answer, "X-Linked-Size", "Content-Length")
                : answer.headers().get("X-Linked-Size");
        if (size == null || !size.matches("[0-9]{1,18}")) throw HubErrors.incomplete(subject, "its size");
        URI location = location(answer);
        if (location == null) throw HubErrors.incomplete(subject, "where it is");
        return new FileMetadata(commit, ContentDigest.of(digest), Long.parseLong(size), location);
    }

    private static @Nullable String either(Answer<?> answer, String name, String fallback) {
        String value = answer.headers().get(name);
        return value == null ? answer.headers().get(fallback) : value;
    }

    private static @Nullable String digest(@Nullable String etag) {
        if (etag == null) return null;
        String text = etag.trim();
        if (text.startsWith("W/")) text = text.substring(2);
        text = text.replace("\"", "").toLowerCase(Locale.ROOT);
        return ContentDigest.isDigest(text) ? text : null;
    }

    /** As it is written, since a signature may cover each character. */
    private @Nullable URI location(Answer<?> answer) {
        String location = answer.isRedirect() ? answer.headers().get("Location") : null;
        if (location == null) return answer.url().uri();
        HttpUrl parsed = answer.url().resolve(location);
        // TLS does not lead to plain text, and storage needs no user.
        if (parsed == null || !parsed.username().isEmpty() || (hub.isHttps() && !parsed.isHttps())) return null;
        try {
            URI written = new URI(location);
            if (written.isAbsolute() && written.getHost() != null) return written;
        } catch (URISyntaxException e) {
            // Then as every other client would send it.
        }
        return parsed.uri();
    }

    /** Where to read the file; asks the Hub only if the last answer has expired. Fails if other content is there. */
    public FileLocation locate(RemoteFile file) throws UserError, InterruptedException {
        return locations.get(file, () -> {
            Subject subject = file.subject();
            Answer<Void> answer = ask(file.repo(), new Revision(file.commit()), file.path(), false);
            FileMetadata metadata = metadata(answer, subject, false);
            if (!metadata.digest().equals(file.digest()) || metadata.size() != file.size())
                throw HubErrors.moved(subject);
            boolean own = !answer.isRedirect();
            Duration lifetime = own ? OWN_LOCATION : lifetime(metadata.location(), answer);
            return new FileLocation(file, metadata.location(), own, clock.nanoTime() + lifetime.toNanos());
        });
    }

    /** By the Hub's clock, since this machine's may be wrong. */
    private Duration lifetime(URI uri, Answer<?> answer) {
        Instant end = SignedUrl.end(uri);
        if (end == null) return UNKNOWN_END;
        Instant now = answer.headers().getInstant("Date");
        Duration whole = Duration.between(now == null ? clock.instant() : now, end);
        if (whole.compareTo(OWN_LOCATION.multipliedBy(24)) > 0) whole = OWN_LOCATION.multipliedBy(24);
        Duration margin = whole.dividedBy(5);
        Duration rest = whole.minus(margin.compareTo(MAX_MARGIN) < 0 ? margin : MAX_MARGIN);
        return rest.isNegative() ? Duration.ZERO : rest;
    }

    /** Another location, since this one is refused. */
    public FileLocation locateAgain(FileLocation refused) throws UserError, InterruptedException {
        locations.forget(refused.file(), refused);
        return locate(refused.file());
    }

    /** The whole of a small file, its length and digest checked. */
    public byte[] fetch(RemoteFile file) throws UserError, InterruptedException {
        if (file.size() > MAX_FETCH) throw new IllegalArgumentException("too large to fetch whole: " + file.size());
        HttpUrl url =
                http.url(HubUrls.path(new HubRequest.Resolve(file.repo(), new Revision(file.commit()), file.path())));
        Ask<byte[]> ask = new Ask<>(
                "GET",
                url,
                Kind.RESOLVERS,
                null,
                true,
                false,
                true,
                config.downloadTimeout(),
                (response, in) -> whole(response, in, (int) file.size()));
        for (int tries = 0; tries < 2; tries++) {
            byte[] content = good(http.send(ask), file.subject(), false);
            if (file.digest().matches(file.digest().kind().begin(content.length).digest(content))) return content;
            LOG.log(System.Logger.Level.WARNING, () -> "a file was damaged on its way and is fetched again");
        }
        throw HubErrors.damaged(file.subject());
    }

    private static byte[] whole(Response response, InputStream in, int size) throws IOException {
        String encoding = response.header("Content-Encoding", "identity");
        // Identity was asked for; some answer with gzip all the same.
        InputStream plain = "gzip".equalsIgnoreCase(encoding) ? new GZIPInputStream(in) : in;
        byte[] content = plain.readNBytes(size);
        if (content.length < size || plain.read() >= 0) throw new IOException("the file has another length");
        return content;
    }

    /** Whether anybody may read the file. False in doubt. */
    public boolean isPublic(RepoRef repo, String commit, String path) throws InterruptedException {
        try {
            return publicRepos.get(new Place(repo, commit, ""), () -> isPublicRepo(repo, commit))
                    && publicFiles.get(new Place(repo, commit, path), () -> isPublicFile(repo, commit, path));
        } catch (UserError e) {
            throw new AssertionError(e);
        }
    }

    private boolean isPublicRepo(RepoRef repo, String commit) throws InterruptedException {
        try {
            RepoInfo info = repoInfo(repo, new Revision(commit), true);
            return !info.isPrivate() && info.gated() == Gated.NO && !info.disabled();
        } catch (UserError e) {
            return false;
        }
    }

    private boolean isPublicFile(RepoRef repo, String commit, String path) throws InterruptedException {
        try {
            Revision revision = new Revision(commit);
            metadata(ask(repo, revision, path, true), new Subject(repo, revision, path), true);
            return true;
        } catch (UserError e) {
            return false;
        }
    }

    /** The headers that prove who asks, for this address; none, unless it is the Hub's own. */
    public Map<String, String> authorizationFor(URI uri) {
        HttpUrl url = HttpUrl.parse(uri.toString());
        Redacted token = url == null ? null : http.tokenFor(url);
        return token == null ? Map.of() : Map.of("Authorization", "Bearer " + token.reveal());
    }

    private <T> T good(Answer<T> answer, Subject subject, boolean anonymous) throws UserError {
        T body = answer.body();
        if (!answer.isGood() || body == null) throw error(answer, subject, anonymous);
        return body;
    }

    private UserError error(Answer<?> answer, Subject subject, boolean anonymous) {
        return HubErrors.of(answer, subject, hub, !anonymous && http.tokenFor(hub) != null);
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        http.close();
    }
}
