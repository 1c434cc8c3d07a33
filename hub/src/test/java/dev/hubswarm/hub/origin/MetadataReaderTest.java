package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What headers and JSON of the Hub are taken to mean. */
final class MetadataReaderTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String SHA1 = "ce013625030ba8dba906f756967f9e9ca394464a";
    private static final String SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    private static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/name");
    private static final HubErrors.Subject SUBJECT = new HubErrors.Subject(REPO, Revision.MAIN, "x");

    @Test
    void aFileIsDescribedByItsOwnHeaders() throws Exception {
        FileMetadata metadata = read(200, "X-Repo-Commit", COMMIT, "ETag", "\"" + SHA1 + "\"", "Content-Length", "6");
        assertEquals(ContentDigest.of(SHA1), metadata.digest());
        assertEquals(6, metadata.size());
        assertEquals("https://huggingface.co/x", metadata.location().toString());
    }

    /** The lengths and tags that belong to the redirect, or to storage, are others. */
    @Test
    void linkedHeadersWin() throws Exception {
        for (int status : new int[] {200, 302}) {
            FileMetadata metadata = read(
                    status,
                    "X-Repo-Commit",
                    COMMIT,
                    "ETag",
                    "\"" + SHA1 + "\"",
                    "X-Linked-Etag",
                    "\"" + SHA256 + "\"",
                    "Content-Length",
                    "913",
                    "X-Linked-Size",
                    "5000000000000",
                    "Location",
                    "https://cdn.example/a%2Bb?Signature=x~y'z");
            assertEquals(ContentDigest.of(SHA256), metadata.digest());
            assertEquals(5_000_000_000_000L, metadata.size());
            String location = status == 200 ? "https://huggingface.co/x" : "https://cdn.example/a%2Bb?Signature=x~y'z";
            assertEquals(location, metadata.location().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {SHA1, "\"" + SHA1 + "\"", "W/\"" + SHA1 + "\"", " \"CE013625030BA8DBA906F756967F9E9CA394464A\""})
    void tagsAreReadAsHuggingfaceHubDoes(String tag) throws Exception {
        assertEquals(
                ContentDigest.of(SHA1),
                read(200, "X-Repo-Commit", COMMIT, "ETag", tag, "Content-Length", "6")
                        .digest());
    }

    @ParameterizedTest
    @CsvSource({
        "200,X-Repo-Commit,its commit",
        "200,ETag,its digest",
        "200,Content-Length,its size",
        "302,X-Linked-Size,its size",
        "302,X-Linked-Etag,its digest"
    })
    void whatIsMissingIsNotGuessed(int status, String missing, String says) {
        List<String> headers = new ArrayList<>(
                status == 200
                        ? List.of("X-Repo-Commit", COMMIT, "ETag", SHA1, "Content-Length", "6")
                        : List.of(
                                "X-Repo-Commit",
                                COMMIT,
                                "X-Linked-Etag",
                                SHA256,
                                "X-Linked-Size",
                                "6",
                                "Location",
                                "https://cdn.example/",
                                "Content-Length",
                                "913"));
        int at = headers.indexOf(missing);
        headers.remove(at);
        headers.remove(at);
        UserError error = assertThrows(UserError.class, () -> read(status, headers.toArray(String[]::new)));
        assertTrue(String.valueOf(error.getMessage()).contains(says), error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://cdn.example/x", "https://me:pw@cdn.example/x", "ftp://cdn.example/x", "//"})
    void bytesAreNotReadWhereTheyCouldBeChangedOnTheWay(String location) {
        assertThrows(
                UserError.class,
                () -> read(
                        302,
                        "X-Repo-Commit",
                        COMMIT,
                        "X-Linked-Etag",
                        SHA256,
                        "X-Linked-Size",
                        "6",
                        "Location",
                        location));
    }

    @Test
    void anEncodedAnswerHasNoLength() {
        assertThrows(
                UserError.class,
                () -> read(
                        200, "X-Repo-Commit", COMMIT, "ETag", SHA1, "Content-Length", "6", "Content-Encoding", "gzip"));
    }

    @Test
    void anotherCommitThanAskedForIsAnError() {
        Answer<Void> answer = answer(200, "X-Repo-Commit", COMMIT, "ETag", SHA1, "Content-Length", "6");
        HubErrors.Subject other = new HubErrors.Subject(REPO, new Revision(SHA1), "x");
        assertThrows(UserError.class, () -> MetadataReader.read(answer, other));
    }

    @Test
    void onlyAGoodAnswerOrADescribedRedirectDescribes() {
        assertTrue(MetadataReader.describes(answer(200)));
        assertTrue(MetadataReader.describes(answer(302, "Location", "https://x/", "X-Repo-Commit", COMMIT)));
        assertFalse(MetadataReader.describes(answer(302, "Location", "https://x/")));
        assertFalse(MetadataReader.describes(answer(304, "X-Repo-Commit", COMMIT)));
        assertFalse(MetadataReader.describes(answer(404, "X-Repo-Commit", COMMIT)));
    }

    @Test
    void entriesOfAListingAreReadWhateverTheirOrder() throws Exception {
        String json = "[{\"type\":\"directory\",\"oid\":\"x\",\"path\":\"d\"},"
                + "{\"lfs\":{\"pointerSize\":1,\"oid\":\"" + SHA256
                + "\",\"size\":7},\"xetHash\":\"a\",\"path\":\"d/é\",\"size\":7,"
                + "\"lastCommit\":{\"id\":[1,{}]},\"oid\":\"" + SHA1 + "\",\"type\":\"file\"},"
                + "{\"type\":\"file\",\"lfs\":null,\"path\":\"b\",\"size\":9007199254740993,\"oid\":\"" + SHA1 + "\"}]";
        assertEquals(
                List.of(
                        new HubFile("d/é", 7, ContentDigest.of(SHA256), SHA1),
                        new HubFile("b", 9007199254740993L, ContentDigest.of(SHA1), SHA1)),
                files(json));
        assertEquals(List.of(), files("[]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[",
                "[]]",
                "[1]",
                "null",
                "<html>",
                "[{\"type\":\"file\"}]",
                "[{\"type\":\"file\",\"path\":\"x\",\"size\":1,\"oid\":\"short\"}]",
                "[{\"type\":\"file\",\"path\":\"x\",\"size\":-1,\"oid\":\"" + SHA1 + "\"}]",
                "[{\"type\":\"file\",\"path\":\"../x\",\"size\":1,\"oid\":\"" + SHA1 + "\"}]",
                "[{\"type\":\"file\",\"path\":\"/x\",\"size\":1,\"oid\":\"" + SHA1 + "\"}]",
                "[{\"type\":\"file\",\"path\":\"x\",\"size\":1,\"oid\":\"" + SHA1 + "\",\"lfs\":{}}]",
                "[{\"type\":\"file\",\"path\":\"x\",\"size\":1,\"oid\":\"" + SHA1 + "\",\"lfs\":{\"oid\":\"" + SHA1
                        + "\"}}]"
            })
    void aListingThatMakesNoSenseIsRefused(String json) {
        assertThrows(GarbledAnswer.class, () -> files(json));
    }

    @ParameterizedTest
    @CsvSource({"false,NO", "'\"auto\"',AUTO", "'\"manual\"',MANUAL", "true,UNKNOWN", "null,UNKNOWN", "{},UNKNOWN"})
    void gatedIsSwitchedOffOrNamed(String value, Gated gated) throws Exception {
        String json = "{\"sha\":\"" + COMMIT + "\",\"gated\":" + value
                + ",\"id\":\"new/name\",\"disabled\":null,\"private\":0}";
        assertEquals(
                new RepoInfo(new RepoRef(RepoType.SPACE, "new/name"), COMMIT, true, gated, true),
                HubJson.repoInfo(RepoType.SPACE, new ByteArrayInputStream(json.getBytes(UTF_8))));
    }

    private static List<HubFile> files(String json) throws IOException {
        return HubJson.files(new ByteArrayInputStream(json.getBytes(UTF_8)));
    }

    private static FileMetadata read(int status, String... headers) throws UserError {
        return MetadataReader.read(answer(status, headers), SUBJECT);
    }

    private static Answer<Void> answer(int status, String... headers) {
        return new Answer<>(status, Headers.of(headers), HttpUrl.get("https://huggingface.co/x"), null);
    }
}
