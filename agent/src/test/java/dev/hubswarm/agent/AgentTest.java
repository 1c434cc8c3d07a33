package dev.hubswarm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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
        return Agent.start(Configs.of(home, 0, Configs.inside(0)), () -> {});
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
        try (Agent agent = Agent.start(Configs.of(home, 0, Configs.inside(0)), () -> down.complete(true))) {
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
            UserError taken = assertThrows(UserError.class, () -> Agent.start(second, () -> {}));
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
                Agent agent = Agent.start(Configs.of(home("one"), 0, Configs.inside(taken.getLocalPort())), () -> {})) {
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
        try (Agent agent = Agent.start(Configs.of(home("one"), 0, choice), () -> {})) {
            assertNull(agent.ownTracker());
            assertEquals(List.of("http://127.0.0.1:1", "https://tracker.example.org:443"), agent.trackers());
        }
    }

    @Test
    void badSettingsAreRefusedByTheirNames() {
        for (PeerConfig good : List.of(PeerConfig.DEFAULT, new PeerConfig(65535, 1, 1)))
            assertTrue(good.uploadLimit() >= 0);
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
