package dev.hubswarm.hubstub;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes and checks the links that the Hub gives out for its CDN. Thread-safe. */
final class SignedUrls {
    private final Supplier<Instant> clock;
    private final Duration lifetime;
    private final AtomicInteger epoch = new AtomicInteger();

    SignedUrls(Supplier<Instant> clock, Duration lifetime) {
        this.clock = clock;
        this.lifetime = lifetime;
    }

    String sign(String path) {
        long expires = clock.get().plus(lifetime).getEpochSecond();
        return path + "?Expires=" + expires + "&Policy=e30_&Signature=" + signature(path, expires)
                + "&Key-Pair-Id=STUB";
    }

    /** Whether that was signed here, for this path, and has not expired. */
    boolean check(String path, QueryStringDecoder query) {
        String given = query.parameters().getOrDefault("Signature", List.of("")).get(0);
        String expires = query.parameters().getOrDefault("Expires", List.of("")).get(0);
        if (!expires.matches("\\d{1,18}")) return false;
        return given.equals(signature(path, Long.parseLong(expires)))
                && clock.get().getEpochSecond() < Long.parseLong(expires);
    }

    void expireAll() {
        epoch.incrementAndGet();
    }

    private String signature(String path, long expires) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(new byte[] {1}, "HmacSHA256"));
            String text = epoch.get() + path + expires;
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java runtime has HmacSHA256", e);
        }
    }
}
