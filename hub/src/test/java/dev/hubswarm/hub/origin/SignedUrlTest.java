package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.URI;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SignedUrlTest {
    private static final Instant END = Instant.parse("2026-01-02T04:04:05Z");

    @Test
    void s3AndCloudFrontSayWhenTheyEnd() {
        String policy =
                "{\"Statement\":[{\"Resource\":\"https://x/*?\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":"
                        + END.getEpochSecond() + "}}}]}";
        String coded = Base64.getEncoder()
                .encodeToString(policy.getBytes(US_ASCII))
                .replace('+', '-')
                .replace('=', '_')
                .replace('/', '~');
        for (String query : List.of(
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-Signature=1",
                "x=1&Expires=" + END.getEpochSecond() + "&Policy=e30_&Signature=s",
                "Policy=" + coded + "&Signature=s&Key-Pair-Id=K")) {
            assertEquals(END, SignedUrl.end(URI.create("https://storage/x?" + query)), query);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?",
                "?a&b=",
                "?Expires=soon",
                "?Expires=99999999999999",
                "?X-Amz-Date=x&X-Amz-Expires=5",
                "?Policy=%25%25",
                "?Policy=e30_"
            })
    void othersDoNot(String query) {
        assertNull(SignedUrl.end(URI.create("https://storage/x" + query)));
    }

    @Test
    void aLinkSaysWhereAListingGoesOn() {
        assertEquals("https://h/a?cursor=x,y", NextPage.of(List.of("<https://h/a?cursor=x,y>; rel=\"next\"")));
        assertEquals("/b", NextPage.of(List.of("<https://h/a>; rel=\"first\", </b>; rel=next; x=1")));
        assertEquals("/c", NextPage.of(List.of("<x>; rel=\"prev\"", "</c>; title=\"t\"; rel=\"next\"")));
        assertNull(NextPage.of(List.of("<https://h/a>; rel=\"nextish\"", "", "next", "<a", "<a>")));
        assertNull(NextPage.of(List.of()));
    }
}
