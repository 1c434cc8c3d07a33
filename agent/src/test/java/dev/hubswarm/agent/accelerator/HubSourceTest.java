package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.SpeedLimit;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.p2pengine.store.DiskPieceStore;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.PartPieces;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HubSourceTest {
    private static final int PIECE = 1 << 20;
    /** Fewer than lines that are cut off together. */
    private static final int RETRIES = 1;

    private static final StubContent CONTENT = StubContent.generated(1, 40L * PIECE + 12_345);
    private static final StubRepo REPO =
            StubRepo.model("org/model").xet("model.bin", CONTENT).build();

    private static final PartPieces.Listener NOBODY = new PartPieces.Listener() {
        @Override
        public void claimed() {}

        @Override
        public void forgot(long from) {}
    };

    @TempDir
    private Path folder;

    private HubStub hub;
    private Swarm swarm;
    private HubOrigin origin;
    private RangeReader ranges;
    private final DiskPool disk = new DiskPool(2, 64);
    private PartFile part;
    private Transfer transfer;
    private HubLines lines;
    private final CompletableFuture<Boolean> here = new CompletableFuture<>();

    @BeforeEach
    void start() throws Exception {
        hub = HubStub.builder().sumsOnly().start();
        hub.put(REPO);
        OriginConfig config = new OriginConfig(
                URI.create(hub.endpoint()),
                null,
                ProxyRules.NONE,
                null,
                false,
                "hubswarm-test",
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                2);
        origin = new HubOrigin(config, new RateBudget(new Random(1)), new Random(2));
        ranges = new RangeReader(config, TlsTrust.of(null));
        swarm = Swarm.start(
                SwarmConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                "test",
                new PeerId(1, 2, 3),
                new Random(1));
        ContentDigest digest = CONTENT.digest(ContentDigest.Kind.SHA256);
        part = PartFile.open(
                folder,
                Files.createDirectory(folder.resolve("journals")),
                new PartHeader(digest, CONTENT.size(), PIECE, "model.bin"));
        RemoteFile file = new RemoteFile(
                new RepoRef(RepoType.MODEL, "org/model"), REPO.head(), "model.bin", digest, CONTENT.size());
        PieceGeometry geometry = new PieceGeometry(CONTENT.size(), PIECE);
        StoreResources resources = new StoreResources(
                disk, new SegmentPool(16 << 20), new MemoryBudget(MemoryBudget.USUAL), new MemoryBudget(0));
        transfer = inside(() -> new Transfer(
                swarm.loop(),
                geometry,
                news -> new DiskPieceStore(
                        swarm.loop(), PieceSpace.of(geometry), null, new PartPieces(part, NOBODY), resources, news),
                new Random(1)));
        lines = inside(() -> new HubLines(swarm.loop(), 4, new SpeedLimit(0, 0)));
        inside(() -> {
            transfer.listen(new TransferListener() {
                @Override
                public void here() {
                    here.complete(true);
                }

                @Override
                public void failed(UserError failure) {
                    here.completeExceptionally(failure);
                }
            });
            return new HubSource(
                    swarm.loop(),
                    transfer,
                    new HubFileReader(origin, ranges, file),
                    lines,
                    0,
                    RETRIES,
                    new Random(1),
                    true,
                    HubLines.Urgency.ORDERED,
                    new HubSource.Listener() {
                        @Override
                        public boolean keepPace() {
                            return false;
                        }

                        @Override
                        public long fromPeers() {
                            return 0;
                        }

                        @Override
                        public void gone(UserError why) {
                            here.completeExceptionally(why);
                        }

                        @Override
                        public void broke(Throwable fault) {
                            here.completeExceptionally(fault);
                        }
                    });
        });
    }

    private <T> T inside(Supplier<T> task) throws Exception {
        return CompletableFuture.supplyAsync(task, swarm.loop()::execute).get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        inside(() -> {
            transfer.checkInvariants();
            lines.close();
            transfer.close(() -> ended.complete(true));
            return true;
        });
        ended.get(60, TimeUnit.SECONDS);
        ranges.close();
        origin.close();
        swarm.close();
        disk.close();
        part.close();
        hub.close();
    }

    private void assertRight() throws Exception {
        here.get(60, TimeUnit.SECONDS);
        byte[] wanted = CONTENT.bytes();
        ByteBuffer got = ByteBuffer.allocate(wanted.length);
        while (got.hasRemaining()) assertTrue(part.read(got, got.position()) > 0);
        assertEquals(ByteBuffer.wrap(wanted), got.flip());
    }

    @Test
    void aFileComesWhole() throws Exception {
        assertRight();
        assertTrue(hub.totals().bodyBytes() < CONTENT.size() + 8 * PIECE, "and little comes twice");
    }

    @Test
    void brokenConnectionsAreReplaced() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 2, new Fault.Status(503));
        assertRight();
    }

    @Test
    void whatABrokenConnectionSentIsKept() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 2, new Fault.Cut(3 * PIECE, Fault.Cut.How.FIN));
        assertRight();
        assertTrue(hub.totals().bodyBytes() < CONTENT.size() + 8 * PIECE);
    }

    @Test
    void aConnectionThatSaysNothingMoreIsReplaced() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 2, new Fault.Cut(PIECE, Fault.Cut.How.STALL));
        assertRight();
    }

    @Test
    void linksThatExpireAreRenewed() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.ExpireLinks());
        assertRight();
    }

    @Test
    void othersDoTheWorkOfASlowConnection() throws Exception {
        // Its slice alone would take a minute.
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.Rate(64 << 10));
        assertRight();
        assertTrue(hub.totals().bodyBytes() < CONTENT.size() + 8 * PIECE, "and little comes twice");
    }

    /** What is left for it is not left for ever. */
    @Test
    void theHubBringsWhatAQuickPeerDoesNot() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(32 << 20));
        BitSet all = new BitSet();
        all.set(0, transfer.geometry().pieceCount());
        inside(() -> {
            transfer.joined(new Quick(), all);
            return true;
        });
        assertRight();
        assertTrue(hub.totals().bodyBytes() < CONTENT.size() + 8 * PIECE, "and little comes twice");
    }

    /** Has been quick, and fetches nothing. */
    private static final class Quick implements Source {
        @Override
        public void wake() {}

        @Override
        public void cancel(Run run) {}

        @Override
        public boolean isHub() {
            return false;
        }

        @Override
        public boolean takesLongRuns() {
            return false;
        }

        @Override
        public double bytesPerSecond() {
            return 1e9;
        }

        @Override
        public void close(String why) {}
    }

    @Test
    void whatIsNotThereIsSaid() {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Status(404));
        ExecutionException failure = assertThrows(ExecutionException.class, () -> here.get(60, TimeUnit.SECONDS));
        assertEquals(
                UserError.Kind.FAILED,
                assertInstanceOf(UserError.class, failure.getCause()).kind());
    }
}
