package dev.hubswarm.cli;

import dev.hubswarm.agent.AgentLog;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
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
        Started started = begin(arguments, home, PATIENCE_NANOS);
        Process process = started.process();
        if (started.agent() != null) {
            command.getOut().print(started.said());
            command.getOut().flush();
            return ExitCode.DONE;
        }
        if (process.isAlive()) {
            throw new UserError(
                    Kind.FAILED,
                    "The agent, process " + process.pid() + ", does not answer yet.",
                    "Look at what it says with `hubswarm logs`, and at " + said(home) + ".");
        }
        command.getErr().print(started.said());
        command.getErr().flush();
        return process.exitValue() == ExitCode.DONE ? ExitCode.FAILED : process.exitValue();
    }

    /**
     * How far a process has come. Immutable.
     *
     * @param agent null if it has failed, or does not answer yet
     * @param said what it printed so far
     */
    record Started(Process process, @Nullable ControlClient agent, String said) {}

    /** Returns when it answers, has failed, or patience is over. */
    static Started begin(List<String> arguments, Path home, long patienceNanos) throws UserError, InterruptedException {
        Path said = said(home);
        try {
            Files.createDirectories(said.getParent());
            ProcessBuilder builder = new ProcessBuilder(command(arguments))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile());
            OuterEnvironment.restore(builder.environment());
            Process process = builder.start();
            long end = System.nanoTime() + patienceNanos;
            while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS) && System.nanoTime() - end < 0) {
                ControlClient agent = ControlClient.find(home);
                if (agent != null && agent.agent().pid() == process.pid())
                    return new Started(process, agent, Files.readString(said));
            }
            return new Started(process, null, Files.readString(said));
        } catch (IOException e) {
            throw StateFolder.unwritable(said, e);
        }
    }

    private static Path said(Path home) {
        return AgentLog.file(home).resolveSibling("agent.out");
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
}
