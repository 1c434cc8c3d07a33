package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A small disk of its own. Mounting takes root: without, the calling test fails where CI is set. Immutable. */
record Mounted(Path folder) implements AutoCloseable {
    static Mounted tmpfs(Path folder, String size) throws IOException, InterruptedException {
        return mount(folder, "-t", "tmpfs", "-o", "size=" + size, "tmpfs");
    }

    /** @param image made if it is missing */
    static Mounted ext4(Path folder, Path image, long size) throws IOException, InterruptedException {
        if (Files.notExists(image)) {
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(size);
            }
            Ran.of(List.of("mkfs.ext4", "-q", "-F", image.toString())).exits(0);
        }
        return mount(folder, "-o", "loop", image.toString());
    }

    private static Mounted mount(Path folder, String... what) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(what));
        command.add(folder.toString());
        Ran ran = Ran.of(command);
        if (ran.exit() != 0) {
            if ("true".equals(System.getenv("CI"))) fail(ran.toString());
            abort("Cannot mount here: " + ran);
        }
        return new Mounted(folder);
    }

    /** As the kernel does after an error: read-only at once, whoever is writing. */
    void breakDown() throws IOException, InterruptedException {
        Ran.of(List.of("mount", "-o", "remount,abort", folder.toString())).exits(0);
    }

    @Override
    public void close() throws IOException {
        try {
            Ran.of(List.of("umount", folder.toString())).exits(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("not unmounted: " + folder, e);
        }
    }
}
