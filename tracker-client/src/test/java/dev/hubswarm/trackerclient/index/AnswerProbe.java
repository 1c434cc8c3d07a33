package dev.hubswarm.trackerclient.index;

import dev.hubswarm.trackerclient.index.CatalogueJson.Listing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads any bytes as each answer that a tracker may give, and says which rule the result breaks. Stateless. */
public final class AnswerProbe {
    /** Good answers, to start from. */
    public static final List<String> SAMPLES = List.of(
            """
            {"digest":"%1$s","size":5,"candidates":[{"info_hash_v1":"%2$s","info_hash_v2":"%1$s","size":5,\
            "piece_length":262144,"attestations":3,"attested_by_token":true,"seeders":2,"leechers":0}]}""".formatted("0".repeat(64), "1".repeat(40)),
            "{\"files\":{\"" + "2".repeat(64) + "\":{\"size\":7,\"candidates\":[]}}}",
            """
            {"total":1,"data":[{"repo_id":"a/b","info_hash":"%s","files":[{"path":"x","size":1}],\
            "stats":{"seeders":3,"leechers":1,"completed":7}}]}""".formatted("3".repeat(64)),
            """
            {"data":{"target":{"size":1},"candidates":[{"repo_id":"a/b","revision":"%s","repo_type":"model",\
            "path":"x","file_root":"%s","size":1,"seeders":1,"score":1.0}]}}""".formatted("4".repeat(40), "5".repeat(64)),
            "{\"error\":{\"code\":\"x\",\"message\":\"\\u001b[31m\u202e\"}}",
            "{\"message\":\"x\",\"status\":\"pending\",\"error\":\"y\"}");

    private AnswerProbe() {}

    public static void check(byte[] text) {
        PublishAnswer answer = PublishAnswer.read(text);
        String message = answer.message();
        require(message.codePoints().count() <= 300, "the message is long");
        require(
                message.chars().noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
                "the message steers a terminal");
        try {
            check(CatalogueJson.file(text));
        } catch (IOException e) {
            require(e.getMessage() != null, "no reason");
        }
        try {
            CatalogueJson.lookup(text).values().forEach(AnswerProbe::check);
        } catch (IOException e) {
            require(e.getMessage() != null, "no reason");
        }
        try {
            var first = LlmptJson.firstOfList(text);
            require(first == null || first.seeders() >= Candidate.UNSAID, "fewer seeders than none");
        } catch (IOException e) {
            require(e.getMessage() != null, "no reason");
        }
        try {
            var sources = LlmptJson.sources(text);
            require(sources.size() <= 64, "too many sources");
            require(sources.stream().allMatch(source -> source.seeders() >= Candidate.UNSAID), "fewer than none");
        } catch (IOException e) {
            require(e.getMessage() != null, "no reason");
        }
    }

    private static void check(Listing listing) {
        require(listing.torrents().size() <= 8, "too many torrents");
        require(listing.size() >= -1, "less than nothing");
        listing.torrents().forEach(listed -> {
            require(listed.v1().length() == 20 && listed.v2().length() == 32, "no hashes");
            require(listed.size() >= -1, "less than nothing");
            require(listed.seeders() >= Candidate.UNSAID, "fewer seeders than none");
        });
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }

    /** The samples as bytes. */
    public static List<byte[]> samples() {
        return SAMPLES.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
