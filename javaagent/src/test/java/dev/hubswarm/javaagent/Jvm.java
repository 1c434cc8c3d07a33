package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM with a program of {@code host} in it. Immutable. */
record Jvm(Path java, List<String> options, Map<String, String> variables, Path home) {
    static final Path AGENT = Path.of(System.getProperty("hubswarm.javaagent"));
    private static final Path HOSTS = Path.of(System.getProperty("hubswarm.hosts"));

    /** What a program left. */
    record Ran(int code, List<String> out, List<String> err) {
        List<String> out(int expectedCode) {
            assertTrue(code == expectedCode, this::toString);
            return out;
        }
    }

    /** The one that runs this test. */
    static Jvm own(Path home) {
        return new Jvm(Path.of(System.getProperty("java.home"), "bin", "java"), List.of(), Map.of(), home);
    }

    /** @param version as build-checks/find-jdk wants it */
    static Jvm ofJdk(String version, Path home) throws IOException, InterruptedException {
        Process find = new ProcessBuilder("../build-checks/find-jdk", version).start();
        String found = new String(find.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        assumeTrue(find.waitFor() == 0, "there is no JDK " + version);
        return new Jvm(Path.of(found, "bin", "java"), List.of(), Map.of(), home);
    }

    Jvm with(String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(Arrays.asList(more));
        return new Jvm(java, all, variables, home);
    }

    Jvm withVariable(String name, String value) {
        Map<String, String> more = new TreeMap<>(variables);
        more.put(name, value);
        return new Jvm(java, options, more, home);
    }

    Jvm with(List<String> more) {
        return with(more.toArray(new String[0]));
    }

    /** @param hub what the agent takes for the Hub */
    Jvm withAgent(String hub, String... more) {
        List<String> all = new ArrayList<>(List.of("upstream=" + hub));
        all.addAll(Arrays.asList(more));
        return with("-javaagent:" + AGENT + "=" + String.join(",", all));
    }

    /** The one file there of this name. */
    static Path host(String library, String name) throws IOException {
        try (Stream<Path> files = Files.list(HOSTS.resolve(library))) {
            return files.filter(file -> file.getFileName().toString().startsWith(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static String classPath(String library) throws IOException {
        List<String> parts =
                new ArrayList<>(List.of(Path.of("target", "test-classes").toString()));
        if (!library.isEmpty()) {
            try (Stream<Path> jars = Files.list(HOSTS.resolve(library))) {
                jars.map(Path::toString).sorted().forEach(parts::add);
            }
        }
        return String.join(File.pathSeparator, parts);
    }

    Ran run(String classPath, String... program) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath));
        command.addAll(Arrays.asList(program));
        Path out = Files.createTempFile(home, "out", "");
        Path err = Files.createTempFile(home, "err", "");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment()
                .keySet()
                .removeAll(new TreeMap<>(builder.environment())
                        .keySet().stream()
                                .filter(name ->
                                        name.startsWith("HF_") || name.startsWith("HUBSWARM_") || name.startsWith("J"))
                                .toList());
        builder.environment().put("HUBSWARM_HOME", home.toString());
        builder.environment().putAll(variables);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "still runs: " + command);
        } finally {
            process.destroyForcibly();
        }
        return new Ran(process.exitValue(), Files.readAllLines(out), Files.readAllLines(err));
    }
}
