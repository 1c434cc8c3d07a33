package dev.hubswarm.cli;

import dev.hubswarm.agent.AgentLog;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;
import picocli.CommandLine;

/** A command that goes on in a process of its own, which outlives the terminal. Stateless. */
final class Detached {
    private static final String PROPERTY = "hubswarm.detached";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long POLL_MILLIS = 50;

    private Detached() {}

    /** Whether this process is one. */
    static boolean isIt() {
        return Boolean.getBoolean(PROPERTY);
    }

    /** Its log is in a file; what it prints has another reader. */
    static void logToFileOnly() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) if (handler instanceof ConsoleHandler) root.removeHandler(handler);
    }

    /** Returns when it answers, or its exit code when it has failed. Both say what it said. */
    static int start(List<String> arguments, Path home, CommandLine command) throws UserError, InterruptedException {
        ControlClient running = ControlClient.find(home);
        if (running != null) {
            throw new UserError(
                    Kind.FAILED,
                    "A hubswarm agent runs already for " + home + ", process "
                            + running.agent().pid() + ".",
                    "Stop it with `hubswarm down`.");
        }
        Path said = AgentLog.file(home).resolveSibling("agent.out");
        Process process;
        try {
            Files.createDirectories(said.getParent());
            process = new ProcessBuilder(command(arguments))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
        } catch (IOException e) {
            throw StateFolder.unwritable(said, e);
        }
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            ControlClient agent = ControlClient.find(home);
            if (agent != null && agent.agent().pid() == process.pid()) {
                copy(said, command.getOut());
                return ExitCode.DONE;
            }
            if (System.nanoTime() - end > 0) {
                throw new UserError(
                        Kind.FAILED,
                        "The agent, process " + process.pid() + ", does not answer yet.",
                        "Look at what it says with `hubswarm logs`, and at " + said + ".");
            }
        }
        copy(said, command.getErr());
        return process.exitValue() == ExitCode.DONE ? ExitCode.FAILED : process.exitValue();
    }

    /** As this process was started, with the user's own words: no secret from a file becomes an argument. */
    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        // Without it the end of this terminal, or Ctrl-C in it, could be the agent's end.
        if (isOnPath("setsid")) command.add("setsid");
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-D" + PROPERTY + "=true");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        return command;
    }

    private static boolean isOnPath(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) return true;
        return false;
    }

    private static void copy(Path said, PrintWriter out) throws UserError {
        try {
            out.print(Files.readString(said));
            out.flush();
        } catch (IOException e) {
            throw StateFolder.unwritable(said, e);
        }
    }
}
