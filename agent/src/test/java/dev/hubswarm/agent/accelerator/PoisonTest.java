package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.accelerator.WrongTorrents.Right;
import dev.hubswarm.agent.accelerator.WrongTorrents.Wrong;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Peers that send wrong bytes, in the swarm of one file that the Hub has, too (reliability.md S1, S3). */
@ExtendWith(LeakCheck.class)
@Timeout(120)
final class PoisonTest {
    private static final int MIB = 1 << 20;
    private static final StubContent CONTENT = StubContent.generated(1, 12 * MIB + 12_345);
    private static final StubContent SECOND = StubContent.generated(2, 5 * MIB + 1);
    private static final byte[] POISON = SeededBytes.of(9, 12 * MIB + 12_345);

    @TempDir
    private Path folder;

    private final HubStub hub = HubStub.builder().reader("hf_reader").start();
    private final StubRepo repo = StubRepo.model("org/model")
            .xet("model.bin", CONTENT)
            .xet("second.bin", SECOND)
            .build();
    private StubPeers peers;
    private StubDownload download;

    @BeforeEach
    void start() throws Exception {
        hub.put(repo);
        peers = new StubPeers(folder);
        download = new StubDownload(hub, Files.createDirectory(folder.resolve("files")), Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        peers.close();
        hub.close();
    }

    private FileResult run(Mode mode) throws Exception {
        FileResult result = download.run("model.bin", mode, peers.peers());
        assertNull(result.failure());
        assertArrayEquals(CONTENT.bytes(), Files.readAllBytes(download.file("model.bin")));
        return result;
    }

    private boolean isDenied(Metainfo torrent) {
        return new DeniedTorrents(folder.resolve("denied"), InstantSource.system())
                .has(torrent.infoHash(), StubPeers.digest(CONTENT));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"RACE", "OFFLOAD", "P2P"})
    void anHonestPeerAmongPoisonersStays(Mode mode) throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB));
        Metainfo torrent = peers.seed(CONTENT.bytes());
        for (int i = 0; i < 4; i++) peers.poison(torrent, POISON);
        peers.list(CONTENT, torrent);
        FileResult result = run(mode);
        assertTrue(result.fromPeers() > 0, result.toString());
        assertFalse(peers.isSeederRefused());
        assertFalse(isDenied(torrent), "it is the file's, whoever else is in its swarm");
    }

    /** S3: they send all the time, and nothing of it is of use. */
    @Test
    void theHubTakesOverFromPeersThatSendPoisonAlone() throws Exception {
        Metainfo torrent = peers.torrent(CONTENT.bytes());
        for (int i = 0; i < 6; i++) peers.poison(torrent, POISON);
        peers.list(CONTENT, torrent);
        FileResult result = run(Mode.OFFLOAD);
        assertTrue(result.fromHub() >= CONTENT.size() / 2, result.toString());
        assertFalse(isDenied(torrent));
    }

    /** Who knows v1 alone has the file, and a torrent whose other half says something else. */
    @Test
    void whoContradictsAWrongTorrentIsNotToBlame() throws Exception {
        WrongTorrents recipes = new WrongTorrents(Files.createDirectory(folder.resolve("wrong")));
        Right file = new Right("model.bin", repo.head(), StubPeers.digest(CONTENT), CONTENT.bytes());
        Wrong wrong = recipes.make("hybrid whose v2 half is wrong", file);
        peers.seed(wrong.read(), Files.write(folder.resolve("real"), CONTENT.bytes()));
        peers.list(CONTENT, wrong.read());
        FileResult result = run(Mode.OFFLOAD);
        assertTrue(result.fromPeers() > 0, result.toString());
        // It is written down while the file gets its name.
        for (int i = 0; i < 500 && !isDenied(wrong.read()); i++) LockSupport.parkNanos(10_000_000);
        assertTrue(isDenied(wrong.read()));
        assertFalse(peers.isSeederRefused(), "it sent what the file holds");
    }

    /** What is wrong with one torrent of a file is no yardstick for the next, which here has none of its own. */
    @Test
    void afterAWrongTorrentASnapshotIsTried() throws Exception {
        Metainfo lie = peers.seedInsteadOf(CONTENT, POISON);
        peers.list(CONTENT, lie);
        Metainfo snapshot = seedSnapshot(TorrentVersion.V1, 256 << 10);
        peers.listIn(snapshot, CONTENT);
        FileResult result = run(Mode.P2P);
        assertEquals(0, result.fromHub());
        assertTrue(isDenied(lie));
        assertFalse(isDenied(snapshot));
        assertFalse(peers.isSeederRefused());
    }

    /** What a lie of yesterday left is not the fault of today's torrent, which has no hashes to tell it by. */
    @Test
    void whatAnEarlierLieLeftIsNobodysFault() throws Exception {
        Metainfo lie = peers.seedInsteadOf(CONTENT, POISON);
        peers.list(CONTENT, lie);
        peers.limit(4 * MIB);
        Thread first = new Thread(() -> {
            try {
                download.run("model.bin", Mode.P2P, peers.peers());
            } catch (InterruptedException e) {
                // As meant.
            } catch (UserError e) {
                throw new IllegalStateException(e);
            }
        });
        first.start();
        while (download.fetched.get() < CONTENT.size() / 2) first.join(20);
        first.interrupt();
        first.join();
        assertFalse(Files.exists(download.file("model.bin")));
        peers.leaveAll();
        Metainfo snapshot = seedSnapshot(TorrentVersion.V1, 256 << 10);
        peers.listIn(snapshot, CONTENT);
        FileResult result = run(Mode.P2P);
        assertTrue(result.fromPeers() > CONTENT.size() / 2, result.toString());
        assertFalse(isDenied(snapshot));
    }

    private Metainfo seedSnapshot(TorrentVersion version, int pieceLength) throws Exception {
        Path snapshot = Files.createDirectories(folder.resolve("shared").resolve(repo.head()));
        Files.write(snapshot.resolve("model.bin"), CONTENT.bytes());
        Files.write(snapshot.resolve("second.bin"), SECOND.bytes());
        TorrentCreator.Request request = new TorrentCreator.Request(
                snapshot, TorrentKind.PLAIN, version, pieceLength, repo.head(), false, TorrentExtras.NONE, Set.of());
        try (HashPool pool = new HashPool(1)) {
            Metainfo torrent = new TorrentCreator(pool)
                    .create(request, (done, total) -> {})
                    .torrent();
            peers.seed(torrent, snapshot);
            return torrent;
        }
    }

    /** They have one info hash, so one place in the swarm. */
    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void twoFilesOfOneSnapshotComeAtTheSameTime(TorrentVersion version) throws Exception {
        Metainfo snapshot = seedSnapshot(version, 64 << 10);
        peers.listIn(snapshot, CONTENT);
        peers.listIn(snapshot, SECOND);
        peers.limit(4 * MIB);
        List<FileResult> results = download.runAll(Mode.P2P, peers.peers());
        assertEquals(2, results.size());
        for (FileResult result : results) {
            assertNull(result.failure());
            assertEquals(0, result.fromHub());
        }
        assertArrayEquals(CONTENT.bytes(), Files.readAllBytes(download.file("model.bin")));
        assertArrayEquals(SECOND.bytes(), Files.readAllBytes(download.file("second.bin")));
    }

    /** A poisoner in the swarm of a snapshot is found out by its pieces, as in any other. */
    @ParameterizedTest
    @EnumSource(
            value = TorrentVersion.class,
            names = {"V2", "HYBRID"})
    void aPoisonerOfASnapshotIsFoundOut(TorrentVersion version) throws Exception {
        Metainfo snapshot = seedSnapshot(version, 64 << 10);
        Path poisoned = Files.createDirectories(folder.resolve("poisoned").resolve(repo.head()));
        Files.write(poisoned.resolve("model.bin"), POISON);
        Files.write(poisoned.resolve("second.bin"), SeededBytes.of(8, (int) SECOND.size()));
        peers.poisonFrom(snapshot, poisoned);
        peers.listIn(snapshot, CONTENT);
        FileResult result = run(Mode.P2P);
        assertEquals(0, result.fromHub());
        assertFalse(isDenied(snapshot));
        assertFalse(peers.isSeederRefused());
    }
}
