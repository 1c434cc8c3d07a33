package dev.hubswarm.javaagent;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A stub of the Hub with what the programs ask for. Thread-safe. */
record Hub(HubStub stub) implements AutoCloseable {
    static final int SIZE = (1 << 20) + 17;
    private static final StubContent WEIGHTS = StubContent.generated(7, SIZE);

    static Hub start() {
        HubStub stub = HubStub.builder().reader("hf_reader").start();
        stub.put(StubRepo.model("acme/model")
                .xet("weights.bin", WEIGHTS)
                .git("config.json", "{\"layers\": 1}\n".repeat(200))
                .build());
        stub.put(StubRepo.model("acme/secret")
                .access(new StubRepo.Access.Private())
                .xet("weights.bin", StubContent.generated(8, SIZE))
                .build());
        stub.put(StubRepo.model("acme/jlama")
                .xet("model.safetensors", StubContent.generated(9, SIZE))
                .git("config.json", "{}")
                .git("tokenizer.json", "{}")
                .build());
        stub.put(StubRepo.renamed(StubRepo.Type.MODEL, "acme/old", "acme/model"));
        return new Hub(stub);
    }

    String address() {
        return stub.endpoint();
    }

    /** What it calls {@code weights.bin}. */
    String etag() throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(WEIGHTS.bytes());
        return '"' + HexFormat.of().formatHex(digest) + '"';
    }

    @Override
    public void close() {
        stub.close();
    }
}
