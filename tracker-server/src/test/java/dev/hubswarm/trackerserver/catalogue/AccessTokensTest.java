package dev.hubswarm.trackerserver.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.Redacted;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AccessTokensTest {
    private static final Map<String, Redacted> PUBLISHERS = Map.of("alice", new Redacted("p-secret"));
    private static final Redacted ADMIN = new Redacted("a-secret");

    private static List<String> announce(List<Redacted> read) {
        return new AccessTokens(PUBLISHERS, read, ADMIN)
                .announce().stream().map(Redacted::reveal).toList();
    }

    @Test
    void publishersMayAnnounceWhatTheySeed() {
        assertEquals(List.of("r-secret", "p-secret"), announce(List.of(new Redacted("r-secret"))));
    }

    @Test
    void whereAllMayReadNobodyNeedsATokenToAnnounce() {
        assertEquals(List.of(), announce(List.of()));
    }
}
