package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.control.TransferStatus;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.testkit.LeakCheck;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients read files while they are fetched. */
@ExtendWith(LeakCheck.class)
final class ClientFetchesTest {
    private static final int MIB = 1 << 20;
    private static final StubContent CONTENT = StubContent.generated(1, 24 * MIB + 12_345);
    private static final StubContent OTHER = StubContent.generated(2, 24 * MIB + 12_345);
    private static final int PATIENCE = 60;

    @TempDir
    private Path folder;

    private long most;
    private final LinkedBlockingQueue<FetchedFile> fetched = new LinkedBlockingQueue<>();
    private HubStub hub;
    private StubPeers peers;
    private HubOrigin origin;
    private HubCache cache;
    private @Nullable Accelerator accelerator;
    private @Nullable ClientFetches clients;

    @BeforeEach
    void start() throws Exception {
        hub = HubStub.builder().reader("hf_reader").start();
        hub.put(StubRepo.model("org/model").xet("model.bin", CONTENT).build());
        peers = new StubPeers(folder);
        OriginConfig config = new OriginConfig(
                URI.create(hub.endpoint()),
                null,
                ProxyRules.NONE,
                null,
                false,
                "hubswarm-test",
                Duration.ofSeconds(3),
                Duration.ofSeconds(3),
                1);
        origin = new HubOrigin(config, new RateBudget(new Random(1)), new Random(2));
        cache = new HubCache(folder.resolve("hub"), Files.createDirectory(folder.resolve("resume")), true);
    }

    private FetchQuota quota() {
        return new FetchQuota(most, folder.resolve("fetched"));
    }

    private ClientFetches clients(Mode mode) {
        accelerator = new Accelerator(origin, new Accelerator.Limits(4, 0), mode, peers.peers(), true);
        clients = accelerator.clients(cache, DiskSpace.withReserve(0), quota(), fetched::add);
        return clients;
    }

    private void end() {
        if (clients != null) clients.close();
        if (accelerator != null) accelerator.close();
        clients = null;
        accelerator = null;
    }

    @AfterEach
    void stop() {
        end();
        origin.close();
        peers.close();
        hub.close();
    }

    private RemoteFile file(String repo, String path) {
        RepoRef ref = new RepoRef(RepoType.MODEL, repo);
        String commit = StubRepo.model(repo).xet(path, CONTENT).build().head();
        return new RemoteFile(ref, commit, path, CONTENT.digest(ContentDigest.Kind.SHA256), CONTENT.size());
    }

    private RemoteFile file() {
        return file("org/model", "model.bin");
    }

    private static Delivery open(Deliveries of, RemoteFile file, @Nullable Redacted token, long from) throws Exception {
        return of.open(file, null, token, from, file.size())
                .get(PATIENCE, TimeUnit.SECONDS)
                .orElseThrow();
    }

