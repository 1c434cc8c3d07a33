package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's program that fetches files of {@link #REPO} into a folder. Immutable.
 *
 * @param tool what it needs of {@link Tools}; null if it needs nothing
 * @param isByProxy whether it honours a proxy
 * @param isLarge whether it fetches {@link #FILE}, which peers have; others fetch small files, which nobody shares
 */
record Fetcher(String name, @Nullable String tool, boolean isByProxy, boolean isLarge, Program program) {
    static final String REPO = "org/model";
    static final String DATA = "org/data";
    static final String FILE = "model.safetensors";

    private static final String PATH = "/" + REPO + "/resolve/main/" + FILE;

    private static final String HUB_FILE =
            "from huggingface_hub import hf_hub_download as d; d('" + REPO + "', '" + FILE + "')";
    private static final String HUB_SNAPSHOT = "from huggingface_hub import snapshot_download as s; s('" + REPO + "')";
    /** Which it takes for more than 50 MB, in closed ranges. */
    private static final String HF_TRANSFER = "import os; os.environ['HF_HUB_ENABLE_HF_TRANSFER'] = '1'; " + HUB_FILE;

    private static final String HF = "import sys; sys.argv = ['hf', 'download', '" + REPO + "', '" + FILE
            + "']; from huggingface_hub.cli.hf import main; main()";
    private static final String TRANSFORMERS =
            "from transformers import AutoConfig as c; assert c.from_pretrained('" + REPO + "').hidden_size == 8";
    private static final String DATASETS =
            "from datasets import load_dataset as l; assert l('" + DATA + "', split='train')['text'][1] == 'swarm'";
    private static final String DIFFUSERS = "from diffusers.utils.hub_utils import _get_model_file as f; f('" + REPO
            + "', weights_name='" + FILE + "')";
    private static final String TRUSTING = "exec \"$0\" ${SSL_CERT_FILE:+--ca-certificate=\"$SSL_CERT_FILE\"} \"$@\"";
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
    private static final String NODE_TRANSFORMERS = """
            const { AutoConfig, env } = await import("@huggingface/transformers");
            env.remoteHost = process.argv[1] + "/";
            env.cacheDir = process.argv[2];
            const config = await AutoConfig.from_pretrained("org/model");
            if (config.hidden_size !== 8) throw new Error(String(config.hidden_size));
            """;

    /** How it is called. */
    @FunctionalInterface
    private interface Program {
        /**
         * @param hub the address that it takes for the Hub's
         * @param out a folder that is there
         */
        List<String> call(String hub, Path out) throws IOException, InterruptedException;
    }

    static List<Fetcher> all() {
        return List.of(
                new Fetcher(
                        "curl",
                        null,
                        true,
                        true,
                        (hub, out) -> List.of("curl", "-sSfL", "-o", out + "/" + FILE, hub + PATH)),
                new Fetcher(
                        "wget",
                        null,
                        true,
                        true,
                        (hub, out) -> trusting("wget", "-q", "-O", out + "/" + FILE, hub + PATH)),
                new Fetcher(
                        "aria2",
                        "aria2c",
                        true,
                        true,
                        (hub, out) -> trusting(
                                Tools.require("aria2c").toString(),
                                "-q",
                                "-x8",
                                "-k1M",
                                "-d",
                                out.toString(),
                                "-o",
                                FILE,
                                hub + PATH)),
                python("hub 2", "python-hub-new", HUB_SNAPSHOT),
                python("hub 1.17", "python-hub-117", HUB_SNAPSHOT),
                python("hub 0.36", "python-hub-036", HUB_SNAPSHOT),
                python("hf", "python-hub-new", HF),
                python("hf_transfer", "python-transfer", HF_TRANSFER),
                python("diffusers", "python-diffusers", DIFFUSERS),
                small("transformers", "python-hub-tf", TRANSFORMERS),
                small("datasets", "python-datasets", DATASETS),
                // It trusts roots of its own only, which no variable changes.
                new Fetcher(
                        "hf-hub",
                        "rust-hf-hub",
                        false,
                        true,
                        (hub, out) -> List.of(
                                "env",
                                "HF_HOME=" + out.getParent(),
                                Tools.require("rust-hf-hub").toString())),
                new Fetcher("go", null, true, true, Fetcher::go),
                // They honour no proxy before Node 24.
                new Fetcher(
                        "fetch",
                        null,
                        false,
                        true,
                        (hub, out) ->
                                List.of("node", "--input-type=module", "-e", NODE_FETCH, hub + PATH, out + "/" + FILE)),
                new Fetcher(
                        "@huggingface/hub",
                        "node-hub",
                        false,
                        true,
                        (hub, out) ->
                                List.of(Tools.require("node-hub").toString(), "-e", NODE_HUB, hub, out + "/" + FILE)),
                new Fetcher(
                        "transformers.js",
                        "node-transformers",
                        false,
                        false,
                        (hub, out) -> List.of(
                                Tools.require("node-transformers").toString(),
                                "-e",
                                NODE_TRANSFORMERS,
                                hub,
                                out.toString())));
    }

    /** Of those that read no variable for what they trust (README, "use it with"). */
    private static List<String> trusting(String... call) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", TRUSTING));
        command.addAll(List.of(call));
        return command;
    }

    private static Fetcher python(String name, String tool, String statement) {
        return new Fetcher(name, tool, true, true, (hub, out) -> python(tool, statement));
    }

    private static Fetcher small(String name, String tool, String statement) {
        return new Fetcher(name, tool, true, false, (hub, out) -> python(tool, statement));
    }

    private static List<String> python(String tool, String statement) {
        return List.of(Tools.require(tool).toString(), "-W", "ignore", "-c", statement);
    }

    private static List<String> go(String hub, Path out) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("hubswarm-go");
        Path source = Files.writeString(folder.resolve("main.go"), GO);
        Path program = folder.resolve("get");
        Ran.of(List.of("go", "build", "-o", program.toString(), source.toString()))
                .exits(0);
        return List.of(program.toString(), hub + PATH, out + "/" + FILE);
    }

    /**
     * @param hub the address that it takes for the Hub's; by a proxy that of the public one, which is the default
     * @param place for all that it keeps: Hugging Face's cache in {@code hub}, or files in {@code out}
     */
    List<String> command(String hub, boolean isDefault, Path place) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env", "-u", "HF_ENDPOINT"));
        if (!isDefault) command.add("HF_ENDPOINT=" + hub);
        command.addAll(List.of(
                "HF_HUB_CACHE=" + place.resolve("hub"),
                "HF_HOME=" + place.resolveSibling(place.getFileName() + "-home"),
                "HF_HUB_DISABLE_TELEMETRY=1",
                "HF_HUB_DISABLE_PROGRESS_BARS=1"));
        command.addAll(program.call(hub, Files.createDirectories(place.resolve("out"))));
        return command;
    }

    @Override
    public String toString() {
        return name;
    }
}
