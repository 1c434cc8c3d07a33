package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.hubstub.StubRepo.Access;
import dev.hubswarm.hubstub.StubRequest;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reliability.md S12: of what not everybody may read not one packet goes anywhere but to the Hub. Agents with trackers of
 * all kinds run in a network in which every packet is seen.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class PrivacyTest {
    private static final int CASES = Boolean.getBoolean("hubswarm.long") ? 200 : 24;
    private static final String TOKEN = "hf_reader";
    private static final long SIZE = (1 << 20) + 12_345;
    /** Where nobody listens: what counts is who is called. */
    private static final List<String> TRACKERS = List.of(
            "http://" + Net.address(false, 2) + ":8472",
            "udp://" + Net.address(false, 2) + ":8472",
            "http://" + Net.address(false, 3) + ":6969/announce");

    /** Why not everybody may read it, or why that is not known. */
    private enum Kind {
        PRIVATE,
        GATED_AUTO,
        GATED_MANUAL,
        /** Public before and after, not when it is asked for. */
        FLAPPING,
        /** Who has no token is told of a fault. */
        FAULT_500,
        FAULT_429,
        FAULT_DROP,
        /** The file can be had, and what the repo is can't. */
        NO_INFO
    }

    /** How it is asked for. */
    private enum Entrance {
        GET,
        HEAD_GET,
        GET_TWICE,
        RANGE,
        ANONYMOUS,
        SEED
    }

    private record Case(int number, Kind kind, Entrance entrance, boolean byCommit) {}

    @TempDir
    private Path folder;

    private final HubStub hub = HubStub.builder().reader(TOKEN).start();
    private Path sockets;
    private ClosedNet net;
    private final List<RunningAgent> agents = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        sockets = ClosedNet.shortFolder();
        net = new ClosedNet(sockets, hub);
    }

    @AfterEach
    void stop() throws Exception {
        for (RunningAgent agent : agents) agent.close();
        net.close();
        Trees.delete(sockets);
        hub.close();
    }

    private Sandbox machine(String name) throws Exception {
        return Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
    }

    private static List<String> withTrackers(List<String> command) {
        List<String> all = new ArrayList<>(command);
        for (String tracker : TRACKERS) all.addAll(List.of("--tracker", tracker));
        return all;
    }

    /** As it says of itself once it runs. */
    private JsonNode up(String mode) throws Exception {
        Sandbox machine = machine(mode);
        Path said = folder.resolve(mode + ".said");
        List<String> command = withTrackers(Hubswarm.quick(
                "up", "--mode", mode, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--peer-port", "0"));
        Process process = machine.program(net.command(command))
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        agents.add(new RunningAgent(process, machine, said, said));
        Path note = machine.state().resolve("agent.json");
        for (int i = 0; i < 1_200; i++) {
            if (Files.exists(note)) {
                JsonNode agent = JsonMapper.shared().readTree(Files.readString(note));
                net.allow(port(agent.path("proxy")), port(agent.path("control")));
                return agent;
            }
            assertFalse(process.waitFor(50, TimeUnit.MILLISECONDS), () -> said + " ended");
        }
        throw new AssertionError(Files.readString(said));
    }

    private static int port(JsonNode address) {
        return Integer.parseInt(address.asString().replaceFirst(".*:", ""));
    }

    private StubRepo put(String id, Access access) {
        StubRepo repo = StubRepo.model(id)
                .xet("model.bin", StubContent.generated(id.hashCode(), SIZE))
                .access(access)
                .build();
        hub.put(repo);
        return repo;
    }

    private StubRepo put(Case one) {
        String id = "org/model-" + one.number;
        return switch (one.kind) {
            case PRIVATE, FLAPPING -> put(id, new Access.Private());
            case GATED_AUTO -> put(id, new Access.Gated("auto"));
            case GATED_MANUAL -> put(id, new Access.Gated("manual"));
            default -> put(id, new Access.Public());
        };
    }

    private void inject(Case one) {
        Fault fault = switch (one.kind) {
            case FAULT_500, NO_INFO -> new Fault.Status(500);
            case FAULT_429 -> new Fault.Status(429);
            case FAULT_DROP -> new Fault.Drop();
            default -> null;
        };
        if (fault == null) return;
        Route route = one.kind == Kind.NO_INFO ? Route.INFO : Route.RESOLVE;
        // For good, since whoever had no answer may ask again.
        String name = "/model-" + one.number + (route == Route.RESOLVE ? "/" : "");
        hub.inject(
                request -> isAnonymous(request)
                        && request.route() == route
                        && request.target().contains(name),
                Integer.MAX_VALUE,
                fault);
    }

    private static boolean isAnonymous(StubRequest request) {
        return request.header("authorization") == null;
    }

    private static List<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            Kind kind = Kind.values()[i % Kind.values().length];
            Entrance entrance = Entrance.values()[i / Kind.values().length % Entrance.values().length];
            all.add(new Case(i, kind, entrance, i / 7 % 2 == 1));
        }
        Collections.shuffle(all, new Random(1));
        return all;
    }

    @Test
    @Timeout(1_800)
    void ofWhatNotEverybodyMayReadNobodyButTheHubHears() throws Exception {
        JsonNode[] agent = {up("race"), up("offload")};
        int readable = 0;
        for (Case one : cases()) {
            StubRepo repo = put(one);
            inject(one);
            if (ask(one, repo, agent[one.number % 2], agents.get(one.number % 2).sandbox())) readable++;
            assertEquals(Map.of(), net.others(), one::toString);
            if (one.kind == Kind.FLAPPING) {
                put(repo.id(), new Access.Public());
                assertEquals(Map.of(), net.others(), one::toString);
                put(repo.id(), new Access.Private());
            }
        }
        assertTrue(readable >= CASES / 3, "only " + readable + " could be read at all");
        // What began while it was private may still be under way, and asks again by itself.
        for (int i = 0; i < 2; i++) {
            List<String> command = withTrackers(Hubswarm.quick(
                    "prefetch", put("org/cli-" + i, new Access.Private()).id(), "--peer-port", "0", "--quiet"));
            command.addAll(List.of("--mode", i == 0 ? "race" : "offload"));
            Sandbox machine = machine("prefetch-" + i).with("HF_TOKEN", TOKEN);
            Ran.of(machine.program(net.command(command))).exits(0);
            assertEquals(Map.of(), net.others(), command::toString);
        }
        // Were it public, it would be seen.
        String path = put("org/public", new Access.Public()).id() + "/resolve/main/model.bin";
        net.ask("GET", "http://" + agent[0].path("proxy").asString() + "/" + path, Map.of(), null);
        assertTrue(isTrackerCalled(net.others()), "the capture sees nothing");
    }

    private static boolean isTrackerCalled(Map<String, Integer> others) {
        return others.keySet().stream().anyMatch(to -> to.endsWith(Net.address(false, 2) + ":8472"));
    }

    /** Whether all of it came. */
    private boolean ask(Case one, StubRepo repo, JsonNode agent, Sandbox machine) throws Exception {
        String revision = one.byCommit ? repo.head() : "main";
        String url =
                "http://" + agent.path("proxy").asString() + "/" + repo.id() + "/resolve/" + revision + "/model.bin";
        Map<String, String> token = Map.of("Authorization", "Bearer " + TOKEN);
        switch (one.entrance) {
            case ANONYMOUS -> {
                boolean isClosed = one.kind == Kind.PRIVATE || one.kind == Kind.FLAPPING;
                int status = net.ask("GET", url, Map.of(), null).status();
                if (isClosed) assertTrue(status == 401 || status == 404, one + ": " + status);
                return false;
            }
            case SEED -> {
                seed(repo, agent, machine);
                return false;
            }
            case HEAD_GET -> net.ask("HEAD", url, token, null);
            case GET_TWICE -> net.ask("GET", url, token, null);
            case RANGE ->
                net.ask("GET", url, Map.of("Authorization", "Bearer " + TOKEN, "Range", "bytes=0-65535"), null);
            case GET -> {}
        }
        ClosedNet.Answer answer = net.ask("GET", url, token, null);
        boolean isAll = answer.status() == 200 && answer.size() == SIZE;
        if (isAll) assertEquals(repo.file("main", "model.bin").digest().hex(), answer.sha256(), one::toString);
        return isAll;
    }

    /** It lies on this machine's disk, and its owner says that it is to be shared. */
    private void seed(StubRepo repo, JsonNode agent, Sandbox machine) throws Exception {
        Path file = Files.write(
                folder.resolve("seed.bin"),
                repo.file("main", "model.bin").content().bytes());
        String order = JsonMapper.shared()
                .writeValueAsString(Map.of(
                        "file", file.toString(),
                        "repo_type", "model",
                        "repo_id", repo.id(),
                        "commit", repo.head(),
                        "path", "model.bin",
                        "digest", repo.file("main", "model.bin").digest().toString(),
                        "size", SIZE));
        String secret =
                Files.readString(machine.state().resolve("control-token")).strip();
        Map<String, String> headers = Map.of("Authorization", "Bearer " + secret, "Content-Type", "application/json");
        ClosedNet.Answer answer =
                net.ask("POST", "http://" + agent.path("control").asString() + "/api/seeds", headers, order);
        // Or the Hub takes too long to answer, which has told this machine to wait.
        assertTrue(List.of(409, 503).contains(answer.status()), () -> repo.id() + ": " + answer.status());
    }

    /** A company's mirror may answer anonymously what the world may not see (design.md section 5). */
    @Test
    void anUpstreamThatIsNeitherTheHubNorHereIsNotShared() throws Exception {
        String id = put("org/public", new Access.Public()).id();
        String upstream = hub.endpoint().replaceFirst("//[^:]+", "//" + Net.address(false, 1));
        List<String> command =
                withTrackers(Hubswarm.quick("prefetch", id, "--upstream", upstream, "--peer-port", "0", "--quiet"));
        Sandbox first = machine("first");
        Ran.of(first.program(net.command(command))).exits(0);
        assertEquals(Map.of(), net.others());
        Sandbox second = machine("second");
        Files.createDirectory(
                second.state(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(second.state().resolve("config.toml"), "share-upstream = true\n");
        Ran.of(second.program(net.command(command))).exits(0);
        assertTrue(isTrackerCalled(net.others()), "it may be shared now");
    }
}
