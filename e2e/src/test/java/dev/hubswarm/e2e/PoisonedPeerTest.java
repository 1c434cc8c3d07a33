package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a liar costs where somebody else's seed tells hashes of blocks (BEP 52; reliability.md T1). */
@Tag("e2e")
final class PoisonedPeerTest {
    private static final int MIB = 1 << 20;
    private static final int PIECE = 4 * MIB;
    private static final long SIZE = 12L * PIECE;

    @TempDir
    Path folder;

    @Test
    void theSecondLiarCostsLessThanAPieceSinceLibtorrentSaysWhatItsBlocksAre() throws Exception {
        Path model = SeededBytes.write(folder.resolve("have/model.bin"), 3, SIZE);
        Path wrong = SeededBytes.write(folder.resolve("wrong/model.bin"), 4, SIZE);
        Path torrent = folder.resolve("model.torrent");
        Hubswarm.run("torrent", "create", model, "--kind=plain", "--piece-length=4MiB", "-o", torrent, "--quiet")
                .exits(0);
        Metainfo metainfo = Metainfo.read(Files.readAllBytes(torrent));
        Path want = folder.resolve("want");
        Map<String, String> state = Map.of("HUBSWARM_HOME", folder + "/state");
        try (OtherPeer seed = OtherPeer.start(
                        OtherPeer.Client.LIBTORRENT,
                        torrent.toString(),
                        folder.resolve("have"),
                        "{\"torrent_upload_limit\": " + 8 * MIB + "}");
                Engine quick = Engine.start("127.0.0.1");
                Engine slow = Engine.start("127.0.0.1")) {
            quick.seed(metainfo, quick.trusted(metainfo, wrong));
            slow.seed(metainfo, slow.trusted(metainfo, wrong)).limit(MIB / 2, 0);
            JsonNode summary = new Sandbox(folder, state)
                    .run(
                            "torrent",
                            "get",
                            torrent,
                            "-d",
                            want,
                            "--peer=127.0.0.1:" + quick.address().getPort(),
                            "--peer=127.0.0.1:" + slow.address().getPort(),
                            "--peer=127.0.0.1:" + seed.address().getPort(),
                            "--json")
                    .exits(0)
                    .json();
            long sent = 0;
            for (JsonNode source : summary.path("sources")) {
                boolean isSlow = source.path("address")
                        .asString()
                        .endsWith(":" + slow.address().getPort());
                if (isSlow) sent = source.path("bytes").asLong();
            }
            long wrongBytes = sent;
            assertTrue(wrongBytes < PIECE / 2, () -> wrongBytes + " bytes were wrong: " + summary);
            long fetched = summary.path("bytes_from_peers").asLong();
            assertTrue(fetched > SIZE, () -> "nobody lied: " + summary);
        }
        assertEquals(-1, Files.mismatch(model, want.resolve("model.bin")));
    }
}
