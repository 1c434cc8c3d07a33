package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stops the agent. */
@Command(
        name = "down",
        description = "Stop the agent, and wait until it has ended. That none runs is fine.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "What it shared is remembered, and shared again by the next `hubswarm up`.",
            "",
            "Example:",
            "  hubswarm down"
        })
final class DownCommand implements Callable<Integer> {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_MILLIS = 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        ControlClient agent = ControlClient.find(StateFolder.find(OuterEnvironment.get(), UserFolders.home()));
        if (agent == null) {
            err.println("hubswarm: No agent runs.");
            return ExitCode.DONE;
        }
        long pid = agent.agent().pid();
        ControlReply reply = agent.down();
        if (!reply.isGood()) {
            throw new UserError(
                    Kind.FAILED,
                    "The agent does not want to stop (" + reply.status() + ").",
                    "Stop it with `kill " + pid + "`.");
        }
        long end = System.nanoTime() + PATIENCE_NANOS;
        // Of processes that are not its own children Java hears seconds later.
        while (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()) {
            if (System.nanoTime() - end > 0)
                throw new UserError(
                        Kind.FAILED, "The agent, process " + pid + ", goes on.", "End it with `kill -9 " + pid + "`.");
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        err.println("hubswarm: The agent, process " + pid + ", has stopped.");
        return ExitCode.DONE;
    }
}
