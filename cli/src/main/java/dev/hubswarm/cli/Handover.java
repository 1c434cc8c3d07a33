package dev.hubswarm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts a command in the place of this process, so that terminal, signals, open files and exit code are the command's own
 * and nothing of us is left. Where a process cannot be replaced the command runs beside this one, which waits. Thread-safe.
 */
final class Handover {
    private static volatile OpenFiles given = new OpenFiles(Set.of());

    private Handover() {}

    /** To be called before this program has opened anything: what is open now the command inherits. */
    static void prepare() {
        given = OpenFiles.now();
    }

    /** Returns only if the command could not take over. */
    static int to(String program, List<String> words, Map<String, String> settings, PrintWriter err)
            throws InterruptedException {
        if (!System.getProperty("os.name").startsWith("Windows")) {
            try {
                int error = ProcessImage.replace(program, words, settings, given);
                return cannotRun(program, ProcessImage.words(error), err);
            } catch (LinkageError e) {
                // The library may not be unpacked and run here, as where the temporary folder is mounted noexec.
                System.getLogger(Handover.class.getName())
                        .log(System.Logger.Level.DEBUG, () -> "this process cannot be replaced: " + e);
            }
        }
        return beside(program, words, settings, err);
    }

    private static int beside(String program, List<String> words, Map<String, String> settings, PrintWriter err)
            throws InterruptedException {
        List<String> command = new ArrayList<>(words);
        command.set(0, program);
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        Entrance.change(builder.environment(), settings);
        // From the terminal the command gets it, too, and decides what it means.
        Signals.on("INT", () -> {});
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return cannotRun(program, String.valueOf(e.getMessage()), err);
        }
        for (String signal : List.of("TERM", "HUP")) Signals.on(signal, process::destroy);
        return process.waitFor();
    }

    private static int cannotRun(String program, String why, PrintWriter err) {
        err.println("hubswarm: " + Printable.of(program + " cannot be run: " + why) + ".");
        return ExitCode.CANNOT_RUN;
    }
}
