package dev.hubswarm.hub.fuzz;

import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.HubRequestRecognizer;
import dev.hubswarm.hub.request.HubUrls;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** A request that is recognised is written in one form, which means the same, here and to the JDK's decoder. */
public final class HubRequestFuzz {
    private static final HubRequestRecognizer RECOGNIZER = new HubRequestRecognizer(Set.of());
    private static final String COMMIT = "/0123456789abcdef0123456789abcdef01234567/";
    private static final String[] BEGINNINGS = {
        "/",
        "",
        "/org/name/resolve/main/",
        "/gpt2/resolve/",
        "/datasets/a/b/raw/x/",
        "/api/models/a/b/tree/main/",
        "/api/spaces/",
        "/api/resolve-cache/models/a/b" + COMMIT,
        "/api/resolve-cache/datasets/a/b" + COMMIT
    };

    private HubRequestFuzz() {}

    /** The first byte chooses a good beginning, so that most inputs get past the first checks. */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) return;
        String text = new String(data, 1, data.length - 1, StandardCharsets.ISO_8859_1);
        String target = BEGINNINGS[(data[0] & 0xff) % BEGINNINGS.length] + text;
        check("GET", target);
        check("POST", target);
    }

    private static void check(String method, String target) {
        HubRequest request = RECOGNIZER.recognize(method, target, "huggingface.co");
        if (request instanceof HubRequest.Other || request instanceof HubRequest.Storage) return;
        String written = HubUrls.path(request);
        if (!RECOGNIZER.recognize(method, written, "huggingface.co").equals(request))
            throw new AssertionError("read back it is another: " + written);
        if (!written.chars().allMatch(c -> c > ' ' && c < 0x7f)) throw new AssertionError("not escaped: " + written);
        if (!decoded(written).equals(decoded(rawPath(target)))) throw new AssertionError("another path: " + written);
        for (String part : decoded(written).substring(1).split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals(".."))
                throw new AssertionError("an unsafe path: " + written);
        }
    }

    private static String rawPath(String target) {
        int from = target.startsWith("/") ? 0 : target.indexOf('/', target.indexOf("://") + 3);
        int query = target.indexOf('?', from);
        return target.substring(from, query < 0 ? target.length() : query);
    }

    /** By the JDK, which wants plus signs and bytes beyond ASCII escaped. */
    private static String decoded(String raw) {
        StringBuilder ascii = new StringBuilder();
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '+' || c >= 0x80) ascii.append('%').append(Integer.toHexString(c));
            else ascii.append(c);
        }
        return URLDecoder.decode(ascii.toString(), StandardCharsets.UTF_8);
    }
}
