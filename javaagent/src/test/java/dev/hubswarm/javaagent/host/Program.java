package dev.hubswarm.javaagent.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What all programs do: download in each way there is, and print what they see. Arguments: the Hub's address, which cells,
 * by a part of their names, or "all".
 */
interface Program {
    /** One request. */
    record Ask(String method, String url, Map<String, String> headers, boolean follow, boolean async, boolean newest) {}

    /** What the program sees of the answer. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares two.
    record Seen(int status, String version, String uri, Function<String, @Nullable String> header, byte[] body) {}

    Seen call(Ask ask) throws Exception;

    /** Which ways of asking the client has: waiting, later, with its newest version of HTTP. */
    default List<String> ways() {
        return List.of("sync");
    }

    String REPO = "/acme/model/resolve/main/";

    default void run(String[] args) throws Exception {
        String hub = args[0];
        for (String way : ways()) {
            print(args, way + " get", hub + REPO + "weights.bin", "GET", Map.of(), way);
            print(args, way + " get again", hub + REPO + "weights.bin?download=true", "GET", Map.of(), way);
            print(args, way + " head", hub + REPO + "weights.bin", "HEAD", Map.of(), way);
            print(args, way + " range", hub + REPO + "weights.bin", "GET", Map.of("Range", "bytes=1000-70000"), way);
            print(args, way + " open range", hub + REPO + "weights.bin", "GET", Map.of("Range", "bytes=1000000-"), way);
            print(args, way + " suffix", hub + REPO + "weights.bin", "GET", Map.of("Range", "bytes=-1000"), way);
            print(args, way + " bad range", hub + REPO + "weights.bin", "GET", Map.of("Range", "bytes=99999999-"), way);
            print(args, way + " gzip", hub + REPO + "weights.bin", "GET", Map.of("Accept-Encoding", "gzip"), way);
            print(args, way + " gzip small", hub + REPO + "config.json", "GET", Map.of("Accept-Encoding", "gzip"), way);
            print(args, way + " small", hub + REPO + "config.json", "GET", Map.of(), way);
            print(args, way + " none", hub + REPO + "nothing.bin", "GET", Map.of(), way);
            Map<String, String> token = Map.of("Authorization", "Bearer hf_reader");
            print(args, way + " private", hub + "/acme/secret/resolve/main/weights.bin", "GET", token, way);
            print(args, way + " denied", hub + "/acme/secret/resolve/main/weights.bin", "GET", Map.of(), way);
            print(args, way + " renamed", hub + "/acme/old/resolve/main/weights.bin", "GET", Map.of(), way);
            Map<String, String> known = Map.of("If-None-Match", "*");
            print(args, way + " unchanged", hub + REPO + "weights.bin", "GET", known, way);
            Map<String, String> since = Map.of("Range", "bytes=1000-70000", "If-Range", "\"another\"");
            print(args, way + " if range", hub + REPO + "weights.bin", "GET", since, way);
            print(args, way + " byhand", hub + REPO + "weights.bin", "GET", Map.of(), way);
            print(args, way + " byhand head", hub + REPO + "weights.bin", "HEAD", Map.of(), way);
            print(args, way + " api", hub + "/api/models/acme/model", "GET", Map.of(), way);
        }
    }

    private void print(String[] args, String name, String url, String method, Map<String, String> headers, String way)
            throws Exception {
        if (!args[1].equals("all") && !name.contains(args[1])) return;
        String next = url;
        boolean follow = !name.contains("byhand");
        for (int hop = 0; hop < 5; hop++) {
            Seen seen;
            try {
                seen = call(new Ask(method, next, headers, follow, way.contains("async"), way.contains("newest")));
            } catch (IOException e) {
                System.out.println(name + " | " + e.getClass().getName());
                return;
            }
            System.out.println(line(name + (hop == 0 ? "" : " hop " + hop), seen));
            String location = seen.header().apply("Location");
            if (follow || location == null) return;
            next = URI.create(next).resolve(location).toString();
        }
    }

    private static String line(String name, Seen seen) throws Exception {
        Map<String, @Nullable String> headers = new TreeMap<>();
        for (String header : List.of(
                "Content-Length",
                "Content-Type",
                "Content-Range",
                "Content-Encoding",
                "Accept-Ranges",
                "ETag",
                "Set-Cookie",
                "X-Cookies",
                "X-Repo-Commit",
                "X-Linked-Size",
                "X-Error-Code")) headers.put(header, seen.header().apply(header));
        // A redirect's text names its target, which is signed with the time.
        boolean redirect = seen.status() / 100 == 3;
        String digest = redirect
                ? ""
                : HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(seen.body()));
        return String.join(
                " | ",
                new ArrayList<>(List.of(
                        name,
                        String.valueOf(seen.status()),
                        seen.version(),
                        // What is signed has a time in it.
                        seen.uri().replaceAll("\\?.*", ""),
                        headers.toString(),
                        seen.body().length + " bytes",
                        digest)));
    }

    static byte[] all(@Nullable InputStream in) throws IOException {
        if (in == null) return new byte[0];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        in.transferTo(out);
        return out.toByteArray();
    }
}
