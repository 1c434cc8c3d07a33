package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.e2e.OtherPeer.Client;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A repo that llmpt's users share as a whole is a source for one file of it, and for several at a time. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class SnapshotSourceTest {
    private static final String REPO = "org/model";
    private static final StubContent LARGE = StubContent.generated(1, 5_000_000);
    private static final StubContent OTHER = StubContent.generated(2, 2_500_001);

    @TempDir
    Path folder;

    @Test
    void filesComeFromWhoSeedsTheSnapshot() throws Exception {
        StubRepo repo = StubRepo.model(REPO)
                .git("config.json", "{}")
                .xet("large.bin", LARGE)
                .xet("sub/other.bin", OTHER)
                .build();
        try (HubStub hub = HubStub.builder().start();
                RunningTracker tracker = RunningTracker.start(
                        folder.resolve("tracker"), "--listen", "127.0.0.1:0", "--hub", hub.endpoint())) {
            hub.put(repo);
            Path snapshot = Files.createDirectories(folder.resolve("seed").resolve(repo.head()));
            Files.writeString(snapshot.resolve("config.json"), "{}");
            Files.write(snapshot.resolve("large.bin"), LARGE.bytes());
            Files.write(Files.createDirectory(snapshot.resolve("sub")).resolve("other.bin"), OTHER.bytes());
            Path torrent = folder.resolve("snapshot.torrent");
            Hubswarm.run(
                            "torrent",
                            "create",
                            snapshot,
                            "--kind",
                            "snapshot",
                            "--name",
                            repo.head(),
                            "--tracker",
                            tracker.url() + "/announce",
                            "-o",
                            torrent)
                    .exits(0);
            publish(tracker, repo, torrent);
            try (OtherPeer seed = OtherPeer.start(Client.LIBTORRENT, torrent.toString(), folder.resolve("seed"))) {
                awaitSeeder(tracker, seed);
                assertFromPeers(hub, tracker, "one", LARGE.size(), REPO, "large.bin");
                Sandbox all = assertFromPeers(hub, tracker, "all", LARGE.size() + OTHER.size(), REPO);
                new Prefetch(hub, repo, all.cache(), all.state()).assertComplete();
            }
        }
    }

    /** As llmpt's client does. */
    private static void publish(RunningTracker tracker, StubRepo repo, Path torrent) throws Exception {
        String hash = Hubswarm.run("torrent", "show", torrent, "--json")
                .exits(0)
                .json()
                .path("info_hash_v2")
                .asString();
        String body = JsonMapper.shared()
                .writeValueAsString(Map.of(
                        "repo_id",
                        REPO,
                        "revision",
                        repo.head(),
                        "name",
                        REPO,
                        "info_hash",
                        hash,
                        "torrent_data",
                        Base64.getEncoder().encodeToString(Files.readAllBytes(torrent))));
        int status = RunningTracker.send(HttpRequest.newBuilder(URI.create(tracker.url() + "/api/v1/publish"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)))
                .statusCode();
        assertEquals(200, status);
    }

    private static void awaitSeeder(RunningTracker tracker, OtherPeer seed) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            byte[] list = tracker.get("/api/v1/torrents?repo_id=" + REPO).body();
            JsonNode first = JsonMapper.shared().readTree(list).at("/data/0");
            if (first.at("/stats/seeders").asInt() == 1) return;
            assertTrue(System.nanoTime() < end, () -> first + " " + seed);
            LockSupport.parkNanos(50_000_000);
        }
    }

    private Sandbox assertFromPeers(HubStub hub, RunningTracker tracker, String name, long bytes, Object... what)
            throws Exception {
        Sandbox machine = Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
        List<Object> command = new ArrayList<>(List.of("prefetch"));
        command.addAll(List.of(what));
        command.addAll(
                List.of("--mode", "offload", "--tracker", tracker.url(), "--peer-port", 0, "--no-seed", "--json"));
        Ran ran = machine.run(command.toArray()).exits(0);
        long fromPeers = 0;
        for (JsonNode file : ran.json().path("files"))
            fromPeers += file.path("bytes_from_peers").asLong();
        assertEquals(bytes, fromPeers, ran::toString);
        return machine;
    }
}
