package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubRepo;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is built on huggingface_hub loads from a cache that only we filled. */
@Tag("e2e")
final class TransformersTest {
    /** A model as small as can be; its weights in the format of safetensors, written by hand. */
    private static final String MAKE = """
            import json, struct, numpy
            from tokenizers import Tokenizer, models, pre_tokenizers
            tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "swarm": 2}, unk_token="[UNK]"))
            tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
            tokenizer.save("tokenizer.json")
            def write(name, content):
                with open(name, "w") as out: json.dump(content, out)
            write("tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"})
            write("config.json", {"model_type": "bert", "vocab_size": 3, "hidden_size": 8, "num_attention_heads": 2})
            weights = numpy.arange(200000, dtype="<f4")
            header = {"w": {"dtype": "F32", "shape": [2, 100000], "data_offsets": [0, weights.nbytes]}}
            header = json.dumps(header).encode()
            with open("model.safetensors", "wb") as out:
                out.write(struct.pack("<Q", len(header)) + header + weights.tobytes())
            """;

    private static final String LOAD = """
            import json
            from safetensors.numpy import load_file
            from transformers import AutoConfig, AutoTokenizer
            config = AutoConfig.from_pretrained("org/tiny")
            tokenizer = AutoTokenizer.from_pretrained("org/tiny")
            weights = load_file(hf_hub_download("org/tiny", "model.safetensors"))["w"]
            print(json.dumps({
                "hidden": config.hidden_size,
                "ids": tokenizer("hello unknown swarm")["input_ids"],
                "shape": list(weights.shape),
                "last": float(weights[1][-1])}))
            """;

    @TempDir
    private Path folder;

    @Test
    void configTokenizerAndWeightsLoadOffline() throws Exception {
        HubPython python = HubPython.of("python-hub-tf", folder.resolve("home"));
        Path model = Files.createDirectory(folder.resolve("model"));
        python.python("import os", "os.chdir('" + model + "')", MAKE).exits(0);
        try (HubStub hub = HubStub.builder().start()) {
            StubRepo repo = StubRepo.model("org/tiny").folder(model).build();
            hub.put(repo);
            Prefetch prefetch = new Prefetch(hub, repo, folder.resolve("cache"), folder.resolve("state"));
            prefetch.run().exits(0);
            hub.forgetServed();
            JsonNode loaded = python.with("HF_HUB_CACHE", prefetch.cache().toString())
                    .with("HF_ENDPOINT", hub.endpoint())
                    .offline()
                    .python(LOAD)
                    .exits(0)
                    .json();
            assertEquals("{\"hidden\":8,\"ids\":[1,0,2],\"shape\":[2,100000],\"last\":199999.0}", loaded.toString());
            assertEquals(0, hub.totals().requests(Route.RESOLVE) + hub.totals().requests(Route.INFO));
        }
    }
}
