package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Runs our program as somebody to whom permissions apply, also where the tests run as root. Stateless. */
final class Unprivileged {
    private Unprivileged() {}

    static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /** @param folder where the test happens; a copy of the jar goes there, since the real one may be out of reach */
    static List<String> command(Path folder, Object... arguments) throws IOException {
        if (!isRoot()) return Hubswarm.command(arguments);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path jar = folder.resolve("hubswarm.jar");
        if (!Files.exists(jar)) Files.copy(Hubswarm.jar(), jar);
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        command.addAll(Hubswarm.command(jar, arguments));
        return command;
    }

    static Ran run(Path folder, Object... arguments) throws IOException, InterruptedException {
        return Ran.of(command(folder, arguments));
    }
}
