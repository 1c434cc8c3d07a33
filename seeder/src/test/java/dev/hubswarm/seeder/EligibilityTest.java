package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Nobody but the Hub hears of a file before the Hub said that anybody may read it (reliability.md T9, S12). */
@ExtendWith(LeakCheck.class)
final class EligibilityTest {
    /** S12 has 200, with {@code -Dhubswarm.long=true}. */
    private static final int CASES = Boolean.getBoolean("hubswarm.long") ? 200 : 40;

    private static final int MOST_NOES = 4;

    @TempDir
    Path folder;

    /** What a Hub may do other than to say yes. */
    private static final List<Object> NOES = List.of(
            new StubRepo.Access.Private(),
            new StubRepo.Access.Gated("auto"),
            new StubRepo.Access.Gated("manual"),
            new StubRepo.Access.Disabled(),
            "removed",
            new Fault.Status(401),
            new Fault.Status(403),
            new Fault.Status(404),
            new Fault.Status(410),
            Fault.Status.retryAfter(Duration.ofSeconds(30)),
            new Fault.Status(451),
            new Fault.Status(500),
            new Fault.Status(503),
            // To a page where one logs in: here, elsewhere, and in circles.
            new Fault.Status(302, Map.of("Location", "/login")),
            new Fault.Status(307, Map.of("Location", "https://login.invalid/")),
            new Fault.Status(302, Map.of("Location", "")),
            new Fault.Drop(),
            new Fault.Latency(Duration.ofSeconds(20)));

    @Test
    void whateverItDoesBeforeItSaysYes() throws Exception {
        try (World world = new World(folder, Duration.ofMillis(150))) {
            Path file = world.file(1);
            Random random = new Random(7);
            for (int i = 0; i < CASES; i++) {
                // A repository of its own, since what was answered about another must not count.
                RepoRef repo = new RepoRef(RepoType.MODEL, "org/model-" + i);
                oneCase(world, file, repo, folder.resolve("home-" + i), random, "case " + i);
            }
        }
    }

    private static void oneCase(World world, Path file, RepoRef repo, Path home, Random random, String name)
            throws Exception {
        try (Trackers.Trap trap = new Trackers.Trap()) {
            Seeder seeder =
                    world.seeder(home, SeedPolicy.DEFAULT, new SeedListener() {}, world.tracker(trap.address()));
            for (int noes = 1 + random.nextInt(MOST_NOES); noes > 0; noes--) {
                Object no = NOES.get(random.nextInt(NOES.size()));
                RemoteFile origin = world.put(repo, 1, new StubRepo.Access.Public());
                deny(world.hub, no, repo, random.nextBoolean() ? Route.INFO : Route.RESOLVE);
                if (no instanceof StubRepo.Access access) world.put(repo, 1, access);
                SeedAnswer answer = World.add(seeder, World.request(file, origin));
                assertFalse(answer.accepted(), name + ": " + no);
                world.hub.clearFaults();
            }
            assertEquals(List.of(), World.list(seeder), name);
            assertEquals(0, trap.visits(), name);
            if (random.nextInt(8) == 0) {
                RemoteFile origin = world.put(repo, 1, new StubRepo.Access.Public());
                // On a busy machine even an answer that is meant well may come too late.
                World.await(() -> World.add(seeder, World.request(file, origin)).accepted());
                World.await(() -> trap.visits() > 0);
            }
            world.close(seeder);
        }
    }

    private static void deny(HubStub hub, Object no, RepoRef repo, Route where) {
        if (no instanceof String) hub.remove(StubRepo.Type.MODEL, repo.id());
        if (no instanceof Fault fault) hub.inject(request -> request.route() == where, 1_000, fault);
    }

    @Test
    void aPeerThatKnowsTheInfoHashGetsNothingBefore() throws Exception {
        try (World world = new World(folder)) {
            Seeder seeder = world.seeder(new SeedListener() {});
            Path file = world.file(1);
            RemoteFile origin = world.put(1, new StubRepo.Access.Private());
            assertFalse(World.add(seeder, World.request(file, origin)).accepted());
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), world.swarm.address().getPort())) {
                socket.setSoTimeout(60_000);
                FakePeer peer = new FakePeer();
                peer.greet(
                        Objects.requireNonNull(Torrents.of(file).infoHash().v1())
                                .bytes(),
                        0,
                        "-XX0000-000000000001");
                socket.getOutputStream().write(peer.takeSaid());
                assertEquals(-1, socket.getInputStream().read());
            }
        }
    }
}
