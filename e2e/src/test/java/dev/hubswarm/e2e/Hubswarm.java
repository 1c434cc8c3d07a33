package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Our program as users run it: the jar, in a process of its own. Stateless. */
final class Hubswarm {
    private static final Path JAR = Path.of(System.getProperty("hubswarm.jar", ""));
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private Hubswarm() {}

    static Path jar() {
        return JAR;
    }

    static List<String> command(Object... arguments) {
        return command(JAR, arguments);
    }

    static List<String> command(Path jar, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-jar", jar.toString()));
        for (Object argument : arguments) command.add(argument.toString());
        return command;
    }

    /** For runs whose start matters more than their speed. */
    static List<String> quick(Object... arguments) {
        List<String> command = command(arguments);
        command.addAll(1, List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        return command;
    }

    static Ran run(Object... arguments) throws IOException, InterruptedException {
        return Ran.of(command(arguments));
    }
}
