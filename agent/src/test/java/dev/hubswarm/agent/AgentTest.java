package dev.hubswarm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.agent.control.TransferStatus;
import dev.hubswarm.agent.control.TransferStatus.SourceShare;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
final class AgentTest {
    @TempDir
    Path folder;

    private Path home(String name) throws Exception {
        return StateFolder.open(folder.resolve(name));
    }

    private static Agent start(Path home) throws UserError {
        return Agent.start(Configs.of(home, 0, Configs.inside(0)), List::of, () -> {});
    }

    private static ControlClient client(Path home) {
        ControlClient client = ControlClient.find(home);
        assertNotNull(client);
        return client;
    }

    @Test
    void itIsFoundAndSeenAndGoneWhenItIsClosed() throws Exception {
        Path home = home("one");
        assertNull(ControlClient.find(home));
        try (Agent agent = start(home)) {
            ControlClient client = client(home);
            assertEquals(agent.peerPort(), client.agent().peerPort());
            assertEquals(agent.control(), client.agent().control());
            assertEquals(List.of(home.resolve("cache")), client.agent().cacheFolders());
            String status = client.get("/api/status").text();
            for (String part :
                    List.of("\"state\":\"up\"", "\"version\":\"1.2.3\"", "\"peer_port\":" + agent.peerPort()))
                assertTrue(status.contains(part), status);
            assertTrue(client.get("/metrics").text().contains("hubswarm_agent_uptime_seconds "));
            assertEquals(404, client.get("/api/nothing").status());
        }
        assertNull(ControlClient.find(home));
        assertTrue(Files.notExists(home.resolve("agent.json")));
    }

    @Test
    void asksToStopAreAnsweredAndPassedOn() throws Exception {
        Path home = home("one");
        CompletableFuture<Boolean> down = new CompletableFuture<>();
        try (Agent agent = Agent.start(Configs.of(home, 0, Configs.inside(0)), List::of, () -> down.complete(true))) {
            assertEquals(202, client(home).down().status());
            assertTrue(down.get(60, TimeUnit.SECONDS), () -> "it goes on at " + agent.control());
        }
    }

    @Test
    void aSecondOneForTheSameHomeIsRefusedAndHarmsNothing() throws Exception {
        Path home = home("one");
        try (Agent agent = start(home)) {
            UserError refused = assertThrows(UserError.class, () -> start(home));
            String said = String.valueOf(refused.getMessage());
            assertTrue(said.contains("process " + ProcessHandle.current().pid()), said);
            assertTrue(said.contains("hubswarm down"), said);
            assertEquals(agent.control(), client(home).agent().control());
        }
        try (Agent again = start(home)) {
            assertEquals(again.control(), client(home).agent().control());
        }
    }

    @Test
    void theTokenIsAnotherAtEachStart() throws Exception {
        Path home = home("one");
        String first;
        try (Agent agent = start(home)) {
            first = Files.readString(home.resolve("control-token"));
            assertTrue(agent.peerPort() > 0);
        }
        try (Agent agent = start(home)) {
            assertNotEquals(first, Files.readString(home.resolve("control-token")));
            assertTrue(agent.peerPort() > 0);
        }
    }

    @Test
    void aPortThatAnotherAgentHasIsBlamedOnItsProcess() throws Exception {
        try (Agent agent = start(home("one"))) {
            AgentConfig second = Configs.of(home("two"), agent.control().getPort(), Configs.inside(0));
            UserError taken = assertThrows(UserError.class, () -> Agent.start(second, List::of, () -> {}));
            String said = String.valueOf(taken.getMessage());
            assertTrue(
                    said.contains("is taken by another hubswarm agent, process "
                            + ProcessHandle.current().pid()),
                    said);
            assertTrue(said.contains("--control"), said);
        }
    }

    @Test
    void theTrackerInsideTakesTheNextFreePort() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Agent agent = Agent.start(
                        Configs.of(home("one"), 0, Configs.inside(taken.getLocalPort())), List::of, () -> {})) {
            InetSocketAddress own = agent.ownTracker();
            assertNotNull(own);
            assertTrue(own.getPort() > taken.getLocalPort(), own.toString());
            assertNull(agent.ownTrackerForOthers());
            assertEquals(List.of("http://127.0.0.1:" + own.getPort()), agent.trackers());
        }
    }

    @Test
    void whoeverNamesATrackerGetsNoneInside() throws Exception {
        TrackerUrl named = TrackerUrl.parse("http://127.0.0.1:1");
        TrackerUrl trusted = TrackerUrl.parse("https://tracker.example.org");
        TrackerChoice choice = new TrackerChoice(List.of(named), List.of(trusted, named), null, Configs.loopback(0));
        try (Agent agent = Agent.start(Configs.of(home("one"), 0, choice), List::of, () -> {})) {
            assertNull(agent.ownTracker());
            assertEquals(List.of("http://127.0.0.1:1", "https://tracker.example.org:443"), agent.trackers());
        }
    }

    @Test
    void othersOnThisMachineAreNotToldOfPrivateFiles() throws Exception {
        Path home = home("one");
        TransferSnapshot progress =
                new TransferSnapshot(new PieceGeometry(10 << 18, 1 << 20), bits(0, 1), false, 1 << 20, 1 << 20, 2);
        List<TransferStatus> transfers =
                List.of(transfer("org/open", true, progress), transfer("org/secret", false, progress));
        try (Agent agent = Agent.start(Configs.of(home, 0, Configs.inside(0)), () -> transfers, () -> {})) {
            String asOwner = client(home).get("/api/status").text();
            assertTrue(asOwner.contains("org/open") && asOwner.contains("org/secret"), asOwner);
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + agent.control().getPort() + "/api/status"))
                    .build();
            String asOther = HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofString())
                    .body();
            assertTrue(asOther.contains("org/open"), asOther);
            assertTrue(asOther.contains("\"pieces\":\"c0\",\"sources\":[{\"name\":\"hub\",\"bytes\":7,"), asOther);
            assertFalse(asOther.contains("org/secret"), asOther);
            assertFalse(asOther.contains("d-org/secret"), asOther);
            assertFalse(client(home).get("/metrics").text().contains("org/"), "no names in figures");
        }
    }

    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int bit : set) bits.set(bit);
        return bits;
    }

    private static TransferStatus transfer(String repo, boolean isPublic, TransferSnapshot progress) {
        List<SourceShare> sources = List.of(new SourceShare("hub", 7, 1.5));
        return new TransferStatus(repo, "model.bin", "d-" + repo, 10 << 18, isPublic, progress, sources);
    }

    @Test
    void badSettingsAreRefusedByTheirNames() {
        for (PeerConfig good : List.of(PeerConfig.DEFAULT, new PeerConfig(65535, 1, 1)))
            assertTrue(good.at(7).uploadLimit() >= 0);
        assertTrue(said(() -> new PeerConfig(65536, 0, 0)).contains("--peer-port is 65536"));
        assertTrue(said(() -> new PeerConfig(-1, 0, 0)).contains("--peer-port"));
        assertTrue(said(() -> new PeerConfig(1, -1, 0)).contains("--upload-limit"));
        assertTrue(said(() -> new PeerConfig(1, 0, -1)).contains("--download-limit"));
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        assertTrue(said(() -> new ControlConfig(nowhere, List.of(), null)).contains("--control"));
        assertTrue(said(() -> new TrackerChoice(List.of(), List.of(), null, nowhere))
                .contains("--tracker-listen"));
    }

    private static String said(Executable bad) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, bad).getMessage());
    }
}
