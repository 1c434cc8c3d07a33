package dev.hubswarm.hubstub;

import static dev.hubswarm.hubstub.Client.header;
import static dev.hubswarm.hubstub.Client.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(LeakCheck.class)
final class ApiTest {
    private static final String READER = "Bearer hf_reader";
    private static final String STRANGER = "Bearer hf_stranger";

    private final HubStub hub = HubStub.builder()
            .reader("hf_reader")
            .stranger("hf_stranger")
            .quota("pages", 1)
            .start();
    private final Client client = new Client();
    private final StubRepo repo = StubRepo.model("org/name")
            .git("config.json", "{}")
            .git("a/b/deep.txt", "deep")
            .xet("a/weights.bin", StubContent.generated(1, 70_000))
            .tag("v1")
            .commit("main", "refs/pr/1", "refs/convert/parquet")
            .build();

    ApiTest() {
        hub.put(repo);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        return client.get(hub.endpoint() + path, headers);
    }

    private JsonNode json(String path, String... headers) throws Exception {
        HttpResponse<byte[]> response = get(path, headers);
        assertEquals(200, response.statusCode());
        return JsonMapper.shared().readTree(response.body());
    }

    private static List<String> paths(JsonNode entries) {
        return entries.valueStream().map(entry -> entry.get("path").asString()).toList();
    }

    @ParameterizedTest
    @CsvSource({"''", "/revision/main", "/revision/refs%2Fpr%2F1", "/revision/refs%2Fconvert%2Fparquet"})
    void infoNamesTheCommitAndTheFiles(String revision) throws Exception {
        JsonNode info = json("/api/models/org/name" + revision);
        assertEquals(repo.head(), info.get("sha").asString());
        assertEquals(
                "[{\"rfilename\":\"a/b/deep.txt\"},{\"rfilename\":\"a/weights.bin\"},{\"rfilename\":\"config.json\"}]",
                info.get("siblings").toString());
        assertEquals("false false false", info.get("private") + " " + info.get("gated") + " " + info.get("disabled"));
    }

    @Test
    void blobsTellSizesAndDigests() throws Exception {
        JsonNode siblings = json("/api/models/org/name?blobs=true").get("siblings");
        StubFile weights = weights();
        assertEquals(70_000, siblings.get(1).get("size").asInt());
        assertEquals(
                weights.digest().hex(), siblings.get(1).get("lfs").get("sha256").asString());
        assertEquals(weights.oid(), siblings.get(1).get("blobId").asString());
        assertNull(siblings.get(2).get("lfs"));
    }

    private StubFile weights() {
        return repo.file("main", "a/weights.bin");
    }

    @Test
    void treeHasOneLevelOrAll() throws Exception {
        assertEquals(List.of("a", "config.json"), paths(json("/api/models/org/name/tree/main")));
        assertEquals(List.of("a/b", "a/weights.bin"), paths(json("/api/models/org/name/tree/v1/a")));
        JsonNode all = json("/api/models/org/name/tree/main?recursive=true&expand=1");
        assertEquals(List.of("a", "a/b", "a/b/deep.txt", "a/weights.bin", "config.json"), paths(all));
        JsonNode weights = all.get(3);
        assertEquals(weights().oid(), weights.get("oid").asString());
        assertEquals(weights().digest().hex(), weights.get("lfs").get("oid").asString());
        assertEquals(weights().xetHash(), weights.get("xetHash").asString());
        assertEquals(repo.head(), weights.get("lastCommit").get("id").asString());
        assertEquals("directory", all.get(0).get("type").asString());
        assertEquals(404, get("/api/models/org/name/tree/main/config").statusCode());
    }

    @Test
    void pagesAreLinkedByAbsoluteUrls() throws Exception {
        StubRepo.Builder many = StubRepo.of(StubRepo.Type.DATASET, "org/many");
        for (int i = 0; i < 2100; i++) many.git("f" + i, "");
        hub.put(many.build());
        List<Integer> sizes = new ArrayList<>();
        @Nullable String next = hub.endpoint() + "/api/datasets/org/many/tree/main?recursive=true";
        List<String> names = new ArrayList<>();
        while (next != null) {
            HttpResponse<byte[]> page = client.get(next);
            List<String> onPage = paths(JsonMapper.shared().readTree(page.body()));
            sizes.add(onPage.size());
            names.addAll(onPage);
            String link = header(page, "link");
            next = link.isEmpty() ? null : link.replaceFirst("<(http.*)>; rel=\"next\"", "$1");
        }
        assertEquals(List.of(1000, 1000, 100), sizes);
        assertEquals(2100, names.stream().distinct().count());
        assertEquals(50, json("/api/datasets/org/many/tree/main?expand=True").size());
    }

