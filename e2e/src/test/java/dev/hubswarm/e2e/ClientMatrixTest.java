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
import java.util.Map;
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
 * {@code -Dhubswarm.long=true} more programs ({@code e2e/tools/setup --all}), and peers that have it.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class ClientMatrixTest {
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final String REPO = "org/model";
    private static final String PATH = "/" + REPO + "/resolve/main/model.safetensors";
    private static final int MIB = 1 << 20;
    private static final StubContent LARGE = StubContent.generated(21, 9 * MIB + 3);

    private static final String GO = """
            package main

            import ("io"; "net/http"; "os")

            func main() {
                answer, err := http.Get(os.Args[1])
                if err != nil { panic(err) }
                defer answer.Body.Close()
                if answer.StatusCode != 200 { panic(answer.Status) }
                out, err := os.Create(os.Args[2])
                if err != nil { panic(err) }
                if _, err = io.Copy(out, answer.Body); err != nil { panic(err) }
            }
            """;
    private static final String NODE_FETCH = """
            const answer = await fetch(process.argv[1]);
            if (!answer.ok) throw new Error(String(answer.status));
            (await import("node:fs")).writeFileSync(process.argv[2], Buffer.from(await answer.arrayBuffer()));
            """;
    private static final String NODE_HUB = """
            const { downloadFile } = await import("@huggingface/hub");
            const blob = await downloadFile({repo: "org/model", path: "model.safetensors", hubUrl: process.argv[1]});
            (await import("node:fs")).writeFileSync(process.argv[2], Buffer.from(await blob.arrayBuffer()));
            """;

    /** Whether somebody else has it. */
    private enum Peers {
        NONE,
        THERE
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

    static List<Peers> inLongRuns() {
        return IS_LONG ? List.of(Peers.values()) : List.of();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("inLongRuns")
    void manyProgramsWithPeersAndWithout(Peers peers) throws Exception {
        try (RunningAgent first = RunningAgent.start(machine("first"), "--upload-limit", "4MB")) {
            Http.bytes(proxy(first) + PATH);
            first.await(status ->
                    status.path("seeds").path(0).path("state").asString().equals("shared"));
            List<String> said = new ArrayList<>();
            for (Map.Entry<String, Program> program : programs().entrySet()) {
                Object[] options = peers == Peers.NONE
                        ? new Object[] {"--mode", "http", "--no-seed"}
                        : new Object[] {"--mode", "offload", "--no-seed", "--tracker", first.tracker()};
                Sandbox machine = machine(peers + "-" + program.getKey());
                hub.forgetServed();
                long before = hub.totals().bodyBytes();
                try (RunningAgent agent = RunningAgent.start(machine, options)) {
                    program.getValue().fetch(proxy(agent));
                }
                said.add(program.getKey() + ": the Hub sent " + (hub.totals().bodyBytes() - before));
            }
            System.out.println(peers + " " + said);
        }
    }

    private interface Program {
        void fetch(String endpoint) throws Exception;
    }

    private Map<String, Program> programs() throws Exception {
        Path go = Files.writeString(folder.resolve("main.go"), GO);
        return Map.of(
                "common", this::fetchByCommonPrograms,
                "node",
                        endpoint -> {
                            Path got = next();
                            Ran.of(List.of(
                                            "node",
                                            "--input-type=module",
                                            "-e",
                                            NODE_FETCH,
                                            endpoint + PATH,
                                            got.toString()))
                                    .exits(0);
                            assertRight(got);
                        },
                "@huggingface/hub",
                        endpoint -> {
                            Path got = next();
                            Ran.of(List.of(
                                            Tools.require("node-hub").toString(),
                                            "-e",
                                            NODE_HUB,
                                            endpoint,
                                            got.toString()))
                                    .exits(0);
                            assertRight(got);
                        },
                "go",
                        endpoint -> {
                            Path got = next();
                            Ran.of(List.of("go", "run", go.toString(), endpoint + PATH, got.toString()))
                                    .exits(0);
                            assertRight(got);
                        },
                "hf_transfer",
                        endpoint -> {
                            Path got = next();
                            ProcessBuilder program = new ProcessBuilder(
                                    Tools.require("python-transfer").toString(),
                                    "-c",
                                    "from huggingface_hub import hf_hub_download as d; d('" + REPO
                                            + "', 'model.safetensors', local_dir='" + got + "')");
                            program.environment().put("HF_ENDPOINT", endpoint);
                            program.environment().put("HF_HUB_ENABLE_HF_TRANSFER", "1");
                            program.environment().put("HF_HUB_DISABLE_XET", "1");
                            program.environment().put("HF_HOME", next().toString());
                            Ran.of(program).exits(0);
                            assertRight(got.resolve("model.safetensors"));
                        },
                "datasets",
                        endpoint -> {
                            ProcessBuilder program = new ProcessBuilder(
                                    Tools.require("python-datasets").toString(),
                                    "-W",
                                    "ignore",
                                    "-c",
                                    "from datasets import load_dataset as l; print(l('org/data', split='train')['text'][1])");
                            program.environment().put("HF_ENDPOINT", endpoint);
                            program.environment().put("HF_HOME", next().toString());
                            assertEquals("swarm", Ran.of(program).exits(0).out().strip());
                        },
                "transformers",
                        endpoint -> {
                            Ran config = python("python-hub-tf", endpoint)
                                    .python(
                                            "from transformers import AutoConfig",
                                            "print(AutoConfig.from_pretrained('" + REPO + "').hidden_size)");
                            assertEquals("8", config.exits(0).out().strip());
                        });
    }
}
