package dev.hubswarm.cli;

import dev.hubswarm.agent.Agent;
import dev.hubswarm.agent.AgentConfig;
import dev.hubswarm.agent.AgentLog;
import dev.hubswarm.agent.TrackerChoice;
import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.agent.proxy.ProxyConfig;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.seeder.SeedPolicy;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the agent until it is stopped. */
@Command(
        name = "up",
        description =
                "Run the agent: programs fetch through it, it seeds what this machine has, and has a tracker inside if none"
                        + " is named.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "It sends files that anybody may read at the Hub to peers, who see this machine's",
            "address. `hubswarm down`, SIGTERM and Ctrl-C stop it (exit code 0, and 130 after",
            "Ctrl-C). One agent runs for each HUBSWARM_HOME.",
            "",
            "Programs that download from the Hub go through it where HF_ENDPOINT is",
            "http://127.0.0.1:8470. It has nothing of its own there, and adds no token.",
            "What does not fit into --max-disk passes through without being kept; nothing is",
            "deleted for it.",
            "",
            "Examples:",
            "  hubswarm up",
            "  hubswarm up --detach --tracker http://box.example.org:8472",
            "  hubswarm up --tracker-listen 0.0.0.0:8472 --upload-limit 20MiB"
        })
final class UpCommand implements Callable<Integer> {
    /** How what is said once begins. */
    static final String SAID_ONCE = "This agent uploads";

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = ListenAddress.class,
            description = "Where programs fetch through it. Default: 127.0.0.1:8470.")
    private InetSocketAddress proxy = loopback(ProxyConfig.USUAL_PORT);

    @Option(
            names = "--control",
            paramLabel = "HOST:PORT",
            converter = ListenAddress.class,
            description = "Where programs on this machine see and steer it. Default: 127.0.0.1:8471.")
    private InetSocketAddress control = loopback(ControlConfig.USUAL_PORT);

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description =
                    "Also answer at --listen and --control to who calls this machine by such a name. May be repeated.")
    private List<String> allowedHosts = List.of();

    @Mixin
    private final PeerOptions peers = new PeerOptions();

    @Mixin
    private final TrackerOptions trackers = new TrackerOptions();

    @Option(
            names = "--tracker-listen",
            paramLabel = "HOST:PORT",
            converter = ListenAddress.class,
            description =
                    "Where the tracker inside listens, or at the next port that is free; 0.0.0.0 or [::] for other"
                            + " machines. Default: 127.0.0.1:8472.")
    private InetSocketAddress trackerListen = loopback(TrackerChoice.USUAL_PORT);

    @Mixin
    private final HubOptions hub = new HubOptions();

    @Mixin
    private final CacheOptions cache = new CacheOptions();

    @Option(
            names = "--mode",
            paramLabel = "race|offload|http",
            description =
                    "How files are fetched: from the Hub and peers at once, from peers as far as they have them, or"
                            + " from the Hub alone. Default: race.")
    private Mode mode = Mode.RACE;

    @Option(names = "--no-seed", description = "Send nothing to anybody.")
    private boolean noSeed;

    @Option(
            names = "--max-disk",
            paramLabel = "SIZE",
            converter = Sizes.class,
            description = "At most so much of the cache for what programs fetch through it, such as 200GB; 0 for no"
                    + " limit, as without this.")
    private long maxDisk;

    @Option(names = "--detach", description = "Go on in the background, also when the terminal is closed.")
    private boolean detach;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    private final Map<String, String> environment = OuterEnvironment.get();

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public Integer call() throws UserError, InterruptedException {
        if (mode == Mode.P2P)
            throw new ParameterException(
                    spec.commandLine(), "--mode p2p is for `hubswarm prefetch`. Take race, offload or http.");
        Path home = StateFolder.open(cache.stateFolder());
        cache.makeJournals(spec.commandLine().getErr());
        AgentConfig config = config(home);
        if (detach && !Detached.isIt()) return Detached.start(Main.arguments(spec), home, spec.commandLine());
        return AgentRun.of(config, (agent, stop) -> {
            tell(agent, config);
            stop.await();
        });
    }

    private AgentConfig config(Path home) throws UserError {
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        Path runtimeFolder = runtime.isEmpty() ? null : Path.of(runtime);
        try {
            return new AgentConfig(
                    Version.number(),
                    home,
                    cache.cache(),
                    new ProxyConfig(proxy, allowedHosts, runtimeFolder),
                    new ControlConfig(control, allowedHosts, runtimeFolder),
                    peers.config(),
                    trackers.choice(trackerListen),
                    hub.originBehind(proxy),
                    mode,
                    !noSeed,
                    Settings.sharesUpstream(home),
                    SeedPolicy.DEFAULT,
                    maxDisk);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private void tell(Agent agent, AgentConfig config) throws UserError {
        Map<String, String> lines = new LinkedHashMap<>();
        InetSocketAddress at = agent.proxy();
        if (at != null) lines.put("Proxy", "export HF_ENDPOINT=http://" + at(at));
        lines.put("Control", "http://" + at(agent.control()));
        lines.put("Peers call", "port " + agent.peerPort());
        InetSocketAddress own = agent.ownTracker();
        String trackers = String.join(", ", agent.trackers());
        lines.put("Trackers", own == null ? trackers : "inside, at " + trackers);
        List<TrackerUrl> believed = config.trackers().trusted();
        if (!believed.isEmpty())
            lines.put("Believed", "what the publishers of " + join(believed) + " say is handed out at once");
        lines.put("Hub", config.hub().endpoint().toString());
        lines.put("Cache", String.valueOf(cache.folder()));
        lines.put("Log", AgentLog.file(config.home()).toString());
        if (own != null) lines.put("Other machines", others(agent, own));
        PrintWriter out = spec.commandLine().getOut();
        out.println("hubswarm agent " + config.version() + ", process "
                + ProcessHandle.current().pid());
        lines.forEach((name, value) -> out.printf("  %-16s%s%n", name, Printable.of(value)));
        if (config.seeds()) sayOnce(config.home(), agent, out);
        out.flush();
    }

    private static String join(List<TrackerUrl> trackers) {
        return trackers.stream().map(TrackerUrl::toString).collect(Collectors.joining(", "));
    }

    private static String others(Agent agent, InetSocketAddress own) {
        String url = agent.ownTrackerForOthers();
        return url == null
                ? "do not reach this tracker. For them: --tracker-listen 0.0.0.0:" + own.getPort()
                : "hubswarm up --tracker " + url;
    }

    private static String at(InetSocketAddress address) {
        return PeerAddress.of(address.getAddress().getAddress(), address.getPort())
                .toString();
    }

    /** What who starts it for the first time must know. */
    private static void sayOnce(Path home, Agent agent, PrintWriter out) throws UserError {
        Path said = home.resolve("told-of-uploads");
        try {
            Files.createFile(said);
        } catch (FileAlreadyExistsException e) {
            return;
        } catch (IOException e) {
            throw StateFolder.unwritable(said, e);
        }
        out.println();
        out.println(SAID_ONCE + ": files that anybody may read at the Hub go from here to all who");
        out.println("ask for them and learned of this machine from " + String.join(", ", agent.trackers()) + ".");
        out.println("They see this machine's address, and which files it has. To send nothing, use");
        out.println("`hubswarm up --no-seed`. This is said once.");
    }
}
