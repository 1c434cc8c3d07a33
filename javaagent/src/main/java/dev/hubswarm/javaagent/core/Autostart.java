package dev.hubswarm.javaagent.core;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts {@code hubswarm up --detach}, once, when a file could have come from an agent and there was none. Nobody waits
 * for it: that file comes from the Hub. Thread-safe.
 */
final class Autostart {
    private boolean begun;
    private final String upstream;
    private final @Nullable String mode;
    private final Path home;
    private final Log log;

    Autostart(Options options, Path home, Log log) {
        begun = !options.autostart();
        upstream = options.upstream();
        mode = options.mode();
        this.home = home;
        this.log = log;
    }

    synchronized void begin() {
        if (begun) return;
        begun = true;
        Thread starter = new Thread(null, this::run, "hubswarm-autostart", 0, false);
        starter.setDaemon(true);
        starter.setContextClassLoader(null);
        starter.start();
    }

    private void run() {
        String program = onPath(System.getenv().getOrDefault("PATH", ""));
        if (program == null) {
            log.trouble("There is no hubswarm on the PATH that could be started; start one with `hubswarm up`");
            return;
        }
        List<String> command = new ArrayList<>(List.of(program, "up", "--detach", "--upstream", upstream));
        if (mode != null) command.addAll(List.of("--mode", mode));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        // Or the agent's JVM would be given this agent.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        builder.environment().put("HUBSWARM_HOME", home.toString());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            // It ends when the agent answers. What it says is not kept: it may outlive this program, and a pipe of it.
            if (process.waitFor() != 0)
                log.trouble("`hubswarm up --detach` has failed, and says why if it is started by hand");
        } catch (IOException e) {
            log.trouble("hubswarm could not be started", e);
        } catch (InterruptedException e) {
            // Nobody knows this thread.
            Thread.currentThread().interrupt();
        }
    }

    private static @Nullable String onPath(String path) {
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (folder.isEmpty()) continue;
            for (String name : List.of("hubswarm", "hubswarm.cmd")) {
                Path program = Path.of(folder, name);
                if (Files.isRegularFile(program) && Files.isExecutable(program)) return program.toString();
            }
        }
        return null;
    }
}
