package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Our program filling one cache with one model, and what is to be seen of that. Immutable. */
record Prefetch(HubStub hub, StubRepo repo, Path cache, Path state) {
    ProcessBuilder start(Object... options) {
        List<String> command = Hubswarm.quick("prefetch", repo.id(), "--upstream", hub.endpoint());
        command.addAll(List.of("--cache-dir", cache.toString()));
        for (Object option : options) command.add(option.toString());
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment().put("HUBSWARM_HOME", state.toString());
        return program;
    }

    Ran run(Object... options) throws IOException, InterruptedException {
        return Ran.of(start(options));
    }

    private Path folder() {
        return cache.resolve("models--" + repo.id().replace("/", "--"));
    }

    /** The names in the folder of blobs, which need not be there. */
    Set<String> blobs() throws IOException {
        if (!Files.isDirectory(folder().resolve("blobs"))) return Set.of();
        try (Stream<Path> files = Files.list(folder().resolve("blobs"))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Whatever has the name of a digest must have it, whoever wrote it. */
    void assertNoWrongBlob(Object context) throws IOException {
        for (String name : blobs()) {
            if (ContentDigest.isDigest(name))
                assertTrue(isRight(folder().resolve("blobs").resolve(name)), () -> name + " is wrong: " + context);
        }
    }

    static boolean isRight(Path blob) throws IOException {
        ContentDigest wanted = ContentDigest.of(blob.getFileName().toString());
        MessageDigest digest = wanted.kind().begin(Files.size(blob));
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(blob)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) digest.update(buffer, 0, read);
        }
        return wanted.matches(digest.digest());
    }

    void assertFilesRight() throws IOException {
        Path snapshot = folder().resolve("snapshots").resolve(repo.head());
        for (Map.Entry<String, StubFile> file : repo.files("main").entrySet()) {
            byte[] there = Files.readAllBytes(snapshot.resolve(file.getKey()));
            assertArrayEquals(file.getValue().content().bytes(), there, file.getKey());
        }
    }

    /** Each file is right, and each blob there once. */
    void assertComplete() throws IOException {
        assertFilesRight();
        Set<String> digests = repo.files("main").values().stream()
                .map(file -> file.digest().hex())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> found = blobs();
        found.removeIf(name -> name.endsWith(".hubswarm-part"));
        assertEquals(digests, found);
    }

    /** Parts and journals. */
    List<String> leftovers() throws IOException {
        List<String> left = new ArrayList<>(blobs());
        left.removeIf(ContentDigest::isDigest);
        Path journals = state.resolve("resume");
        if (!Files.isDirectory(journals)) return left;
        try (Stream<Path> files = Files.list(journals)) {
            files.forEach(file -> left.add(file.getFileName().toString()));
        }
        return left;
    }
}
