package dev.hubswarm.base;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ContentDigestTest {
    /** What `git hash-object` and `sha256sum` say of "hello\n". */
    private static final String GIT = "ce013625030ba8dba906f756967f9e9ca394464a";

    private static final String SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    @Test
    void digestsAsGitAndSha256sumDo() {
        byte[] content = "hello\n".getBytes(UTF_8);
        for (String hex : new String[] {GIT, SHA256}) {
            ContentDigest digest = ContentDigest.of(hex);
            assertTrue(digest.matches(digest.kind().begin(content.length).digest(content)), hex);
            assertTrue(digest.isOf(content), hex);
            assertFalse(digest.isOf("hello".getBytes(UTF_8)), hex);
            assertFalse(digest.matches(digest.kind().begin(0).digest()), hex);
        }
    }

    @Test
    void theLengthTellsTheKind() {
        assertEquals(Kind.GIT_SHA1, ContentDigest.of(GIT).kind());
        assertEquals(Kind.SHA256, ContentDigest.of(SHA256).kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ce01", "CE013625030ba8dba906f756967f9e9ca394464a", GIT + "\n", SHA256 + "0", "../x"})
    void whatIsNoDigestIsRefused(String text) {
        assertFalse(ContentDigest.isDigest(text));
        assertThrows(IllegalArgumentException.class, () -> ContentDigest.of(text));
    }

    @Test
    void aSecretIsNotPrinted() {
        Redacted token = new Redacted("hf_canary");
        assertFalse(("" + token + new Object[] {token}[0]).contains("canary"));
        assertEquals("hf_canary", token.reveal());
        assertEquals(new Redacted("hf_canary"), token);
    }
}