    @Test
    void oddQuestionsHaveAnswers() throws Exception {
        assertEquals(List.of(), paths(json("/api/models/org/name/tree/main?cursor=zzz")));
        assertError(404, "RevisionNotFound", "Invalid rev id: a??b?", get("/org/name/resolve/a%0d%0ab%C3%A4/f"));
    }

    @Test
    void pathsInfoTakesFormsAndJson() throws Exception {
        String url = hub.endpoint() + "/api/models/org/name/paths-info/main";
        HttpResponse<byte[]> form = client.post(
                url,
                "application/x-www-form-urlencoded",
                "paths=config.json&paths=a%2Fweights.bin&paths=no&expand=True");
        JsonNode entries = JsonMapper.shared().readTree(form.body());
        assertEquals(List.of("config.json", "a/weights.bin"), paths(entries));
        assertTrue(entries.get(0).has("lastCommit"));
        HttpResponse<byte[]> json = client.post(url, "application/json", "{\"paths\":[\"a\"]}");
        assertEquals(
                "directory",
                JsonMapper.shared().readTree(json.body()).get(0).get("type").asString());
        assertEquals(400, client.post(url, "application/json", "{").statusCode());
    }

    @Test
    void refsAreListedByKind() throws Exception {
        JsonNode refs = json("/api/models/org/name/refs?include_prs=1");
        JsonNode main = refs.get("branches").get(0);
        assertEquals("main", main.get("name").asString());
        assertEquals("refs/heads/main", main.get("ref").asString());
        assertEquals(repo.head(), main.get("targetCommit").asString());
        assertEquals("v1", refs.get("tags").get(0).get("name").asString());
        assertEquals("parquet", refs.get("converts").get(0).get("name").asString());
        assertEquals("refs/pr/1", refs.get("pullRequests").get(0).get("ref").asString());
        assertNull(json("/api/models/org/name/refs").get("pullRequests"));
    }

    @Test
    void whoAmIKnowsTokens() throws Exception {
        assertEquals(
                "reader",
                json("/api/whoami-v2", "Authorization", READER).get("name").asString());
        assertEquals(401, get("/api/whoami-v2").statusCode());
    }

    @Test
    void xetTokenIsInBodyAndHeaders() throws Exception {
        HttpResponse<byte[]> token = get("/api/models/org/name/xet-read-token/" + repo.head());
        assertEquals(hub.cdnEndpoint(), header(token, "x-xet-cas-url"));
        assertEquals(
                header(token, "x-xet-token-expiration"),
                JsonMapper.shared().readTree(token.body()).get("exp").asString());
    }

    @Test
    void telemetryIsTaken() throws Exception {
        assertEquals(200, client.head(hub.endpoint() + "/api/telemetry/x/y").statusCode());
    }

    private void assertError(int status, String code, String message, HttpResponse<byte[]> response) {
        assertEquals(status, response.statusCode());
        assertEquals(code, header(response, "x-error-code"));
        assertTrue(header(response, "x-error-message").contains(message), header(response, "x-error-message"));
    }

    @Test
    void whatIsNotThereHasACode() throws Exception {
        assertError(404, "RevisionNotFound", "Invalid rev id: no", get("/api/models/org/name/revision/no"));
        assertError(404, "RevisionNotFound", "Invalid rev id: no", get("/org/name/resolve/no/config.json"));
        HttpResponse<byte[]> entry = get("/org/name/resolve/main/no.txt");
        assertError(404, "EntryNotFound", "Entry not found", entry);
        assertEquals(repo.head(), header(entry, "x-repo-commit"));
    }

