package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long a signed address is good, as S3 and CloudFront write it. Stateless. */
final class SignedUrl {
    private static final DateTimeFormatter AMZ_DATE =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Pattern POLICY_END = Pattern.compile("\"AWS:EpochTime\"\\s*:\\s*([0-9]{1,12})");

    private SignedUrl() {}

    /** When it ends, or null if it does not say. */
    static @Nullable Instant end(URI uri) {
        String date = parameter(uri, "X-Amz-Date");
        Long seconds = number(parameter(uri, "X-Amz-Expires"));
        if (date != null && seconds != null) {
            try {
                return Instant.from(AMZ_DATE.parse(date)).plusSeconds(seconds);
            } catch (DateTimeException e) {
                return null;
            }
        }
        Long epoch = number(parameter(uri, "Expires"));
        if (epoch == null) epoch = policyEnd(parameter(uri, "Policy"));
        return epoch == null ? null : Instant.ofEpochSecond(epoch);
    }

    /** CloudFront's Base64 replaces what is special in queries. */
    private static @Nullable Long policyEnd(@Nullable String policy) {
        if (policy == null) return null;
        try {
            String base64 = policy.replace('-', '+').replace('_', '=').replace('~', '/');
            Matcher end = POLICY_END.matcher(new String(Base64.getDecoder().decode(base64), ISO_8859_1));
            return end.find() ? Long.valueOf(end.group(1)) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Long number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,12}") ? Long.valueOf(text) : null;
    }

    private static @Nullable String parameter(URI uri, String name) {
        String query = uri.getRawQuery();
        if (query == null) return null;
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0 || !part.substring(0, equals).equalsIgnoreCase(name)) continue;
            try {
                return URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
        return null;
    }
}
