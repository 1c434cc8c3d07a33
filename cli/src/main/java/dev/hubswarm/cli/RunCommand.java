package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.storage.StateFolder;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs one command with its downloads led through the agent. */
@Command(
        name = RunCommand.NAME,
        description = "Run a command whose downloads go through the agent, which is started if none runs.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The command takes this one's place: its terminal, signals and exit code are its own.",
            "Exit code 127 if there is no such command, 126 if it cannot be run. If hubswarm is in",
            "no state to help, the command runs all the same, after one line that says why.",
            "",
            "Examples:",
            "  hubswarm run -- hf download openai-community/gpt2",
            "  hubswarm run -- python train.py --epochs 3",
            "  hubswarm run --https -- curl -LO https://huggingface.co/openai-community/gpt2/resolve/main/config.json"
        })
final class RunCommand implements Callable<Integer> {
    static final String NAME = "run";

    /** To start takes two seconds; who waits for a download shall not wait for much more. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    @Option(names = "--https", description = "For commands that know a proxy, but no other Hub.")
    private boolean https;

    @Parameters(paramLabel = "COMMAND", arity = "1..*", description = "The command, and its arguments.")
    private List<String> words = List.of();

    private final Map<String, String> outer = OuterEnvironment.get();
    private CommandSpec spec = CommandSpec.create();

    /** What follows the command is the command's, also what looks like an option of ours. */
    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        spec.parser().stopAtPositional(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        Program program = Program.find(words.get(0), outer);
        if (program.isMissing()) {
            err.println("hubswarm: " + Printable.of(program.complaint()));
            return program.exitCode();
        }
        Map<String, String> settings = Map.of();
        try {
            settings = settings();
        } catch (UserError e) {
            String why = Printable.of(String.valueOf(e.getMessage())).replaceAll("\\s+", " ");
            err.println("hubswarm: " + words.get(0) + " runs without hubswarm. " + why);
        }
        err.flush();
        return Handover.to(program.path(), words, settings, err);
    }

    private Map<String, String> settings() throws UserError, InterruptedException {
        Path home = StateFolder.open(StateFolder.find(outer, UserFolders.home()));
        ControlClient agent = ControlClient.find(home);
        if (agent == null) agent = start(home);
        InetSocketAddress proxy = agent.agent().proxy();
        if (proxy == null)
            throw new UserError(
                    Kind.FAILED,
                    "The agent, process " + agent.agent().pid() + ", has no proxy.",
                    "Stop it with `hubswarm down`; the next `hubswarm run` starts another.");
        if (https) return Entrance.asProxy(outer, proxy, ProxyTrust.prepare(home, outer, agent));
        checkHub(agent, proxy);
        return Entrance.asHub(outer, proxy);
    }

    private ControlClient start(Path home) throws UserError, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        Detached.Started started = Detached.begin(List.of("up"), home, PATIENCE_NANOS);
        ControlClient agent = started.agent();
        // Somebody else may have been quicker.
        if (agent == null) agent = ControlClient.find(home);
        if (agent == null) {
            String said = started.said().strip();
            throw new UserError(
                    Kind.FAILED,
                    "The agent did not start: " + said.substring(said.lastIndexOf('\n') + 1),
                    "Try `hubswarm up`.");
        }
        if (started.agent() != null) {
            err.println("hubswarm: Started an agent, process " + agent.agent().pid() + ". `hubswarm down` stops it.");
            int once = started.said().indexOf(UpCommand.SAID_ONCE);
            if (once >= 0) err.print(started.said().substring(once));
        }
        return agent;
    }

    /**
     * A company's Hub has what the public one has not: where the command wants another than the agent, it gets that. The
     * agent itself is none.
     */
    private void checkHub(ControlClient agent, InetSocketAddress proxy) throws UserError {
        String upstream = agent.agent().upstream();
        for (String name : List.of("HF_ENDPOINT", "MODEL_ENDPOINT")) {
            String wanted = outer.getOrDefault(name, "");
            URI hub = OriginConfig.endpoint(wanted);
            boolean same = hub != null && (isAt(hub, proxy) || hub.equals(OriginConfig.endpoint(upstream)));
            if (same || wanted.isBlank() || upstream.isEmpty()) continue;
            throw new UserError(
                    Kind.FAILED,
                    name + " names another Hub than the agent's, " + upstream + ".",
                    "For that one start the agent anew: `hubswarm down`, then `hubswarm run`.");
        }
    }

    private static boolean isAt(URI hub, InetSocketAddress proxy) {
        boolean isHere =
                "localhost".equalsIgnoreCase(hub.getHost()) || hub.equals(OriginConfig.endpoint(Entrance.url(proxy)));
        return isHere && "http".equalsIgnoreCase(hub.getScheme()) && hub.getPort() == proxy.getPort();
    }
}