    @ParameterizedTest
    @CsvSource({"org/missing", "org/private"})
    void hiddenReposLookMissing(String id) throws Exception {
        hub.put(StubRepo.model("org/private")
                .access(new StubRepo.Access.Private())
                .git("f", "secret")
                .build());
        for (String path : List.of("/api/models/" + id, "/" + id + "/resolve/main/f")) {
            assertError(401, "RepoNotFound", "Invalid username or password", get(path));
            assertError(404, "RepoNotFound", "Repository not found", get(path, "Authorization", STRANGER));
        }
    }

    @Test
    void privateReposAreOpenToReaders() throws Exception {
        hub.put(StubRepo.model("org/private")
                .access(new StubRepo.Access.Private())
                .git("f", "secret")
                .build());
        assertTrue(json("/api/models/org/private", "Authorization", READER)
                .get("private")
                .asBoolean());
        assertEquals("secret", text(get("/org/private/raw/main/f", "Authorization", READER)));
    }

    @Test
    void gatedReposShowTheirFilesAndKeepTheirContent() throws Exception {
        hub.put(StubRepo.model("org/gated")
                .access(new StubRepo.Access.Gated("manual"))
                .git("f", "x")
                .build());
        assertEquals("manual", json("/api/models/org/gated").get("gated").asString());
        assertEquals(List.of("f"), paths(json("/api/models/org/gated/tree/main")));
        assertError(401, "GatedRepo", "restricted", get("/org/gated/resolve/main/f"));
        assertError(
                403,
                "GatedRepo",
                "not in the authorized list",
                get("/org/gated/resolve/main/f", "Authorization", STRANGER));
        assertEquals(
                307, get("/org/gated/resolve/main/f", "Authorization", READER).statusCode());
    }

    @Test
    void badTokensAreRefusedEverywhere() throws Exception {
        assertError(401, "", "Invalid credentials", get("/api/models/org/name", "Authorization", "Bearer hf_bad"));
    }

    @Test
    void disabledReposSaySo() throws Exception {
        hub.put(StubRepo.model("org/off").access(new StubRepo.Access.Disabled()).build());
        assertError(403, "", "Access to this resource is disabled.", get("/org/off/resolve/main/f"));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/models/gpt2/revision/main?blobs=true, /api/models/openai/gpt2/revision/main?blobs=true",
        "/api/models/gpt2, /api/models/openai/gpt2",
        "/gpt2/resolve/main/gpt2/f, /openai/gpt2/resolve/main/gpt2/f",
    })
    void oldNamesLeadToNewOnes(String old, String now) throws Exception {
        hub.put(StubRepo.renamed(StubRepo.Type.MODEL, "gpt2", "openai/gpt2"));
        HttpResponse<byte[]> redirect = get(old);
        assertEquals(307, redirect.statusCode());
        assertEquals(now, header(redirect, "location"));
    }

    @Test
    void renamedReposMayAnswer308() throws Exception {
        hub.put(StubRepo.model("org/old")
                .access(new StubRepo.Access.RenamedTo("org/name", 308))
                .build());
        HttpResponse<byte[]> redirect = get("/org/old/resolve/main/config.json");
        assertEquals(308, redirect.statusCode());
        assertEquals("/org/name/resolve/main/config.json", header(redirect, "location"));
    }

    @Test
    void quotasAreToldAndKept() throws Exception {
        HttpResponse<byte[]> api = get("/api/models/org/name");
        assertTrue(header(api, "ratelimit").matches("\"api\";r=\\d+;t=\\d+"));
        HttpResponse<byte[]> page = get("/no/such/page");
        assertEquals(404, page.statusCode());
        assertTrue(header(page, "ratelimit").startsWith("\"pages\";r=0;t="));
        assertEquals("\"fixed window\";\"pages\";q=1;w=300", header(page, "ratelimit-policy"));
        HttpResponse<byte[]> refused = get("/no/such/page");
        assertEquals(429, refused.statusCode());
        hub.advance(Duration.ofSeconds(Long.parseLong(header(refused, "retry-after")) + 1));
        assertEquals(404, get("/no/such/page").statusCode());
    }

    @Test
    void changedReposAreReplaced() throws Exception {
        hub.put(StubRepo.model("org/name").git("new", "x").build());
        assertEquals(List.of("new"), paths(json("/api/models/org/name/tree/main")));
        hub.remove(StubRepo.Type.MODEL, "org/name");
        assertEquals(401, get("/api/models/org/name").statusCode());
    }
}
