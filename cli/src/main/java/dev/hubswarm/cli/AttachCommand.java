package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives a running JVM the Java agent. */
@Command(
        name = "attach",
        description = "Let the downloads of a Java program that runs already come through the agent.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "It stays in that process until its end. Newer JVMs print a warning about it there; JVMs that were",
            "told to forbid it do. The flag -javaagent:hubswarm-javaagent.jar is the same from the start.",
            "",
            "Examples:",
            "  hubswarm attach 4711",
            "  hubswarm attach 4711 --options log=debug"
        })
final class AttachCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PID", description = "The process, as `jps` lists them.")
    private long pid;

    @Option(
            names = "--options",
            paramLabel = "OPTIONS",
            description = "As behind the = of -javaagent: upstream, agent, mode, log, clients, autostart.")
    private @Nullable String options;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError {
        if (ProcessHandle.of(pid).isEmpty())
            throw new UserError(Kind.NOT_FOUND, "There is no process " + pid + ".", "`jps` lists the Java programs.");
        Path jar = JavaAgentJar.find(StateFolder.find(System.getenv(), UserFolders.home()));
        try {
            Attachment.load(pid, jar, options == null ? "" : options);
        } catch (LinkageError e) {
            throw new UserError(
                    Kind.FAILED,
                    "This Java cannot speak to another: it has no module jdk.attach.",
                    "Run hubswarm with a full JDK, or start the program with -javaagent:" + jar + ".",
                    e);
        }
        spec.commandLine()
                .getErr()
                .println("hubswarm: Process " + pid
                        + " has the Java agent. Files of the Hub that it downloads from now on"
                        + " come through `hubswarm up`, if that runs.");
        return ExitCode.DONE;
    }
}