    /** Up to so many bytes, as a proxy does: each as soon as it is released. */
    private static byte[] read(Delivery delivery, long from, long to) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (long at = from; at < to; ) {
            long end = Math.min(to, delivery.released(at).get(PATIENCE, TimeUnit.SECONDS));
            ByteBuffer bytes = ByteBuffer.allocate((int) (end - at));
            while (bytes.hasRemaining()) {
                int count = delivery.bytes().read(bytes, at + bytes.position());
                assertTrue(count > 0, "the file ends");
            }
            all.write(bytes.array());
            at = end;
        }
        return all.toByteArray();
    }

    private void assertReads(Deliveries of, long from) throws Exception {
        try (Delivery delivery = open(of, file(), null, from)) {
            byte[] read = read(delivery, from, CONTENT.size());
            assertArrayEquals(Arrays.copyOfRange(CONTENT.bytes(), (int) from, (int) CONTENT.size()), read);
        }
    }

    private FetchedFile awaitFetched() throws Exception {
        FetchedFile file = fetched.poll(PATIENCE, TimeUnit.SECONDS);
        assertNotNull(file, "it is not in the cache");
        assertArrayEquals(CONTENT.bytes(), Files.readAllBytes(file.path()));
        return file;
    }

    @Test
    void manyClientsCostTheHubOnce() throws Exception {
        ClientFetches of = clients(Mode.HTTP);
        CompletableFuture<?>[] all = new CompletableFuture<?>[4];
        for (int i = 0; i < all.length; i++) {
            long from = i * 5L * MIB + i;
            all[i] = CompletableFuture.runAsync(() -> {
                try {
                    assertReads(of, from);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
        CompletableFuture.allOf(all).get(PATIENCE, TimeUnit.SECONDS);
        assertEquals(file(), awaitFetched().file());
        assertTrue(hub.totals().bodyBytes() < 2 * CONTENT.size(), hub.totals() + "");
        assertTrue(of.transfers().isEmpty());
        // Now it is there.
        hub.inject(request -> true, Integer.MAX_VALUE, new Fault.Status(500));
        assertReads(of, 0);
    }

    @Test
    void whoReadsARangeDoesNotWaitForTheRest() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(4 * MIB));
        ClientFetches of = clients(Mode.HTTP);
        long from = CONTENT.size() - 3 * MIB;
        try (Delivery whole = open(of, file(), null, 0);
                Delivery range = of.open(file(), null, null, from, from + MIB)
                        .get(PATIENCE, TimeUnit.SECONDS)
                        .orElseThrow()) {
            assertArrayEquals(CONTENT.bytes(from, MIB), read(range, from, from + MIB));
            assertTrue(fetched.isEmpty(), "the rest was waited for");
            assertArrayEquals(CONTENT.bytes(), read(whole, 0, CONTENT.size()));
        }
        awaitFetched();
    }

    @Test
    void theSameContentElsewhereIsFetchedOnceAndFoundThere() throws Exception {
        hub.put(StubRepo.model("org/copy").xet("weights/same.bin", CONTENT).build());
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(16 * MIB));
        ClientFetches of = clients(Mode.HTTP);
        RemoteFile copy = file("org/copy", "weights/same.bin");
        try (Delivery one = open(of, file(), null, 0);
                Delivery other = open(of, copy, null, 0)) {
            assertArrayEquals(CONTENT.bytes(), read(one, 0, CONTENT.size()));
            assertArrayEquals(CONTENT.bytes(), read(other, 0, CONTENT.size()));
        }
        awaitFetched();
        Path found = cache.repo(copy.repo()).file(copy.commit(), copy.path());
        assertNotNull(found);
        assertArrayEquals(CONTENT.bytes(), Files.readAllBytes(found));
        assertTrue(hub.totals().bodyBytes() < 2 * CONTENT.size(), hub.totals() + "");
    }

    @Test
    void theHubBringsTheBeginningAndPeersTheRest() throws Exception {
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        assertReads(clients(Mode.OFFLOAD), 0);
        awaitFetched();
        assertTrue(hub.totals().bodyBytes() < 3 * MIB, hub.totals() + "");
    }

    @Test
    void whatPeersSendIsNotHandedOutBeforeItIsKnownToBeRight() throws Exception {
        for (Mode mode : new Mode[] {Mode.OFFLOAD, Mode.RACE}) {
            peers.list(CONTENT, peers.seedInsteadOf(CONTENT, OTHER.bytes()));
            hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(4 * MIB));
            ClientFetches of = clients(mode);
            assertReads(of, 0);
            FetchedFile file = awaitFetched();
            end();
            Files.delete(file.path().toRealPath());
            Files.delete(folder.resolve("denied"));
            hub.clearFaults();
            peers.leaveAll();
        }
    }

    /** Design.md §5, {@code attested}. */
    @Test
    void whatBelievedPublishersAttestIsHandedOutAtOnce() throws Exception {
        peers.listAttested(CONTENT, peers.seed(CONTENT.bytes()));
        peers.limit(2 * MIB);
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB / 4));
        ClientFetches of = clients(Mode.OFFLOAD);
        try (Delivery delivery = open(of, file(), null, 0)) {
            byte[] begin = read(delivery, 0, 4 * MIB);
            assertEquals(1, of.transfers().size(), "it came before all was there");
            assertTrue(hub.totals().bodyBytes() < 4 * MIB, "and from peers");
            assertArrayEquals(Arrays.copyOf(CONTENT.bytes(), 4 * MIB), begin);
        }
        assertTrue(!of.wasWrong(file().digest()));
    }

    @Test
    void whoWasGivenALieThatWasBelievedIsToldSo() throws Exception {
        byte[] almost = CONTENT.bytes().clone();
        almost[20 * MIB] ^= 1;
        peers.listAttested(CONTENT, peers.seedInsteadOf(CONTENT, almost));
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB));
        ClientFetches of = clients(Mode.OFFLOAD);
        try (Delivery delivery = open(of, file(), null, 0)) {
            ExecutionException failed = assertThrows(ExecutionException.class, () -> read(delivery, 0, CONTENT.size()));
            assertTrue(failed.getCause() instanceof BrokenTrust, failed.toString());
            // Nothing right follows what was wrong.
            awaitFetched();
            assertThrows(ExecutionException.class, () -> read(delivery, 0, 1));
        }
        assertTrue(of.wasWrong(file().digest()));
        assertReads(of, 0);
    }

    @Test
    void whatIsTooMuchForTheDiskIsNotKept() throws Exception {
        most = CONTENT.size() + MIB;
        assertReads(clients(Mode.HTTP), 0);
        Path kept = awaitFetched().path().toRealPath();
        end();
        StubContent other = StubContent.generated(9, 2 * MIB);
        StubRepo repo = StubRepo.model("org/more").xet("more.bin", other).build();
        hub.put(repo);
        RemoteFile more = new RemoteFile(
                new RepoRef(RepoType.MODEL, "org/more"),
                repo.head(),
                "more.bin",
                other.digest(ContentDigest.Kind.SHA256),
                other.size());
        ClientFetches of = clients(Mode.HTTP);
        assertTrue(of.open(more, null, null, 0, more.size())
                .get(PATIENCE, TimeUnit.SECONDS)
                .isEmpty());
        Files.delete(kept);
        try (Delivery delivery = open(of, more, null, 0)) {
            assertArrayEquals(other.bytes(), read(delivery, 0, other.size()));
        }
    }

    /** Where it begins to read, peers have been already. */
    @Test
    void whoComesLateHearsSomethingSoon() throws Exception {
        peers.list(CONTENT, peers.seed(CONTENT.bytes()));
        peers.limit(2 * MIB);
        ClientFetches of = clients(Mode.OFFLOAD);
        try (Delivery first = open(of, file(), null, 0)) {
            first.released(0).get(PATIENCE, TimeUnit.SECONDS);
            for (int part = 1; part < 8; part++) {
                long from = part * 3L * MIB;
                try (Delivery late = open(of, file(), null, from)) {
                    long end = late.released(from).get(5, TimeUnit.SECONDS);
                    assertTrue(end > from);
                }
            }
            assertEquals(1, of.transfers().size());
        }
    }

    @Test
    void whatIsPrivateIsFetchedNoFurtherWhenItsReaderLeaves() throws Exception {
        hub.put(StubRepo.model("org/model")
                .xet("model.bin", CONTENT)
                .access(new StubRepo.Access.Private())
                .build());
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB));
        ClientFetches of = clients(Mode.RACE);
        try (Delivery delivery = open(of, file(), new Redacted("hf_reader"), 0)) {
            byte[] begin = read(delivery, 0, 100_000);
            assertArrayEquals(Arrays.copyOf(CONTENT.bytes(), begin.length), begin);
        }
        assertTrue(peers.questions() == 0, "the tracker was asked");
        end();
        assertTrue(hub.totals().bodyBytes() < CONTENT.size());
        assertTrue(fetched.isEmpty());
    }

    private RemoteFile other() {
        StubRepo repo = StubRepo.model("org/other").xet("model.bin", OTHER).build();
        hub.put(repo);
        return new RemoteFile(
                new RepoRef(RepoType.MODEL, "org/other"),
                repo.head(),
                "model.bin",
                OTHER.digest(ContentDigest.Kind.SHA256),
                OTHER.size());
    }

    /** What nobody may go on with is just being closed when the next one comes. */
    @Test
    void whoComesBackAtOnceIsServedOrLeftToTheHub() throws Exception {
        hub.put(StubRepo.model("org/model")
                .xet("model.bin", CONTENT)
                .access(new StubRepo.Access.Private())
                .build());
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(16 * MIB));
        ClientFetches of = clients(Mode.RACE);
        Redacted token = new Redacted("hf_reader");
        for (int times = 0; times < 30; times++) {
            Optional<Delivery> next =
                    of.open(file(), null, token, 0, CONTENT.size()).get(PATIENCE, TimeUnit.SECONDS);
            if (next.isEmpty()) continue;
            try (Delivery delivery = next.get()) {
                assertTrue(delivery.released(0).get(5, TimeUnit.SECONDS) > 0);
            }
        }
    }

    /** Each would have a connection of its own without us. */
    @Test
    void noClientWaitsForTheLinesOfAnother() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(MIB));
        ClientFetches of = clients(Mode.HTTP);
        RemoteFile other = other();
        try (Delivery first = open(of, file(), null, 0)) {
            read(first, 0, MIB);
            try (Delivery second = open(of, other, null, 0)) {
                assertTrue(second.released(0).get(5, TimeUnit.SECONDS) > 0);
            }
        }
    }

    @Test
    void whatNobodyReadsAnyMoreGoesOnBehindAllElse() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(4 * MIB));
        ClientFetches of = clients(Mode.RACE);
        RemoteFile other = other();
        Delivery left = open(of, file(), null, 0);
        read(left, 0, MIB);
        while (!of.transfers().get(0).isPublic()) left.released(0).get(PATIENCE, TimeUnit.SECONDS);
        left.close();
        try (Delivery read = open(of, other, null, 0)) {
            read(read, 0, 6 * MIB);
            long before = fromHub(of, file());
            assertArrayEquals(Arrays.copyOfRange(OTHER.bytes(), 6 * MIB, 20 * MIB), read(read, 6L * MIB, 20L * MIB));
            assertEquals(before, fromHub(of, file()), "it was read meanwhile");
        }
        hub.clearFaults();
        Set<String> whole = new HashSet<>();
        while (whole.size() < 2) {
            FetchedFile next = fetched.poll(PATIENCE, TimeUnit.SECONDS);
            assertNotNull(next, "only " + whole + " is whole");
            whole.add(next.file().repo().id());
        }
    }

    private static long fromHub(ClientFetches of, RemoteFile file) throws Exception {
        for (TransferStatus transfer : of.transfers())
            if (transfer.repo().equals(file.repo().id()))
                return transfer.sources().get(0).bytes();
        throw new AssertionError("it is not being fetched");
    }

    @Test
    void clientsBeyondTheLimitAreLeftToTheHub() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(64 << 10));
        ClientFetches of = clients(Mode.HTTP);
        List<Delivery> all = new ArrayList<>();
        try {
            for (int i = 0; i < 32; i++) all.add(open(of, file(i), null, 0));
            assertTrue(of.open(file(32), null, null, 0, MIB)
                    .get(PATIENCE, TimeUnit.SECONDS)
                    .isEmpty());
            // Who joins takes nothing more.
            all.add(open(of, file(0), null, 0));
        } finally {
            for (Delivery open : all) open.close();
        }
    }

    private RemoteFile file(int number) {
        StubContent content = StubContent.generated(100 + number, 2 * MIB);
        StubRepo repo =
                StubRepo.model("org/many" + number).xet("model.bin", content).build();
        hub.put(repo);
        return new RemoteFile(
                new RepoRef(RepoType.MODEL, repo.id()),
                repo.head(),
                "model.bin",
                content.digest(ContentDigest.Kind.SHA256),
                content.size());
    }

    /** A client has just been told; to ask again would cost a round trip. */
    @Test
    void whereItIsNeedNotBeAskedAgain() throws Exception {
        RemoteFile file = file();
        URI location = origin.locate(file).uri();
        hub.forgetServed();
        try (Delivery delivery = clients(Mode.HTTP)
                .open(file, location, null, 0, file.size())
                .get(PATIENCE, TimeUnit.SECONDS)
                .orElseThrow()) {
            assertArrayEquals(CONTENT.bytes(), read(delivery, 0, CONTENT.size()));
        }
        assertEquals(0, hub.totals().requests(Route.RESOLVE));
        // A link that is no good any more costs no more than a question.
        FetchedFile got = awaitFetched();
        hub.expireSignedUrls();
        end();
        Files.delete(got.path().toRealPath());
        try (Delivery delivery = clients(Mode.HTTP)
                .open(file, location, null, 0, file.size())
                .get(PATIENCE, TimeUnit.SECONDS)
                .orElseThrow()) {
            assertArrayEquals(CONTENT.bytes(), read(delivery, 0, CONTENT.size()));
        }
    }

    @Test
    void withoutTheRightTokenItFails() throws Exception {
        hub.put(StubRepo.model("org/model")
                .xet("model.bin", CONTENT)
                .access(new StubRepo.Access.Private())
                .build());
        try (Delivery delivery = open(clients(Mode.RACE), file(), null, 0)) {
            ExecutionException failed = assertThrows(
                    ExecutionException.class, () -> delivery.released(0).get(PATIENCE, TimeUnit.SECONDS));
            assertTrue(failed.getCause() instanceof UserError, failed.toString());
        }
    }

    @Test
    void whatCameIsGoneOnWithLater() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(8 * MIB));
        ClientFetches of = clients(Mode.HTTP);
        try (Delivery delivery = open(of, file(), null, 0)) {
            read(delivery, 0, 8 * MIB);
        }
        end();
        hub.clearFaults();
        long before = hub.totals().bodyBytes();
        assertReads(clients(Mode.HTTP), 0);
        awaitFetched();
        assertTrue(hub.totals().bodyBytes() - before < CONTENT.size() - 4 * MIB, hub.totals() + "");
    }

    @Test
    void withoutSpaceTheClientIsLeftToTheHub() throws Exception {
        accelerator = new Accelerator(origin, new Accelerator.Limits(4, 0), Mode.HTTP, peers.peers(), true);
        clients = accelerator.clients(cache, DiskSpace.withReserve(Long.MAX_VALUE / 2), quota(), fetched::add);
        assertTrue(clients.open(file(), null, null, 0, CONTENT.size())
                .get(PATIENCE, TimeUnit.SECONDS)
                .isEmpty());
    }
}
