package dev.hubswarm.cli;

import dev.hubswarm.agent.Agent;
import dev.hubswarm.agent.AgentConfig;
import dev.hubswarm.base.UserError;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An agent in this process, until it is to stop. Stateless. */
final class AgentRun {
    /** What outlives it is safe at any moment; this is for goodbyes. */
    private static final long STOP_MILLIS = 4_800;

    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    private AgentRun() {}

    /** What is done while it runs. */
    @FunctionalInterface
    interface Task {
        /** @param stop counted down when it is to end */
        void run(Agent agent, CountDownLatch stop) throws UserError, InterruptedException;
    }

    static int of(AgentConfig config, Task task) throws UserError, InterruptedException {
        if (System.getProperty(LOG_FORMAT) == null) System.setProperty(LOG_FORMAT, "%1$tF %1$tT %4$s %5$s%6$s%n");
        NettyMachine.name();
        CountDownLatch stop = new CountDownLatch(1);
        // Left to itself the JVM exits with 143, which service managers take for a failure.
        Signals.on("TERM", stop::countDown);
        if (Detached.isIt()) {
            Detached.logToFileOnly();
            Signals.on("HUP", () -> {});
        }
        return InterruptGuard.run(TimeUnit.MILLISECONDS.toSeconds(STOP_MILLIS), () -> {
            try (Agent agent = Agent.start(config, stop::countDown)) {
                task.run(agent, stop);
                CompletableFuture.delayedExecutor(STOP_MILLIS, TimeUnit.MILLISECONDS)
                        .execute(() -> Runtime.getRuntime().halt(ExitCode.DONE));
            }
            return ExitCode.DONE;
        });
    }
}
