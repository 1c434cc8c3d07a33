package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The Hub and peers bring one file together. */
@ExtendWith(LeakCheck.class)
final class RaceTest {
    private static final int MIB = 1 << 20;
    private static final StubContent CONTENT = StubContent.generated(1, 24 * MIB + 12_345);
    private static final FileSelection MODEL = new FileSelection(Set.of("model.bin"), List.of(), List.of());

    @TempDir
    private Path folder;

    private HubStub hub;
    private StubPeers peers;
    private StubDownload download;

    @BeforeEach
    void start() throws Exception {
        hub = HubStub.builder().sumsOnly().start();
        hub.put(StubRepo.model("org/model").xet("model.bin", CONTENT).build());
        peers = new StubPeers(folder);
        download = new StubDownload(hub, folder.resolve("files"), Duration.ofSeconds(3));
    }

    @AfterEach
    void stop() {
        peers.close();
        hub.close();
    }

    private FileResult run(Mode mode) throws Exception {
        try (PeerNetwork.Session session = peers.join()) {
            List<FileResult> results = download.run(MODEL, mode, session.peers());
            assertEquals(1, results.size());
            return results.get(0);
        }
    }

    private void assertRight() throws Exception {
        assertArrayEquals(CONTENT.bytes(), Files.readAllBytes(download.file("model.bin")));
    }

    @Test
    void bothBringIt() throws Exception {
        Metainfo torrent = peers.seed(CONTENT.bytes());
        peers.list(CONTENT, torrent);
        // As a line of 32 MiB/s.
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(4 * MIB));
        FileResult result = run(Mode.RACE);
        assertRight();
        assertTrue(result.fromHub() > 0 && result.fromPeers() > 0, result.toString());
        assertEquals(torrent.infoHash(), assertTorrent(result).infoHash());
    }

    private static Metainfo assertTorrent(FileResult result) {
        Metainfo torrent = result.torrent();
        assertNotNull(torrent);
        return torrent;
    }
}
