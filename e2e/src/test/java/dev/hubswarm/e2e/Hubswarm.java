package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Our program as users run it: the jar, in a process of its own. Stateless. */
final class Hubswarm {
    private static final Path JAR = Path.of(System.getProperty("hubswarm.jar", ""));
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    /** The classes that a start needs, parsed, as the launcher keeps them: some 300 starts are a quarter shorter. */
    private static final Path ARCHIVE = archive();

    private Hubswarm() {}

    private static Path archive() {
        Path archive = Path.of(JAR + "." + ProcessHandle.current().pid() + ".jsa");
        archive.toFile().deleteOnExit();
        try {
            Path folder = Files.createTempDirectory("hubswarm-e2e");
            List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-XX:ArchiveClassesAtExit=" + archive));
            command.addAll(List.of("-cp", JAR.toString(), "dev.hubswarm.cli.Rehearsal", folder + "/rehearsal"));
            ProcessBuilder program = new ProcessBuilder(command);
            program.environment().put("HUBSWARM_HOME", folder + "/state");
            Ran.of(program).exits(0);
            Trees.delete(folder);
            return archive;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path jar() {
        return JAR;
    }

    static List<String> command(Object... arguments) {
        List<String> command = command(JAR, arguments);
        command.add(1, "-XX:SharedArchiveFile=" + ARCHIVE);
        return command;
    }

    static List<String> command(Path jar, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-jar", jar.toString()));
        for (Object argument : arguments) command.add(argument.toString());
        return command;
    }

    /** For runs whose start matters more than their speed: they hash with a third of it. */
    static List<String> quick(Object... arguments) {
        List<String> command = command(arguments);
        command.addAll(1, List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        return command;
    }

    static Ran run(Object... arguments) throws IOException, InterruptedException {
        return Ran.of(quick(arguments));
    }
}
