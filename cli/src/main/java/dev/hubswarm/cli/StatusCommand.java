package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Shows what the agent does. */
@Command(
        name = "status",
        description = "Show what the agent shares and fetches.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Exit code 1 if no agent runs.",
            "",
            "Examples:",
            "  hubswarm status",
            "  hubswarm status --watch",
            "  hubswarm status --json"
        })
final class StatusCommand implements Callable<Integer> {
    private static final long WATCH_MILLIS = 1000;

    @Option(names = "--json", description = "Print what /api/status answers, on one line.")
    private boolean json;

    @Option(names = "--watch", description = "Show it anew each second, until Ctrl-C.")
    private boolean watch;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        ControlClient agent = ControlClient.require(StateFolder.find(OuterEnvironment.get(), UserFolders.home()));
        PrintWriter out = spec.commandLine().getOut();
        @Nullable LiveLines screen = watch && Terminal.isInteractive() ? new LiveLines(out, Terminal.width()) : null;
        while (true) {
            String status = read(agent);
            if (json) {
                out.println(status);
            } else {
                List<String> lines = StatusView.lines(JsonMapper.shared().readTree(status), Terminal.width());
                if (screen == null) lines.forEach(out::println);
                else screen.draw(lines);
            }
            out.flush();
            if (!watch) return ExitCode.DONE;
            TimeUnit.MILLISECONDS.sleep(WATCH_MILLIS);
        }
    }

    private static String read(ControlClient agent) throws UserError {
        ControlReply reply = agent.get("/api/status");
        if (reply.isGood()) return reply.text();
        throw new UserError(
                Kind.FAILED,
                "The agent, process " + agent.agent().pid() + ", does not tell its status (" + reply.status() + ").",
                "Look at its log with `hubswarm logs`.");
    }
}
