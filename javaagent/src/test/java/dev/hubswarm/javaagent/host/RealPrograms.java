package dev.hubswarm.javaagent.host;

import java.io.File;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Libraries that download models, called as their users do. Arguments: which, a folder, and of which repository. */
public final class RealPrograms {
    private RealPrograms() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[1]);
        switch (args[0]) {
            case "djl" -> djl(folder, "https://huggingface.co/" + args[2] + "/resolve/main/model.safetensors");
            case "spring-ai" ->
                springAi(folder, "https://huggingface.co/" + args[2] + "/resolve/main/model.safetensors");
            case "jlama" -> jlama(folder, args[2]);
            case "langchain4j" -> langChain4j(folder, args[2]);
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

    private static void djl(Path folder, String file) throws Exception {
        Class.forName("ai.djl.training.util.DownloadUtils")
                .getMethod("download", String.class, String.class)
                .invoke(null, file, folder.resolve("weights.bin").toString());
    }

    private static void springAi(Path folder, String file) throws Exception {
        Class<?> type = Class.forName("org.springframework.ai.transformers.ResourceCacheService");
        Object cache = type.getConstructor(File.class).newInstance(folder.toFile());
        Object resource = type.getMethod("getCachedResource", String.class).invoke(cache, file);
        Class<?> stream = Class.forName("org.springframework.core.io.InputStreamSource");
        try (InputStream in = (InputStream) stream.getMethod("getInputStream").invoke(resource)) {
            in.readAllBytes();
        }
    }

    private static void jlama(Path folder, String repo) throws Exception {
        Class<?> type = Class.forName("com.github.tjake.jlama.util.Downloader");
        Object downloader = type.getConstructor(String.class, String.class).newInstance(folder.toString(), repo);
        type.getMethod("huggingFaceModel").invoke(downloader);
    }

    /** What comes is no model: it ends where that would be loaded. */
    private static void langChain4j(Path folder, String repo) throws Exception {
        Object builder = Class.forName("dev.langchain4j.model.jlama.JlamaEmbeddingModel")
                .getMethod("builder")
                .invoke(null);
        Class<?> type = builder.getClass();
        type.getMethod("modelName", String.class).invoke(builder, repo);
        type.getMethod("modelCachePath", Path.class).invoke(builder, folder);
        try {
            type.getMethod("build").invoke(builder);
        } catch (InvocationTargetException e) {
            System.out.println(e.getTargetException().getClass());
        }
    }
}
