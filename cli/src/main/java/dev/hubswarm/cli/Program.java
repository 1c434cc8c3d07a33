package dev.hubswarm.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The file that a command's name stands for, as a shell finds it, or why there is none. Immutable.
 *
 * @param exitCode what a shell ends with then; 0 if there is one
 */
record Program(String path, String complaint, int exitCode) {
    static Program find(String name, Map<String, String> environment) {
        // CreateProcess has rules of its own, and says itself what it does not find.
        if (File.separatorChar == '\\') return new Program(name, "", ExitCode.DONE);
        if (name.isEmpty()) return missing("The name of the command is empty.", ExitCode.NO_COMMAND);
        boolean found = false;
        // A folder that is not named is the one we are in, as for a shell.
        String[] folders = name.contains("/")
                ? new String[] {""}
                : environment.getOrDefault("PATH", "/usr/bin:/bin").split(":", -1);
        for (String folder : folders) {
            String path = folder.isEmpty() ? name : folder + "/" + name;
            try {
                Path file = Path.of(path);
                if (!Files.exists(file)) continue;
                if (Files.isRegularFile(file) && Files.isExecutable(file))
                    return new Program(folder.isEmpty() && !name.contains("/") ? "./" + name : path, "", ExitCode.DONE);
                // One on PATH that is a folder, or not for us, hides none that follows.
                found |= name.contains("/") || Files.isRegularFile(file);
            } catch (InvalidPathException e) {
                return missing(name + " is no name that a command can have.", ExitCode.NO_COMMAND);
            }
        }
        return found
                ? missing(name + " may not be run. Is it a program, and may this user run it?", ExitCode.CANNOT_RUN)
                : missing(name + " is not to be found. Check its name, and PATH.", ExitCode.NO_COMMAND);
    }

    private static Program missing(String complaint, int exitCode) {
        return new Program("", complaint, exitCode);
    }

    boolean isMissing() {
        return exitCode != ExitCode.DONE;
    }
}
