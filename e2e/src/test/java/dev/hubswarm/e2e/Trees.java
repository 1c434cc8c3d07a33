package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Folders with all that is in them. Stateless. */
final class Trees {
    private Trees() {}

    /** Everything in a folder, itself included, sorted; to see whether something was left behind. */
    static List<Path> list(Path root) throws IOException {
        List<Path> paths = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return found(folder);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                return found(file);
            }

            /** A folder that this test may not read: it is there, that is enough. */
            @Override
            public FileVisitResult visitFileFailed(Path path, IOException cause) {
                return found(path);
            }

            private FileVisitResult found(Path path) {
                paths.add(path);
                return FileVisitResult.CONTINUE;
            }
        });
        Collections.sort(paths);
        return paths;
    }

    /** So that hundreds of megabytes are gone before they reach the disk. */
    static void delete(Path root) throws IOException {
        List<Path> paths = list(root);
        Collections.reverse(paths);
        for (Path path : paths) Files.delete(path);
    }
}
