package dev.hubswarm.javaagent.host;

import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Libraries that download models, called as their users do. Arguments: which, and a folder. */
public final class RealPrograms {
    private static final String FILE = "https://huggingface.co/acme/model/resolve/main/weights.bin";

    private RealPrograms() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[1]);
        switch (args[0]) {
            case "djl" -> djl(folder);
            case "spring-ai" -> springAi(folder);
            case "jlama" -> jlama(folder);
            default -> throw new IllegalArgumentException(args[0]);
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            System.out.println(folder.relativize(file) + " " + Files.size(file) + " "
                    + HexFormat.of().formatHex(digest));
        }
        // Some have threads that would stay.
        System.exit(0);
    }

    private static void djl(Path folder) throws Exception {
        Class.forName("ai.djl.training.util.DownloadUtils")
                .getMethod("download", String.class, String.class)
                .invoke(null, FILE, folder.resolve("weights.bin").toString());
    }

    private static void springAi(Path folder) throws Exception {
        Class<?> type = Class.forName("org.springframework.ai.transformers.ResourceCacheService");
        Object cache = type.getConstructor(File.class).newInstance(folder.toFile());
        Object resource = type.getMethod("getCachedResource", String.class).invoke(cache, FILE);
        Class<?> stream = Class.forName("org.springframework.core.io.InputStreamSource");
        try (InputStream in = (InputStream) stream.getMethod("getInputStream").invoke(resource)) {
            in.readAllBytes();
        }
    }

    private static void jlama(Path folder) throws Exception {
        Class<?> type = Class.forName("com.github.tjake.jlama.util.Downloader");
        Object downloader =
                type.getConstructor(String.class, String.class).newInstance(folder.toString(), "acme/jlama");
        type.getMethod("huggingFaceModel").invoke(downloader);
    }
}
