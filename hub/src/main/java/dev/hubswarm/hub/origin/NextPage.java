package dev.hubswarm.hub.origin;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a listing goes on (RFC 8288, as far as the Hub writes it). Stateless. */
final class NextPage {
    private static final Pattern LINK = Pattern.compile("<([^<>]*)>([^<]*)");
    private static final Pattern NEXT = Pattern.compile(";\\s*rel=\"?next\"?\\s*(;|,|$)");

    private NextPage() {}

    /** The address as it is written there, or null. */
    static @Nullable String of(List<String> linkHeaders) {
        for (String header : linkHeaders) {
            Matcher links = LINK.matcher(header);
            while (links.find()) {
                if (NEXT.matcher(links.group(2)).find()) return links.group(1);
            }
        }
        return null;
    }
}
