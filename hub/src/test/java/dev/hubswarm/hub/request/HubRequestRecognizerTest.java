package dev.hubswarm.hub.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HubRequestRecognizerTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final RepoRef MODEL = new RepoRef(RepoType.MODEL, "org/name");
    private static final RepoRef OLD = new RepoRef(RepoType.MODEL, "gpt2");
    private static final RepoRef DATASET = new RepoRef(RepoType.DATASET, "org/name");
    private static final RepoRef OLD_DATASET = new RepoRef(RepoType.DATASET, "squad");
    private static final RepoRef SPACE = new RepoRef(RepoType.SPACE, "org/name");
    private static final RepoRef KERNEL = new RepoRef(RepoType.KERNEL, "org/name");

    private final HubRequestRecognizer recognizer = new HubRequestRecognizer(Set.of("127.0.0.1:8470"));

    /** Paths as we write them. */
    static Stream<Arguments> forms() {
        Revision pr = new Revision("refs/pr/1");
        Revision parquet = new Revision("refs/convert/parquet");
        Revision commit = new Revision(COMMIT);
        return Stream.of(
                form("/org/name/resolve/main/config.json", new Resolve(MODEL, Revision.MAIN, "config.json")),
                form("/gpt2/resolve/main/a/b/c.bin", new Resolve(OLD, Revision.MAIN, "a/b/c.bin")),
                form("/datasets/org/name/resolve/v1.0/x", new Resolve(DATASET, new Revision("v1.0"), "x")),
                form("/datasets/squad/resolve/main/x/y", new Resolve(OLD_DATASET, Revision.MAIN, "x/y")),
                form("/spaces/org/name/resolve/main/app.py", new Resolve(SPACE, Revision.MAIN, "app.py")),
                form("/kernels/org/name/resolve/main/build/x.so", new Resolve(KERNEL, Revision.MAIN, "build/x.so")),
                form("/org/name/resolve/refs%2Fpr%2F1/x", new Resolve(MODEL, pr, "x")),
                form("/datasets/squad/resolve/refs%2Fconvert%2Fparquet/x", new Resolve(OLD_DATASET, parquet, "x")),
                form("/org/name/resolve/" + COMMIT + "/x", new Resolve(MODEL, commit, "x")),
                form("/org/name/resolve/feature%2Fa%20b/x", new Resolve(MODEL, new Revision("feature/a b"), "x")),
                form("/org/name/resolve/main/a%20b%2Bc%23d%25e", new Resolve(MODEL, Revision.MAIN, "a b+c#d%e")),
                form("/org/name/resolve/main/%C3%A9/%E6%BC%A2.txt", new Resolve(MODEL, Revision.MAIN, "é/漢.txt")),
                form("/org/name/resolve/main/100%2525", new Resolve(MODEL, Revision.MAIN, "100%25")),
                form("/org/name/resolve/main/resolve/main/x", new Resolve(MODEL, Revision.MAIN, "resolve/main/x")),
                form("/org/name/raw/main/x", new Raw(MODEL, Revision.MAIN, "x")),
                form("/gpt2/raw/main/x", new Raw(OLD, Revision.MAIN, "x")),
                form("/api/resolve-cache/models/org/name/" + COMMIT + "/a/x", new ResolveCache(MODEL, commit, "a/x")),
                form("/api/resolve-cache/models/gpt2/" + COMMIT + "/x", new ResolveCache(OLD, commit, "x")),
                form("/api/resolve-cache/datasets/squad/" + COMMIT + "/x", new ResolveCache(OLD_DATASET, commit, "x")),
                form("/api/resolve-cache/spaces/org/name/" + COMMIT + "/x", new ResolveCache(SPACE, commit, "x")),
                form("/api/models/org/name", new Info(MODEL)),
                form("/api/models/gpt2", new Info(OLD)),
                form("/api/datasets/squad", new Info(OLD_DATASET)),
                form("/api/kernels/org/name", new Info(KERNEL)),
                form("/api/models/org/name/revision/refs%2Fpr%2F1", new RevisionInfo(MODEL, pr)),
                form("/api/models/gpt2/revision/main", new RevisionInfo(OLD, Revision.MAIN)),
                form("/api/models/org/name/tree/main", new Tree(MODEL, Revision.MAIN, "")),
                form("/api/models/gpt2/tree/main", new Tree(OLD, Revision.MAIN, "")),
                form("/api/spaces/org/name/tree/" + COMMIT + "/a/b", new Tree(SPACE, commit, "a/b")),
                form("/api/datasets/org/name/refs", new Refs(DATASET)),
                form("/api/models/org/name/xet-read-token/" + COMMIT, new XetReadToken(MODEL, commit)),
                form("/api/datasets/squad/xet-read-token/" + COMMIT, new XetReadToken(OLD_DATASET, commit)));
    }

    private static Arguments form(String path, HubRequest request) {
        return Arguments.of(path, request);
    }

    @ParameterizedTest
    @MethodSource("forms")
    void everyFormIsReadAndWritten(String path, HubRequest request) {
        assertEquals(request, recognize(path));
        assertEquals(path, HubUrls.path(request));
        assertEquals(request, recognize(path + "?download=true&x=/../a"));
        assertEquals(request, recognizer.recognize("HEAD", path, "HuggingFace.co:443"));
        assertEquals(request, recognizer.recognize("GET", path, "hf.co"));
        assertEquals(request, recognizer.recognize("GET", path, "127.0.0.1:8470"));
        assertEquals(request, recognizer.recognize("GET", "http://huggingface.co" + path, "127.0.0.1:1"));
        assertEquals(new Other(), recognizer.recognize("GET", path, "127.0.0.1:8471"));
        assertEquals(new Other(), recognizer.recognize("GET", "http://example.com" + path, "huggingface.co"));
        assertEquals(new Other(), recognizer.recognize("PUT", path, "huggingface.co"));
    }

    @Test
    void pathsInfoIsAPost() {
        HubRequest request = new PathsInfo(MODEL, Revision.MAIN);
        assertEquals("/api/models/org/name/paths-info/main", HubUrls.path(request));
        assertEquals(request, recognizer.recognize("POST", HubUrls.path(request), "huggingface.co"));
        assertEquals(new Other(), recognize(HubUrls.path(request)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a//b", "a/", "."})
    void noPathIsWrittenThatOthersWouldShorten(String path) {
        assertThrows(IllegalArgumentException.class, () -> HubUrls.path(new Resolve(MODEL, Revision.MAIN, path)));
    }

    /** As llama.cpp, huggingface.js and hf-hub send them. */
    @Test
    void namesThatWereNotEscapedAreReadAsWell() {
        String wire = new String(
                "/org/name/resolve/main/a b+(é漢).bin".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertEquals(new Resolve(MODEL, Revision.MAIN, "a b+(é漢).bin"), recognize(wire));
        assertEquals(new Resolve(MODEL, Revision.MAIN, "a#b"), recognize("/org/name/resolve/main/a%23b"));
        assertEquals(new Resolve(MODEL, Revision.MAIN, "a/b"), recognize("/org/name/resolve/main/a%2fb"));
        assertEquals(new Resolve(MODEL, Revision.MAIN, "x"), recognize("/org/n%61me/resolve/main/x"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "*",
                "huggingface.co:443",
                "ftp://huggingface.co/org/name/resolve/main/x",
                "http://huggingface.co",
                "/org/name",
                "/org/name/blob/main/x",
                "/org/name/resolve/main",
                "/org/name/resolve/main/",
                "/org/name/resolve/main/a//b",
                "//org/name/resolve/main/x",
                "/org/name/resolve//x",
                "/org/name/resolve/main/../x",
                "/org/name/resolve/main/a/./b",
                "/org/name/resolve/main/%2e%2e/x",
                "/org/name/resolve/main/..%2Fx",
                "/org/name/resolve/main/a%2F%2Fb",
                "/org/name/resolve/main/a%00b",
                "/org/name/resolve/main/a\nb",
                "/org/name/resolve/main/a#b",
                "/org/name/resolve/main/100%",
                "/org/name/resolve/main/%zz",
                "/org/name/resolve/main/%ff",
                "/org/name/resolve/main/%c0%af",
                "/org/name/resolve/main/%ed%a0%80",
                "/org/name/resolve/main/漢",
                "/org/name/resolve/main/\u00e9",
                "/org/name/resolve/..%2Fmain/x",
                "/org/name/resolve/%2Fmain/x",
                "/org%2Fname/resolve/main/x",
                "/../name/resolve/main/x",
                "/org/na--me/resolve/main/x",
                "/org/name.git/resolve/main/x",
                "/org/name.git/info/lfs/objects/batch",
                "/v2/org/name/manifests/latest",
                "/api/models",
                "/api/models/",
                "/api/models//name",
                "/api/models?search=x",
                "/api/whoami-v2",
                "/api/telemetry/x/y/z",
                "/api/agent-harnesses",
                "/api/models/org/name/commits/main",
                "/api/models/org/name/xet-write-token/main",
                "/api/models/org/name/revision/refs/pr/1",
                "/api/resolve-cache/models/org/name/main/x",
                "/api/resolve-cache/papers/org/name/" + COMMIT + "/x",
                "/api/resolve-cache/models/org/name/" + COMMIT,
            })
    void whatIsBrokenOrUnknownIsLeftAlone(String target) {
        assertEquals(new Other(), recognize(target));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/org/name/resolve/refs/pr/1/x", // where does the ref end?
                "/a/resolve/resolve/b/c", // a/resolve at b, or a at resolve?
                "/a/raw/resolve/main/x",
                "/api/models/a/refs",
                "/api/models/a/tree/tree/main",
                "/api/resolve-cache/models/a/" + COMMIT + "/" + COMMIT + "/x",
            })
    void whatCouldMeanTwoThingsIsLeftAlone(String target) {
        assertEquals(new Other(), recognize(target));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cas-bridge.xethub.hf.co",
                "cas-server.xethub.hf.co",
                "transfer.xethub.hf.co",
                "us.aws.cdn.hf.co",
                "cdn-lfs.hf.co",
                "cdn-lfs-us-1.hf.co",
                "cdn-lfs.huggingface.co",
                "CDN-LFS-EU-1.huggingface.co:443"
            })
    void storageIsKnownByItsHost(String host) {
        HubRequest storage = recognizer.recognize("GET", "/xet-bridge-us/1/2?Signature=x", host);
        assertEquals(host.toLowerCase(java.util.Locale.ROOT).replace(":443", ""), ((Storage) storage).host());
        assertThrows(IllegalArgumentException.class, () -> HubUrls.path(storage));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evilxethub.hf.co", "xethub.hf.co.evil.com", "cdn-lfs.hf.co.evil.com", "cdn-lfsx.evil.co", ""})
    void hostsThatOnlyLookAlikeAreNot(String host) {
        assertEquals(new Other(), recognizer.recognize("GET", "/org/name/resolve/main/x", host));
    }

    private HubRequest recognize(String target) {
        return recognizer.recognize("GET", target, "huggingface.co");
    }
}
