package dev.hubswarm.agent.accelerator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hubswarm.protocol.metainfo.Digests;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tracker of both kinds, which says of any torrent that it holds any file, and names peers that are none beside one that
 * is. Thread-safe.
 */
final class LyingTracker implements AutoCloseable {
    private static final Pattern FILE = Pattern.compile("/api/v2/files/([0-9a-f]{64})(/torrent)?");
    private static final Pattern INFO_HASH = Pattern.compile("info_hash=([^&]+)");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> byDigest = new ConcurrentHashMap<>();
    private final Map<String, byte[]> byCommit = new ConcurrentHashMap<>();
    private final Set<String> announced = ConcurrentHashMap.newKeySet();
    private final byte[] peers;

    LyingTracker(List<InetSocketAddress> peers) throws IOException {
        ByteBuffer compact = ByteBuffer.allocate(6 * peers.size());
        for (InetSocketAddress peer : peers)
            compact.put(peer.getAddress().getAddress()).putShort((short) peer.getPort());
        this.peers = compact.array();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void listFile(String digest, byte[] torrent) {
        byDigest.put(digest, torrent);
    }

    void listSnapshot(String commit, byte[] torrent) {
        byCommit.put(commit, torrent);
    }

    /** In hex, by which torrents were announced since the last time. */
    Set<String> takeAnnounced() {
        Set<String> taken = Set.copyOf(announced);
        announced.clear();
        return taken;
    }

    /** Of the info dictionary, which need not be one that can be read. */
    static byte[] info(byte[] torrent) {
        String text = new String(torrent, ISO_8859_1);
        int from = text.indexOf("4:info") + "4:info".length();
        int to = text.indexOf("12:piece layers");
        return text.substring(from, to < 0 ? text.length() - 1 : to).getBytes(ISO_8859_1);
    }

    private static String hex(byte[] hash) {
        return HexFormat.of().formatHex(hash);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] answer = answer(
                    exchange.getRequestURI().getPath(),
                    "" + exchange.getRequestURI().getRawQuery());
            exchange.sendResponseHeaders(answer.length == 0 ? 404 : 200, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private byte[] answer(String path, String query) {
        byte[] nothing = {};
        Matcher file = FILE.matcher(path);
        if (file.matches()) {
            byte[] torrent = byDigest.get(file.group(1));
            if (torrent == null || file.group(2) != null) return torrent == null ? nothing : torrent;
            return listing(query, torrent).getBytes(UTF_8);
        }
        if (path.equals("/api/v1/torrents/torrent")) {
            for (Map.Entry<String, byte[]> one : byCommit.entrySet())
                if (query.contains(one.getKey())) return one.getValue();
        }
        return path.equals("/announce") ? announce(query) : nothing;
    }

    private static String listing(String query, byte[] torrent) {
        String size = query.replaceFirst(".*size=", "");
        byte[] info = info(torrent);
        return "{\"size\":" + size + ",\"candidates\":[{\"info_hash_v1\":\""
                + hex(Digests.sha1().digest(info)) + "\",\"info_hash_v2\":\""
                + hex(Digests.sha256().digest(info)) + "\",\"size\":" + size + ",\"seeders\":3}]}";
    }

    private byte[] announce(String query) {
        Matcher hash = INFO_HASH.matcher(query);
        if (hash.find())
            announced.add(hex(URLDecoder.decode(hash.group(1), ISO_8859_1).getBytes(ISO_8859_1)));
        String text = "d8:intervali1800e5:peers" + peers.length + ":" + new String(peers, ISO_8859_1) + "e";
        return text.getBytes(ISO_8859_1);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
