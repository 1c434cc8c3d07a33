package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the variables that lead programs through the agent. */
@Command(
        name = "env",
        description = "Print the variables that lead programs through the agent, for a shell to take over.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Without --https programs take the agent for the Hub (HF_ENDPOINT, MODEL_ENDPOINT).",
            "With it they take it for their proxy, and trust its certificates for the Hub's hosts.",
            "",
            "Examples:",
            "  eval \"$(hubswarm env)\"",
            "  eval \"$(hubswarm env --https)\"",
            "  hubswarm env --https --shell fish | source",
            "  hubswarm env --https --shell powershell | Out-String | Invoke-Expression"
        })
final class EnvCommand implements Callable<Integer> {
    private static final int USUAL_PORT = 8470;

    @Option(names = "--https", description = "For programs that know a proxy, but no other Hub.")
    private boolean https;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = ListenAddress.class,
            description = "The agent's proxy. Default: where the running agent has it, else 127.0.0.1:8470.")
    private @Nullable InetSocketAddress listen;

    @Option(
            names = "--shell",
            paramLabel = "sh|fish|powershell",
            description = "How to write it. Default: as for the shell in $SHELL.")
    private @Nullable ShellSyntax shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        Map<String, String> inner = System.getenv();
        Map<String, String> outer = OuterEnvironment.get();
        Path home = StateFolder.find(outer, UserFolders.home());
        PrintWriter err = spec.commandLine().getErr();
        ControlClient agent = ControlClient.find(home);
        InetSocketAddress proxy = listen;
        if (proxy == null && agent != null) proxy = agent.agent().proxy();
        if (proxy == null) {
            proxy = UpCommand.loopback(USUAL_PORT);
            err.println("hubswarm: No agent with a proxy runs. Until `hubswarm up --detach` programs with these"
                    + " variables reach nothing; `hubswarm run` needs no agent.");
        }
        Map<String, String> settings = https
                ? Entrance.asProxy(outer, proxy, ProxyTrust.prepare(home, outer, agent))
                : Entrance.asHub(outer, proxy);
        if (https && Entrance.isSwitchedOff(outer))
            err.println("hubswarm: NO_PROXY is *, so nothing goes by a proxy, and so nothing through hubswarm.");
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        ShellSyntax syntax = shell == null ? ShellSyntax.of(inner, windows) : shell;
        PrintWriter out = spec.commandLine().getOut();
        lines(syntax, inner, outer, settings).forEach(out::println);
        out.flush();
        return ExitCode.DONE;
    }

    /** @param inner the variables of the shell, in which those of an earlier call may be */
    static List<String> lines(
            ShellSyntax shell, Map<String, String> inner, Map<String, String> outer, Map<String, String> settings) {
        List<String> lines = new ArrayList<>();
        for (String name : Entrance.REPLACED) {
            String kept = OuterEnvironment.BEFORE + name;
            String before = outer.get(name);
            boolean isSet = settings.containsKey(name);
            if (isSet && before != null && !before.equals(inner.get(kept))) lines.add(shell.copy(name, kept));
            // Set by an earlier call for the other entrance.
            if (!isSet && inner.containsKey(name) && !inner.get(name).equals(before))
                lines.add(before == null ? shell.unset(name) : shell.copy(kept, name));
            if ((!isSet || before == null) && inner.containsKey(kept)) lines.add(shell.unset(kept));
        }
        for (String name : List.of(OuterEnvironment.BUNDLE, OuterEnvironment.JAVA_OPTIONS)) {
            if (settings.containsKey(name) || !inner.containsKey(name)) continue;
            String before = outer.get(name);
            if (before == null) lines.add(shell.unset(name));
            else if (!before.equals(inner.get(name))) lines.add(shell.set(name, before));
        }
        settings.forEach((name, value) -> lines.add(shell.set(name, value)));
        return lines;
    }
}
