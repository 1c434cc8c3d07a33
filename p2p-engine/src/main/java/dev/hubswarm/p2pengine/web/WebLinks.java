package dev.hubswarm.p2pengine.web;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of a transfer are on one web server. Immutable.
 *
 * @param links by file of the space; padding is nowhere
 */
public record WebLinks(PieceSpace space, List<@Nullable URI> links) {
    private static final String UNESCAPED = "-._~!$'()*,;=:@&+";

    /** Of a file that is known by its size alone. */
    public static WebLinks of(PieceSpace file, URI link) {
        return new WebLinks(file, List.of(link));
    }

    /**
     * As BEP 19 has it: an address that ends in a slash is a folder in which the torrent's file, or its folder, stands.
     *
     * @return null if that is no address of a web server
     */
    public static @Nullable WebLinks of(Metainfo torrent, String seed) {
        try {
            PieceSpace space = PieceSpace.of(torrent);
            URI base = http(new URI(seed));
            List<@Nullable URI> links = new ArrayList<>();
            for (FileEntry file : space.files()) links.add(file.padding() ? null : link(torrent, base, file));
            return new WebLinks(space, links);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** With a host and without a password, a fragment, or dots that lead elsewhere. */
    private static URI http(URI link) throws URISyntaxException {
        String scheme = link.getScheme() == null ? "" : link.getScheme().toLowerCase(Locale.ROOT);
        boolean isWeb = scheme.equals("http") || scheme.equals("https");
        if (!isWeb || link.getHost() == null || link.getUserInfo() != null) {
            throw new URISyntaxException(link.toString(), "no address of a web server");
        }
        String path = link.getRawPath().isEmpty() ? "/" : link.getRawPath();
        String query = link.getRawQuery() == null ? "" : "?" + link.getRawQuery();
        String port = link.getPort() < 0 ? "" : ":" + link.getPort();
        return new URI(scheme + "://" + link.getHost() + port + path + query).normalize();
    }

    /** Null if it leads to where nothing should be fetched: no web server, or one without TLS from one with. */
    static @Nullable URI redirect(@Nullable URI from, @Nullable String location) {
        try {
            if (from == null || location == null) return null;
            URI to = http(from.resolve(new URI(location)));
            return from.getScheme().equals("https") && !to.getScheme().equals("https") ? null : to;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static URI link(Metainfo torrent, URI base, FileEntry file) throws URISyntaxException {
        boolean isFolder = base.getRawPath().endsWith("/");
        if (torrent.isSingleFile() && !isFolder) return base;
        StringBuilder path = new StringBuilder(base.getRawPath());
        if (!isFolder) path.append('/');
        escape(path, torrent.name());
        if (!torrent.isSingleFile()) {
            for (String element : file.path()) escape(path.append('/'), element);
        }
        String query = base.getRawQuery() == null ? "" : "?" + base.getRawQuery();
        return new URI(base.getScheme() + "://" + base.getRawAuthority() + path + query);
    }

    private static void escape(StringBuilder path, String element) {
        for (byte next : element.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (next & 0xff);
            boolean isPlain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (isPlain || UNESCAPED.indexOf(c) >= 0) path.append(c);
            else path.append(String.format(Locale.ROOT, "%%%02X", (int) c));
        }
    }
}
