package dev.hubswarm.agent.proxy;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.ContentDigest.Kind;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.Revision;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the Hub said of a file. Immutable, but for the headers, which nobody changes.
 *
 * @param location where its bytes are, a secret; null if that is to be asked for
 * @param xet what leads to its bytes by Xet, for files so large that there is no other way
 */
record KnownFile(RemoteFile file, @Nullable URI location, HttpHeaders xet) {
    private static final List<CharSequence> XET = List.of("X-Xet-Hash", "X-Xet-Refresh-Route", "Link");
    private static final String WEAK = "W/";

    static KnownFile of(RemoteFile file) {
        return new KnownFile(file, null, new DefaultHttpHeaders());
    }

    /** What the redirect to a file's storage says of it; null if that is not all that is needed. */
    static @Nullable KnownFile read(HttpHeaders headers, HubRequest.Resolve asked, URI location) {
        RemoteFile file = file(
                headers,
                asked,
                headers.get("X-Linked-Etag", headers.get(HttpHeaderNames.ETAG)),
                headers.get("X-Linked-Size"));
        if (file == null) return null;
        HttpHeaders xet = new DefaultHttpHeaders();
        if (file.size() > XetTraces.MOST_BY_HTTP)
            for (CharSequence name : XET) if (headers.contains(name)) xet.set(name, headers.getAll(name));
        return new KnownFile(file, location, xet);
    }

    /** What the answer with a file's content says of it; null if that is not all that is needed. */
    static @Nullable RemoteFile readContent(HttpHeaders headers, HubRequest.Resolve asked) {
        if (headers.contains(HttpHeaderNames.CONTENT_ENCODING)) return null;
        return file(headers, asked, headers.get(HttpHeaderNames.ETAG), headers.get(HttpHeaderNames.CONTENT_LENGTH));
    }

    private static @Nullable RemoteFile file(
            HttpHeaders headers, HubRequest.Resolve asked, @Nullable String etag, @Nullable String size) {
        String commit = headers.get("X-Repo-Commit");
        if (commit == null || !Revision.isCommit(commit) || etag == null || size == null) return null;
        if (asked.revision().isCommit() && !asked.revision().name().equals(commit)) return null;
        String digest = bare(etag).toLowerCase(Locale.ROOT);
        if (!ContentDigest.isDigest(digest) || !size.matches("[0-9]{1,18}")) return null;
        return new RemoteFile(asked.repo(), commit, asked.path(), ContentDigest.of(digest), Long.parseLong(size));
    }

    private static String bare(String etag) {
        String text = etag.trim();
        if (text.startsWith(WEAK)) text = text.substring(WEAK.length());
        return text.replace("\"", "");
    }

    String etag() {
        return '"' + file.digest().hex() + '"';
    }

    /** Whether a client that has content of one of these tags has this. */
    boolean matches(@Nullable String ifNoneMatch) {
        if (ifNoneMatch == null) return false;
        if (ifNoneMatch.trim().equals("*")) return true;
        for (String tag : ifNoneMatch.split(",", -1))
            if (bare(tag).equals(file.digest().hex())) return true;
        return false;
    }

    /** Of any answer about it. */
    HttpHeaders headers(Rewriting rewriting) {
        boolean isLarge = file.digest().kind() == Kind.SHA256;
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set(HttpHeaderNames.ETAG, etag());
        headers.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
        headers.set(HttpHeaderNames.CONTENT_TYPE, isLarge ? "application/octet-stream" : "text/plain; charset=utf-8");
        headers.set("X-Repo-Commit", file.commit());
        if (isLarge) {
            headers.set("X-Linked-Etag", etag());
            headers.set("X-Linked-Size", file.size());
            headers.set(HttpHeaderNames.CONTENT_DISPOSITION, disposition());
        }
        headers.add(xet);
        rewriting.apply(headers);
        return headers;
    }

    /** By which browsers and download programs name what they keep (RFC 6266, RFC 8187). */
    private String disposition() {
        String name = file.path().substring(file.path().lastIndexOf('/') + 1);
        StringBuilder escaped = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean isPlain =
                    (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || "-._".indexOf(b) >= 0;
            if (isPlain) escaped.append((char) b);
            else HexFormat.of().withUpperCase().toHexDigits(escaped.append('%'), b);
        }
        String plain = name.replaceAll("[^ -~]|[\"\\\\]", "_");
        return "inline; filename*=UTF-8''" + escaped + "; filename=\"" + plain + "\"";
    }
}
