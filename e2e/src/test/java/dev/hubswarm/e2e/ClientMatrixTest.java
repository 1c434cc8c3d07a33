package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Programs that know nothing of us get the right bytes by both ways in. With
 * {@code -Dhubswarm.long=true} more programs ({@code e2e/tools/setup --all}), with peers that have the file and peers that die.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class ClientMatrixTest {
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final String REPO = "org/model";
    private static final String PATH = "/" + REPO + "/resolve/main/model.safetensors";
    private static final int MIB = 1 << 20;
    private static final StubContent LARGE = StubContent.generated(21, 9 * MIB + 3);
    private static final StubContent LONGER = StubContent.generated(22, 56 * MIB + 3);

    /** Whether somebody else has it. */
    private enum Peers {
        NONE,
        THERE,
        /** Who has it, and the tracker with him, is killed in the middle. */
        DYING
    }

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().start();
    private final StubRepo repo = StubRepo.model(REPO)
            .xet("model.safetensors", LARGE)
            .git("config.json", "{\"model_type\": \"bert\", \"hidden_size\": 8}\n")
            .build();
    private int outputs;

    @BeforeEach
    void fill() {
        hub.put(repo);
        hub.put(StubRepo.of(StubRepo.Type.DATASET, "org/data")
                .git("train.csv", "text,label\nhello,1\nswarm,2\n")
                .build());
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private Sandbox machine(String name) throws Exception {
        return Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
    }

    private static String proxy(RunningAgent agent) throws Exception {
        return "http://"
                + agent.await(one -> one.path("proxy").isString()).path("proxy").asString();
    }

    private Path next() {
        return folder.resolve("out" + outputs++);
    }

    private static void assertRight(Path got) throws Exception {
        assertArrayEquals(LARGE.bytes(), Files.readAllBytes(got), () -> got + " is another file");
    }

    /** Those that are on most machines. */
    private void fetchByCommonPrograms(String endpoint) throws Exception {
        String url = endpoint + PATH;
        Path curl = next();
        Ran.of(List.of("curl", "-sSfL", "--retry", "3", "-o", curl.toString(), url))
                .exits(0);
        assertRight(curl);
        Path wget = next();
        Ran.of(List.of("wget", "-q", "-O", wget.toString(), url)).exits(0);
        assertRight(wget);
        Path hf = next();
        python("python-hub-new", endpoint)
                .hf("download", REPO, "model.safetensors", "--local-dir", hf.toString())
                .exits(0);
        assertRight(hf.resolve("model.safetensors"));
        fetchAsLlamaCpp(endpoint);
    }

    private HubPython python(String program, String endpoint) {
        return HubPython.of(program, next()).with("HF_ENDPOINT", endpoint).with("HF_HUB_DISABLE_XET", "0");
    }

    /** Its requests, one by one (hub-protocol.md section 8): a 200 instead of a 206 would be an error to it. */
    private void fetchAsLlamaCpp(String endpoint) throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build();
        JsonNode refs = json(client, endpoint + "/api/models/" + REPO + "/refs");
        String commit = refs.path("branches").path(0).path("targetCommit").asString();
        assertEquals(repo.head(), commit);
        JsonNode tree = json(client, endpoint + "/api/models/" + REPO + "/tree/" + commit + "?recursive=true");
        assertTrue(tree.toString()
                .contains(repo.file("main", "model.safetensors").digest().hex()));
        String url = endpoint + "/" + REPO + "/resolve/" + commit + "/model.safetensors";
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("User-Agent", "llama-cpp");
        HttpResponse<Void> head = client.send(
                request.copy()
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.discarding());
        assertEquals(200, head.statusCode());
        assertEquals(
                LARGE.size(), head.headers().firstValueAsLong("Content-Length").orElseThrow());
        assertEquals("bytes", head.headers().firstValue("Accept-Ranges").orElse(""));
        assertTrue(head.headers().firstValue("ETag").isPresent());
        for (long from : new long[] {0, 5 * MIB}) {
            HttpResponse<byte[]> rest = client.send(
                    request.copy().header("Range", "bytes=" + from + "-").build(), BodyHandlers.ofByteArray());
            assertEquals(206, rest.statusCode());
            assertArrayEquals(LARGE.bytes(from, (int) (LARGE.size() - from)), rest.body());
        }
    }

    private static JsonNode json(HttpClient client, String url) throws Exception {
        return JsonMapper.shared()
                .readTree(client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                        .body());
    }

    @Test
    void commonProgramsByTheMirror() throws Exception {
        try (RunningAgent agent = RunningAgent.start(machine("one"), "--no-seed")) {
            fetchByCommonPrograms(proxy(agent));
            assertEquals(0, hub.totals().requests(Route.XET_TOKEN), "nobody went by Xet");
        }
    }

    /** All in one, since each start takes a moment. */
    @Test
    void commonProgramsByTheProxy() throws Exception {
        Sandbox machine = machine("one");
        try (RunningAgent agent = RunningAgent.start(machine, "--no-seed")) {
            proxy(agent);
            Path curl = next();
            Path hf = next();
            Path transfer = next();
            String url = "https://huggingface.co" + PATH;
            String script = "set -e; unset HF_ENDPOINT; curl -sSfL -o " + curl + " " + url + "; "
                    + Tools.require("python-hub-036")
                    + " -W ignore -c \"from huggingface_hub import hf_hub_download as d; d('"
                    + REPO + "', 'model.safetensors', local_dir='" + hf + "')\"; "
                    + Tools.require("python-hub-new")
                    + " -W ignore -c \"from huggingface_hub import hf_hub_download as d; d('"
                    + REPO + "', 'model.safetensors', local_dir='" + transfer + "')\"";
            machine.run("run", "--https", "--", "sh", "-c", script).exits(0);
            assertRight(curl);
            assertRight(hf.resolve("model.safetensors"));
            assertRight(transfer.resolve("model.safetensors"));
        }
    }

    // ---- Long

    static List<Fetcher> byTheMirror() {
        return IS_LONG ? Fetcher.all() : List.of();
    }

    static List<Fetcher> byTheProxy() {
        return byTheMirror().stream().filter(Fetcher::isByProxy).toList();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource
    void byTheMirror(Fetcher fetcher) throws Exception {
        getsWhatADirectDownloadGets(fetcher, false);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource
    void byTheProxy(Fetcher fetcher) throws Exception {
        getsWhatADirectDownloadGets(fetcher, true);
    }

    /** Without peers, with one, and with one that dies in the middle. */
    private void getsWhatADirectDownloadGets(Fetcher fetcher, boolean isByProxy) throws Exception {
        if (fetcher.tool() != null) Tools.require(fetcher.tool());
        hub.put(StubRepo.model(REPO)
                .xet("model.safetensors", LONGER)
                .git("config.json", "{\"model_type\": \"bert\", \"hidden_size\": 8}\n")
                .build());
        Path direct = folder.resolve("direct");
        ProcessBuilder without = machine("user").program(fetcher.command(hub.endpoint(), false, direct));
        without.environment().put("HF_HUB_DISABLE_XET", "1");
        Ran.of(without).exits(0);
        try (RunningAgent first = RunningAgent.start(machine("first"), "--upload-limit", "8MB")) {
            Http.bytes(proxy(first) + PATH);
            first.await(status ->
                    status.path("seeds").path(0).path("state").asString().equals("shared"));
            List<String> said = new ArrayList<>();
            for (Peers peers : Peers.values()) {
                if (peers == Peers.DYING && !fetcher.isLarge()) continue;
                long before = hub.totals().bodyBytes();
                Path here = folder.resolve(peers.toString());
                fetch(fetcher, isByProxy, peers, first, here);
                assertEquals(CacheTree.describe(direct), CacheTree.describe(here), () -> fetcher + ", peers " + peers);
                said.add(peers + ": the Hub sent " + (hub.totals().bodyBytes() - before));
            }
            assertEquals(0, hub.totals().requests(Route.XET_TOKEN), "nobody went by Xet");
            System.out.println(fetcher + (isByProxy ? " by the proxy " : " by the mirror ") + said);
        }
    }

    private void fetch(Fetcher fetcher, boolean isByProxy, Peers peers, RunningAgent first, Path place)
            throws Exception {
        Object[] options = peers == Peers.NONE
                ? new Object[] {"--mode", "http", "--no-seed"}
                : new Object[] {"--mode", "offload", "--no-seed", "--tracker", first.tracker()};
        Sandbox machine = machine("of-" + place.getFileName());
        try (RunningAgent agent = RunningAgent.start(machine, options)) {
            String endpoint = proxy(agent);
            List<String> command = new ArrayList<>();
            if (isByProxy) {
                command.addAll(Hubswarm.quick("run", "--https", "--"));
                command.addAll(fetcher.command("https://huggingface.co", true, place));
            } else {
                command.addAll(fetcher.command(endpoint, false, place));
            }
            ProcessBuilder program = machine.program(command);
            if (peers != Peers.DYING) {
                Ran.of(program).exits(0);
                return;
            }
            Path said = folder.resolve("said");
            Process running = program.redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            agent.await(status -> !running.isAlive()
                    || status.path("transfers").path(0).path("bytes_from_peers").asLong() > LONGER.size() / 4);
            first.close();
            assertTrue(running.waitFor(2, TimeUnit.MINUTES), () -> fetcher + " does not end");
            assertEquals(0, running.exitValue(), Files.readString(said));
        }
    }
}
