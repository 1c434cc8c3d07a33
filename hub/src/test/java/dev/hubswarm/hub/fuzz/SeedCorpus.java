package dev.hubswarm.hub.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small good inputs to start from. Stateless. */
final class SeedCorpus {
    static final List<String> REQUESTS = List.of(
            "org/name/resolve/refs%2Fpr%2F1/a%20b%2Bc.bin?download=true",
            "gpt2/raw/main/x",
            "api/models/org/name/revision/main",
            "api/datasets/squad/tree/main/a/b?recursive=true",
            "api/models/org/name/paths-info/main",
            "api/spaces/org/name/refs",
            "api/kernels/org/name/xet-read-token/main",
            "http://huggingface.co/datasets/squad/resolve/main/%E6%BC%A2",
            "a/../b%2e%2e%2f",
            "\u00c3\u00a9 +~");

    private SeedCorpus() {}

    /** Writes a folder of seeds for each target below the folder that is named. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0], "HubRequestFuzz"));
        for (int i = 0; i < REQUESTS.size(); i++) {
            for (char beginning = 0; beginning < 9; beginning++) {
                byte[] seed = (beginning + REQUESTS.get(i)).getBytes(StandardCharsets.ISO_8859_1);
                Files.write(folder.resolve("seed" + i + "-" + (int) beginning), seed);
            }
        }
    }
}
