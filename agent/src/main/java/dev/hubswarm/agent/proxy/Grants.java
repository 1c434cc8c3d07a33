package dev.hubswarm.agent.proxy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What the Hub told whom a moment ago (reliability.md T12): a client's GET needs no other question than its HEAD. Tokens
 * are remembered only as what a key of this process makes of them. Thread-safe.
 */
final class Grants {
    private static final Duration LIFETIME = Duration.ofSeconds(60);
    private static final int MOST = 20_000;

    private record Question(String caller, String target) {}

    private final SecretKeySpec key;
    private final Cache<Question, KnownFile> known = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(LIFETIME)
            .executor(Runnable::run)
            .build();

    Grants() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        key = new SecretKeySpec(secret, "HmacSHA256");
    }

    /** Null if that caller was told nothing. */
    @Nullable
    KnownFile get(@Nullable String authorization, String target) {
        return known.getIfPresent(new Question(caller(authorization), target));
    }

    void put(@Nullable String authorization, String target, KnownFile file) {
        known.put(new Question(caller(authorization), target), file);
    }

    void forget(@Nullable String authorization, String target) {
        known.invalidate(new Question(caller(authorization), target));
    }

    /** Who that is, in a word that tells nobody else. */
    String caller(@Nullable String authorization) {
        if (authorization == null) return "";
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal(authorization.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC", e);
        }
    }
}
