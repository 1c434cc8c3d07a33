package dev.hubswarm.hub.origin;

import static java.lang.System.Logger.Level.DEBUG;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.Ask.Purpose;
import dev.hubswarm.hub.origin.HubErrors.Subject;
import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.HubUrls;
import dev.hubswarm.hub.request.RepoPath;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPInputStream;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** The Hub. Thread-safe; calls block and can be interrupted. */
public final class HubOrigin implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HubOrigin.class.getName());

    /** Larger ones are worth ranges, and memory is not for them. */
    public static final int MAX_FETCH = 64 * 1024 * 1024;

    private static final int PATHS_AT_ONCE = 500;
    private static final int LOCATIONS = 100_000;
    /** Of 1,000 files each: more than any repo has, and a Hub that never ends is noticed. */
    private static final int MAX_PAGES = 3_000;

    private static final Duration OWN_LOCATION = Duration.ofHours(1);

    private final OriginConfig config;
    private final TlsTrust tls;
    private final RateBudget budget;
    private final OriginClock clock;
    private final HubHttp http;
    private final HttpUrl hub;
    private final AskOnce<RemoteFile, FileLocation> locations;
    private final PublicFiles publicFiles;

    public HubOrigin(OriginConfig config, RateBudget budget, RandomGenerator random) throws UserError {
        this.config = config;
        this.tls = TlsTrust.of(config.extraCa());
        this.budget = budget;
        this.clock = budget.clock();
        this.http = new HubHttp(config, tls, budget, random);
        this.hub = http.url("");
        this.locations = locations(clock);
        this.publicFiles = new PublicFiles(clock);
    }

    private HubOrigin(HubOrigin of, OriginConfig config) {
        this.config = config;
        tls = of.tls;
        budget = of.budget;
        clock = of.clock;
        http = of.http.as(config);
        hub = of.hub;
        locations = locations(clock);
        publicFiles = of.publicFiles;
    }

    private static AskOnce<RemoteFile, FileLocation> locations(OriginClock clock) {
        return new AskOnce<>(
                LOCATIONS,
                location -> Duration.ofNanos(Math.max(0, location.expiresAtNanos() - clock.nanoTime())),
                clock);
    }

    /** The same Hub, asked with another token or none; closed with this. */
    public HubOrigin as(@Nullable Redacted token) {
        return new HubOrigin(this, config.as(token));
    }

    public OriginConfig config() {
        return config;
    }

    public RateBudget budget() {
        return budget;
    }

    /** For those who speak to the Hub and its storage on sockets of their own. */
    public TlsTrust tls() {
        return tls;
    }

    /** Asks who we are, to find out whether there is a Hub and what it thinks of the token. */
    public Greeting greet() throws UserError, InterruptedException {
        Answer<String> answer = http.send(new Ask<>(
                Purpose.API,
                http.url("/api/whoami-v2"),
                null,
                false,
                config.metadataTimeout(),
                (response, in) -> HubJson.account(in)));
        return new Greeting(
                answer.status(),
                http.tokenFor(hub) != null,
                answer.body(),
                answer.headers().getInstant("Date"));
    }

    /** What the repository is now called, and the commit that the revision is at. */
    public RepoInfo repoInfo(RepoRef repo, Revision revision) throws UserError, InterruptedException {
        return repoInfo(repo, revision, false);
    }

    private RepoInfo repoInfo(RepoRef repo, Revision revision, boolean anonymous)
            throws UserError, InterruptedException {
        Subject subject = new Subject(repo, revision, null);
        HubRequest request = new HubRequest.RevisionInfo(repo, revision);
        RepoInfo info = good(
                http.send(new Ask<>(
                        Purpose.API,
                        url(request),
                        null,
                        anonymous,
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
            if (!pages.add(url) || pages.size() > MAX_PAGES)
                throw HubErrors.incomplete(subject, "where its listing ends");
            Answer<List<HubFile>> answer = files(url, null);
            for (HubFile file : good(answer, subject, false)) {
                if (!paths.add(file.path())) throw HubErrors.incomplete(subject, "once only what it holds");
                files.add(file);
            }
            url = next(answer, subject);
        }
        return files;
    }

    private Answer<List<HubFile>> files(HttpUrl url, @Nullable RequestBody form)
            throws UserError, InterruptedException {
        return http.send(new Ask<>(
                Purpose.API, url, form, false, config.metadataTimeout(), (response, in) -> HubJson.files(in)));
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
        HttpUrl url = url(new HubRequest.PathsInfo(repo, revision));
        Set<String> asked = new HashSet<>(paths);
        List<HubFile> files = new ArrayList<>();
        for (int from = 0; from < paths.size(); from += PATHS_AT_ONCE) {
            FormBody.Builder form = new FormBody.Builder().add("expand", "false");
            for (String path : paths.subList(from, Math.min(paths.size(), from + PATHS_AT_ONCE)))
                form.add("paths", path);
            for (HubFile file : good(files(url, form.build()), new Subject(repo, revision, null), false)) {
                // Only what was asked for, and once.
                if (asked.remove(file.path())) files.add(file);
            }
        }
        return files;
    }

    /** What the Hub says of the file, without its content. */
    public FileMetadata head(RepoRef repo, Revision revision, String path) throws UserError, InterruptedException {
        Subject subject = new Subject(repo, revision, path);
        return MetadataReader.read(metadata(subject, revision, path, false), subject);
    }

    private Answer<Void> metadata(Subject subject, Revision revision, String path, boolean anonymous)
            throws UserError, InterruptedException {
        if (!RepoPath.isValid(path)) throw HubErrors.impossiblePath(subject);
        Answer<Void> answer = http.send(new Ask<>(
                Purpose.METADATA,
                url(new HubRequest.Resolve(subject.repo(), revision, path)),
                null,
                anonymous,
                config.metadataTimeout(),
                (response, in) -> null));
        if (!MetadataReader.describes(answer)) throw error(answer, subject, anonymous);
        return answer;
    }

    /** Where to read the file; asks the Hub only if the last answer has expired. Fails if other content is there. */
    public FileLocation locate(RemoteFile file) throws UserError, InterruptedException {
        return locations.get(file, () -> {
            Subject subject = file.subject();
            Answer<Void> answer = metadata(subject, new Revision(file.commit()), file.path(), false);
            FileMetadata metadata = MetadataReader.read(answer, subject);
            if (!metadata.digest().equals(file.digest()) || metadata.size() != file.size())
                throw HubErrors.moved(subject);
            boolean own = !answer.isRedirect();
            // By the Hub's clock, since this machine's may be wrong.
            Instant date = answer.headers().getInstant("Date");
            Duration lifetime =
                    own ? OWN_LOCATION : SignedUrl.lifetime(metadata.location(), date == null ? clock.instant() : date);
            return new FileLocation(file, metadata.location(), own, clock.nanoTime() + lifetime.toNanos());
        });
    }

    /** Where the Hub has just led somebody who asked it for the file. */
    public FileLocation told(RemoteFile file, URI location) {
        HttpUrl url = HttpUrl.parse(location.toString());
        boolean own = url != null && http.isHub(url);
        Duration lifetime = own ? OWN_LOCATION : SignedUrl.lifetime(location, clock.instant());
        return new FileLocation(file, location, own, clock.nanoTime() + lifetime.toNanos());
    }

    /** Another location, since this one is refused. */
    public FileLocation locateAgain(FileLocation refused) throws UserError, InterruptedException {
        locations.forget(refused.file(), refused);
        return locate(refused.file());
    }

    /**
     * The whole of a small file, its length and digest checked. It asks for the content at once, since what it is is
     * known already.
     */
    public byte[] fetch(RemoteFile file) throws UserError, InterruptedException {
        if (file.size() > MAX_FETCH) throw new IllegalArgumentException("too large to fetch whole: " + file.size());
        Ask<byte[]> ask = new Ask<>(
                Purpose.CONTENT,
                url(new HubRequest.Resolve(file.repo(), new Revision(file.commit()), file.path())),
                null,
                false,
                config.downloadTimeout(),
                (response, in) -> whole(response, in, (int) file.size()));
        for (int tries = 0; tries < 2; tries++) {
            byte[] content = good(http.send(ask), file.subject(), false);
            if (file.digest().isOf(content)) return content;
            LOG.log(DEBUG, () -> "a file was damaged on its way");
        }
        throw HubErrors.damaged(file.subject());
    }

    private static byte[] whole(Response response, InputStream in, int size) throws IOException {
        // Identity was asked for; some answer with gzip all the same.
        boolean gzip = "gzip".equalsIgnoreCase(response.header("Content-Encoding"));
        InputStream plain = gzip ? new GZIPInputStream(in) : in;
        byte[] content = plain.readNBytes(size);
        if (content.length < size || plain.read() >= 0) throw new IOException("the file has another length");
        return content;
    }

    /** Whether anybody may read the file. False in doubt. */
    public boolean isPublic(RepoRef repo, String commit, String path) throws InterruptedException {
        Revision revision = new Revision(commit);
        Subject subject = new Subject(repo, revision, path);
        return isPublic(repo, commit)
                && publicFiles.get(repo, commit, path, () -> {
                    FileMetadata found = MetadataReader.read(metadata(subject, revision, path, true), subject);
                    return found.commit().equals(commit);
                });
    }

    /** Whether the Hub says so of the repository; a file of it may still be missing there. */
    public boolean isPublic(RepoRef repo, String commit) throws InterruptedException {
        Revision revision = new Revision(commit);
        return publicFiles.get(repo, commit, "", () -> isOpen(repoInfo(repo, revision, true)));
    }

    /**
     * Whether anybody may read these files now, and finds this content there. Nothing that was answered before counts;
     * about each repository and commit it asks once.
     */
    public Map<RemoteFile, Openness> openness(Collection<RemoteFile> files) throws InterruptedException {
        record Commit(RepoRef repo, String commit) {}
        Map<Commit, Openness> repos = new HashMap<>();
        Map<RemoteFile, Openness> found = new LinkedHashMap<>();
        for (RemoteFile file : files) {
            Commit commit = new Commit(file.repo(), file.commit());
            Openness repo = repos.get(commit);
            if (repo == null) {
                repo = Openness.ask(() -> isOpen(repoInfo(file.repo(), new Revision(file.commit()), true)));
                repos.put(commit, repo);
            }
            found.put(file, repo == Openness.OPEN ? Openness.ask(() -> isThere(file)) : repo);
        }
        return found;
    }

    private boolean isThere(RemoteFile file) throws UserError, InterruptedException {
        Subject subject = file.subject();
        FileMetadata found =
                MetadataReader.read(metadata(subject, new Revision(file.commit()), file.path(), true), subject);
        return found.commit().equals(file.commit())
                && found.digest().equals(file.digest())
                && found.size() == file.size();
    }

    private static boolean isOpen(RepoInfo info) {
        return !info.isPrivate() && info.gated() == Gated.NO && !info.disabled();
    }

    /** The headers that prove who asks, for this address; none, unless it is the Hub's own. */
    public Map<String, String> authorizationFor(URI uri) {
        HttpUrl url = HttpUrl.parse(uri.toString());
        Redacted token = url == null ? null : http.tokenFor(url);
        return token == null ? Map.of() : Map.of("Authorization", "Bearer " + token.reveal());
    }

    private HttpUrl url(HubRequest request) {
        return http.url(HubUrls.path(request));
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
