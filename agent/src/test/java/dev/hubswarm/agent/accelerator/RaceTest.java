package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The Hub and peers bring one file. */
@ExtendWith(LeakCheck.class)
final class RaceTest {
    private static final int MIB = 1 << 20;
    private static final int PATIENCE = 30;
    private static final StubContent CONTENT = StubContent.generated(1, 24 * MIB + 12_345);
    private static final StubContent OTHER = StubContent.generated(2, 24 * MIB + 12_345);

    @TempDir
    private Path folder;

    private HubStub hub;
    private StubPeers peers;
    private StubDownload download;

    @BeforeEach
    void start() throws Exception {
        hub = HubStub.builder().reader("hf_reader").start();
        hub.put(StubRepo.model("org/model").xet("model.bin", CONTENT).build());
        peers = new StubPeers(folder);
        download = new StubDownload(hub, Files.createDirectory(folder.resolve("files")), Duration.ofSeconds(3));
    }

    @AfterEach
    void stop() {
        peers.close();
        hub.close();
    }

    /** As fast as a line may be, so that peers get some of it, however busy the machine is. */
    private void slowHub() {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB));
    }

    private FileResult run(Mode mode) throws Exception {
        return download.run("model.bin", mode, peers.peers());
    }

    private void assertRight(FileResult result) throws Exception {
        assertRight(download, result);
    }

    private void assertRight(StubDownload download, FileResult result) throws Exception {
        assertNull(result.failure());
        assertArrayEquals(CONTENT.bytes(), Files.readAllBytes(download.file("model.bin")));
        Shareable shareable = Objects.requireNonNull(result.shareable());
        assertEquals(FileStamp.of(download.file("model.bin")), shareable.stamp());
        // Whatever came and was wrong in between.
        Metainfo torrent = shareable.torrent().get(PATIENCE, TimeUnit.SECONDS);
        assertEquals(peers.torrent(CONTENT.bytes()).infoHash(), torrent.infoHash());
    }

    private boolean isDenied(Metainfo torrent) {
        return new DeniedTorrents(folder.resolve("denied"), InstantSource.system())
                .has(torrent.infoHash(), StubPeers.digest(CONTENT));
    }

    @Test
    void bothBringIt() throws Exception {
        Metainfo torrent = peers.seed(CONTENT.bytes());
        peers.listAttested(CONTENT, torrent);
        peers.limit(8 * MIB);
        slowHub();
        FileResult result = run(Mode.RACE);
        assertRight(result);
        assertTrue(result.fromHub() > 0 && result.fromPeers() > 0, result.toString());
    }

    @Test
    void peersSpareTheHub() throws Exception {
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        long before = hub.totals().bodyBytes();
        FileResult result = run(Mode.OFFLOAD);
        assertRight(result);
        assertEquals(0, result.fromHub());
        assertTrue(hub.totals().bodyBytes() - before < MIB, "only questions");
    }

    @Test
    void peersAloneAreEnough() throws Exception {
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        FileResult result = run(Mode.P2P);
        assertRight(result);
        assertEquals(0, result.fromHub());
    }

    @Test
    void withoutPeersTheHubBringsIt() throws Exception {
        for (Mode mode : new Mode[] {Mode.RACE, Mode.OFFLOAD}) {
            Files.deleteIfExists(download.file("model.bin"));
            FileResult result = run(mode);
            assertRight(result);
            assertEquals(CONTENT.size(), result.fromHub());
        }
    }

    @Test
    void withoutPeersAndTheHubItFails() throws Exception {
        UserError failure = run(Mode.P2P).failure();
        assertNotNull(failure);
        assertEquals(UserError.Kind.NOT_FOUND, failure.kind());
    }

    /** The Hub has cut off all that asked it by then, more often than is tried again. */
    @Test
    void peersGoOnWhileTheHubCannotBeHad() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Cut(0, Fault.Cut.How.FIN));
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        peers.limit(4 * MIB);
        StubDownload impatient = new StubDownload(
                hub,
                Files.createDirectory(folder.resolve("impatient")),
                Duration.ofSeconds(5),
                1,
                new RateBudget(new Random(1)));
        assertRight(impatient, impatient.run("model.bin", Mode.RACE, peers.peers()));
    }

    /** They are listed, and call nobody back. */
    @Test
    void theHubTakesOverFromPeersThatSendNothing() throws Exception {
        Metainfo torrent = peers.torrent(CONTENT.bytes());
        peers.list(CONTENT, torrent);
        FileResult result = run(Mode.OFFLOAD);
        assertRight(result);
        assertEquals(CONTENT.size(), result.fromHub());
    }

    /** S52: they may be asked for the same at the end, and the Hub waits for neither. */
    @Test
    void peersThatSendNothingDoNotDelayTheHub() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(10 * MIB));
        Metainfo torrent = peers.torrent(CONTENT.bytes());
        for (int i = 0; i < 5; i++) peers.silent(torrent, CONTENT.bytes());
        peers.list(CONTENT, torrent);
        long began = System.nanoTime();
        FileResult result = run(Mode.RACE);
        assertRight(result);
        assertTrue(result.fromHub() > CONTENT.size() - MIB, result.toString());
        assertTrue(System.nanoTime() - began < 15_000_000_000L, "a request to a peer lasts 20 s");
    }

    @Test
    void aTorrentOfSomethingElseIsDenied() throws Exception {
        for (Mode mode : new Mode[] {Mode.RACE, Mode.OFFLOAD}) {
            Files.deleteIfExists(download.file("model.bin"));
            Files.deleteIfExists(folder.resolve("denied"));
            Metainfo lie = peers.seedInsteadOf(CONTENT, OTHER.bytes());
            peers.list(CONTENT, lie);
            slowHub();
            assertRight(run(mode));
            assertTrue(isDenied(lie), "by " + mode);
            peers.leaveAll();
        }
    }

    @Test
    void afterAWrongTorrentTheNextIsTried() throws Exception {
        Metainfo lie = peers.seedInsteadOf(CONTENT, OTHER.bytes());
        peers.list(CONTENT, lie);
        Metainfo right = peers.seed(CONTENT.bytes());
        peers.list(CONTENT, right);
        FileResult result = run(Mode.P2P);
        assertRight(result);
        assertEquals(0, result.fromHub());
        assertTrue(isDenied(lie));
        assertFalse(isDenied(right));
    }

    /** Design.md §5: what is wrong is looked for first where rivals disagree. */
    @Test
    void aRivalShowsWhereALieIs() throws Exception {
        byte[] almost = CONTENT.bytes().clone();
        almost[5 * MIB] ^= 1;
        peers.list(CONTENT, peers.seedInsteadOf(CONTENT, almost));
        // Nobody has it, so it says only which piece it is.
        Metainfo right = peers.torrent(CONTENT.bytes());
        peers.list(CONTENT, right);
        FileResult result = run(Mode.OFFLOAD);
        assertRight(result);
        assertEquals(right.pieceLength(), result.fromHub());
    }

    @Test
    void trackersAreAskedAboutAWholeRepoTogether() throws Exception {
        StubRepo.Builder repo = StubRepo.model("org/model").git("config.json", "{}");
        for (int i = 0; i < 6; i++) repo.xet(i + ".bin", StubContent.generated(i, 2 * MIB + i));
        hub.put(repo.build());
        for (FileResult result : download.run(FileSelection.ALL, Mode.RACE, peers.peers()))
            assertNull(result.failure());
        assertEquals(6, peers.askedTogether());
    }

    @Test
    void afterTwoWrongTorrentsTheFileIsLeftToTheHub() throws Exception {
        DeniedTorrents denied = new DeniedTorrents(folder.resolve("denied"), InstantSource.system());
        Hash digest = StubPeers.digest(CONTENT);
        denied.add(peers.torrent(OTHER.bytes()).infoHash(), digest);
        assertFalse(denied.isGivenUp(digest));
        assertFalse(denied.has(peers.torrent(OTHER.bytes()).infoHash(), StubPeers.digest(OTHER)), "of its own file");
        denied.add(peers.torrent(new byte[MIB]).infoHash(), digest);
        assertTrue(new DeniedTorrents(folder.resolve("denied"), InstantSource.system()).isGivenUp(digest));
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        FileResult result = run(Mode.OFFLOAD);
        assertRight(result);
        assertEquals(CONTENT.size(), result.fromHub());
    }

    /** What only some may read is nobody else's business (design.md section 5). */
    @Test
    void ofPrivateFilesNobodyButTheHubHears() throws Exception {
        hub.put(StubRepo.model("org/model")
                .xet("model.bin", CONTENT)
                .access(new StubRepo.Access.Private())
                .build());
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        FileResult result = run(Mode.OFFLOAD);
        assertRight(result);
        assertEquals(0, result.fromPeers());
        assertEquals(0, peers.questions(), "the tracker was asked");
    }
}
