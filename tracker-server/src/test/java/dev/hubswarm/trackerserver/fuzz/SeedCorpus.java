package dev.hubswarm.trackerserver.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small inputs to start from, good and bad. Stateless. */
final class SeedCorpus {
    private static final String ANNOUNCE = "/announce?info_hash=%01%02%03%04%05%06%07%08%09%0a%0b%0c%0d%0e%0f%10abcd"
            + "&peer_id=-HS0001-123456789012&port=6881&uploaded=0&downloaded=0&left=0&compact=1&numwant=50&key=AB";

    static final List<String> REQUESTS = List.of(
            "GET " + ANNOUNCE + " HTTP/1.1\r\nHost: t\r\n\r\n",
            "GET " + ANNOUNCE.replace("compact=1", "compact=0") + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /t/token" + ANNOUNCE + "&event=stopped HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4, [::1]:80\r\n\r\n",
            "GET /scrape?info_hash=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nForwarded: for=\"[::5]\";proto=http\r\n\r\n",
            "GET /scrape HTTP/1.1\r\nX-Real-IP: 1.2.3.4\r\n\r\nGET /announce HTTP/1.1\r\n\r\n",
            "PUT /api?x=y HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HEAD http://tracker/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nA:\t b \r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n");

    private SeedCorpus() {}

    /** Writes a folder of seeds for each target below the folder that is named. */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0], "TrackerRequestFuzz"), "-", REQUESTS);
        write(Path.of(args[0], "TrackerApiFuzz"), "", TrackerApiFuzz.SEEDS);
    }

    private static void write(Path folder, String beginning, List<String> seeds) throws IOException {
        Files.createDirectories(folder);
        for (int i = 0; i < seeds.size(); i++) {
            byte[] seed = (beginning + seeds.get(i)).getBytes(StandardCharsets.ISO_8859_1);
            Files.write(folder.resolve("seed" + i), seed);
        }
    }
}
