package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.hubstub.HubStub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Our program with a Hub, folders and variables of its own. Immutable. */
record Sandbox(Path folder, Map<String, String> variables) {
    private static final Pattern OURS =
            Pattern.compile("(?i)(HF|HUGGING|HUBSWARM|XDG|TRANSFORMERS)_.*|.*_PROXY|.*CA_BUNDLE|SSL_.*");

    Sandbox {
        variables = Map.copyOf(variables);
    }

    /** In a folder in which everybody may write, since some tests run as nobody. */
    static Sandbox in(Path folder, HubStub hub) throws IOException {
        for (Path path : List.of(folder, Files.createDirectory(folder.resolve("own"))))
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        return new Sandbox(
                folder,
                Map.of(
                        "HF_ENDPOINT",
                        hub.endpoint(),
                        "HF_HOME",
                        folder.resolve("own/hf").toString(),
                        "HUBSWARM_HOME",
                        folder.resolve("own/state").toString()));
    }

    Sandbox with(String variable, Object value) {
        Map<String, String> more = new HashMap<>(variables);
        more.put(variable, value.toString());
        return new Sandbox(folder, more);
    }

    Path home() {
        return folder.resolve("own/hf");
    }

    Path cache() {
        return home().resolve("hub");
    }

    Path state() {
        return folder.resolve("own/state");
    }

    ProcessBuilder program(List<String> command) {
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment().keySet().removeIf(name -> OURS.matcher(name).matches());
        program.environment().putAll(variables);
        return program;
    }

    Ran run(Object... arguments) throws IOException, InterruptedException {
        return Ran.of(program(Hubswarm.quick(arguments)));
    }

    /** Runs a command that leaves no file which was not there before; folders it may make. */
    Ran runsInVain(List<String> command) throws IOException, InterruptedException {
        TreeSet<Path> before = files();
        Ran ran = Ran.of(program(command)).saysNoStack();
        assertEquals(before, files(), ran::toString);
        return ran;
    }

    private TreeSet<Path> files() throws IOException {
        TreeSet<Path> files = new TreeSet<>(Trees.list(folder));
        files.removeIf(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
        return files;
    }
}
