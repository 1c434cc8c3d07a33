package dev.hubswarm.hub.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RepoRefTest {
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "org/name", "a/b", "_x/y_", "Org.1/na-me_2.5", "0/0"})
    void idsAreOneNameOrTwo(String id) {
        assertEquals(id, new RepoRef(RepoType.MODEL, id).id());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "/", "a/", "/a", "a/b/c", "..", "a/..", "a..b", "a--b", "-a", "a-", ".a/b", "a/b.git", "a b",
                "a\nb", "é"
            })
    void otherIdsAreRefused(String id) {
        assertThrows(IllegalArgumentException.class, () -> new RepoRef(RepoType.MODEL, id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "a/", "a//b", "..", "a/../b", ".", "a\nb", "a\0b", "\ud800"})
    void aRevisionThatIsNoPathIsRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> new Revision(name));
    }

    @Test
    void onlyAFullHashIsACommit() {
        String commit = "0123456789abcdef0123456789abcdef01234567";
        assertTrue(new Revision(commit).isCommit());
        assertFalse(new Revision(commit.substring(1)).isCommit());
        assertFalse(new Revision(commit.toUpperCase(java.util.Locale.ROOT)).isCommit());
        assertFalse(Revision.MAIN.isCommit());
    }
}
