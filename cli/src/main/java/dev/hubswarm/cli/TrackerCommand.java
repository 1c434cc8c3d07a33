package dev.hubswarm.cli;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.OriginEnvironment;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.trackerserver.TrackerConfig;
import dev.hubswarm.trackerserver.TrackerService;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.Cidr;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.server.ServerLimits;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a tracker until it is stopped. */
@Command(
        name = "tracker",
        description = "Run a tracker: tells machines which torrent holds a file, and who else has it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Others on this machine see what stands on a command line. So set tokens, and",
            "the password of a Redis, in config.toml in HUBSWARM_HOME, or as",
            "HUBSWARM_TRACKER_PUBLISH_TOKEN=ci=...,lab=... and the like. They travel",
            "unencrypted: across other people's networks, put a proxy that speaks TLS in",
            "front.",
            "",
            "SIGTERM and Ctrl-C stop it once everything asked is answered (exit code 0 and",
            "130).",
            "",
            "Examples:",
            "  hubswarm tracker",
            "  hubswarm tracker --listen 0.0.0.0:8472 --udp --hub https://huggingface.co",
            "  hubswarm tracker --storage redis://redis.example.org:6379/0"
        })
final class TrackerCommand implements Callable<Integer> {
    private static final long CLEAN_UP_SECONDS = 20;
    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = ListenAddress.class,
            description = "Where to listen; 0.0.0.0 or [::] for everywhere. Default: 127.0.0.1:8472.")
    private InetSocketAddress listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8472);

    @Option(names = "--udp", description = "Also take announces by UDP (BEP 15), on the same port number.")
    private boolean udp;

    @Option(
            names = "--storage",
            paramLabel = "WHERE",
            description = "memory, sqlite:FILE, or redis://[:PASSWORD@]HOST:PORT/DB and rediss://... for several "
                    + "trackers that are one. Default: sqlite, in tracker.db in HUBSWARM_HOME.")
    private @Nullable String storage;

    @Option(
            names = "--publish-token",
            paramLabel = "NAME=T",
            converter = PublishToken.Converter.class,
            description = "Only who has such a token may publish, under that name. It may also ask. May be repeated.")
    private List<PublishToken> publishTokens = List.of();

    @Option(
            names = "--read-token",
            paramLabel = "T",
            converter = Tokens.class,
            description =
                    "Only who has such a token may ask, as Authorization: Bearer T or /t/T/announce. May be repeated.")
    private List<Redacted> readTokens = List.of();

    @Option(
            names = "--admin-token",
            paramLabel = "T",
            converter = Tokens.class,
            description = "For approving and deleting snapshots. Without it nobody can.")
    private @Nullable Redacted adminToken;

    @Option(names = "--open", description = "Take announces of any torrent, not only of those published here.")
    private boolean open;

    @Option(
            names = "--trusted-proxy",
            paramLabel = "CIDR",
            converter = Networks.class,
            description = "Believe what these say about the client's address, such as 10.0.0.0/8. May be repeated.")
    private List<Cidr> trustedProxies = List.of();

    @Option(
            names = "--hub",
            paramLabel = "URL",
            description =
                    "Check snapshots of repos against this Hub, without any token. Without it they wait for approval.")
    private @Nullable String hub;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    private final Map<String, String> environment = OuterEnvironment.get();
    private final Path home = UserFolders.home();

    @Override
    public Integer call() throws UserError, InterruptedException {
        if (System.getProperty(LOG_FORMAT) == null) System.setProperty(LOG_FORMAT, "%1$tF %1$tT %4$s %5$s%6$s%n");
        NettyMachine.name();
        CountDownLatch terminated = new CountDownLatch(1);
        // Left to itself the JVM exits with 143, which service managers take for a failure.
        Signals.on("TERM", terminated::countDown);
        return InterruptGuard.run(CLEAN_UP_SECONDS, () -> {
            run(terminated);
            return ExitCode.DONE;
        });
    }

    private void run(CountDownLatch terminated) throws UserError, InterruptedException {
        Path state = StateFolder.open(StateFolder.find(environment, home));
        TrackerConfig config = config(state);
        try (TrackerService tracker = start(config, state);
                TrackerNote note = TrackerNote.write(state, tracker.address().getPort())) {
            tell(config, tracker, note.process());
            terminated.await();
        }
    }

    private TrackerConfig config(Path state) throws UserError {
        StorageUri where =
                storage == null ? new StorageUri.Sqlite(state.resolve("tracker.db")) : StorageUri.parse(storage);
        AccessTokens tokens = new AccessTokens(publishers(), readTokens, adminToken);
        return new TrackerConfig(
                Version.number(),
                new ServerConfig(listen, udp, tokens.announce(), trustedProxies, ServerLimits.DEFAULT),
                SwarmConfig.DEFAULT.withOpen(open),
                where,
                state,
                OriginEnvironment.extraCa(environment, home),
                tokens,
                hub == null ? null : origin(hub));
    }

    private Map<String, Redacted> publishers() {
        Map<String, Redacted> publishers = new HashMap<>();
        for (PublishToken token : publishTokens) {
            if (publishers.containsValue(token.token())) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--publish-token gives " + token.name() + " a token of another. Give each its own.");
            }
            if (publishers.put(token.name(), token.token()) != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--publish-token names " + token.name() + " twice. Give each its own name.");
            }
        }
        return publishers;
    }

    /** Anonymous: who publishes a snapshot must not learn of repos that only the operator may see. */
    private OriginConfig origin(String address) throws UserError {
        URI endpoint = OriginConfig.endpoint(address);
        if (endpoint == null) {
            throw new UserError(
                    Kind.USAGE,
                    "--hub is not the address of a Hub.",
                    "Use a full URL, such as https://huggingface.co.");
        }
        Map<String, String> anonymous = new HashMap<>(environment);
        anonymous.remove("HF_TOKEN");
        anonymous.put("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        return OriginEnvironment.read(anonymous, home, "hubswarm/" + Version.number())
                .at(endpoint);
    }

    private TrackerService start(TrackerConfig config, Path state) throws UserError {
        try {
            return TrackerService.start(config);
        } catch (UserError e) {
            Long process = TrackerNote.find(state, listen.getPort());
            boolean taken = e.kind() == Kind.FAILED && e.getCause() instanceof IOException;
            if (!taken || process == null) throw e;
            throw new UserError(
                    Kind.FAILED,
                    "Port " + listen.getPort() + " is taken by another hubswarm tracker, process " + process + ".",
                    "Stop that one with `kill " + process + "`, or choose another port with --listen.",
                    e);
        }
    }

    private void tell(TrackerConfig config, TrackerService tracker, long process) {
        InetSocketAddress address = tracker.address();
        String at = reachable(address);
        String announce = "http://" + at + (readTokens.isEmpty() ? "" : "/t/TOKEN") + "/announce";
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("Address", "http://" + at + (udp ? " and udp://" + at : ""));
        lines.putAll(config.facts());
        lines.put("Catalogue in", tracker.storage());
        String token = readTokens.isEmpty() && publishTokens.isEmpty() ? "" : " -H 'Authorization: Bearer TOKEN'";
        lines.put("Publisher", "curl -T FILE.torrent" + token + " http://" + at + "/api/v2/files/SHA256-OF-FILE");
        lines.put("Client", "hubswarm torrent create FILE --tracker " + announce);
        // llmpt's clients have no token to send, and drop a path in front of the API's.
        lines.put("Client (llmpt)", readTokens.isEmpty() ? "HF_P2P_TRACKER=http://" + at : "none, for lack of a token");
        PrintWriter out = spec.commandLine().getOut();
        out.println("hubswarm tracker " + config.version() + ", process " + process);
        lines.forEach((name, value) -> out.printf("  %-16s%s%n", name, Printable.of(value)));
        if (address.getAddress().isLoopbackAddress())
            out.println("Only programs on this machine reach it. For others: --listen 0.0.0.0:" + address.getPort());
        out.flush();
    }

    /** What to call it; for all addresses, by the name that others may know this machine by. */
    private static String reachable(InetSocketAddress address) {
        InetAddress own = address.getAddress();
        if (!own.isAnyLocalAddress())
            return PeerAddress.of(own.getAddress(), address.getPort()).toString();
        try {
            return InetAddress.getLocalHost().getHostName() + ":" + address.getPort();
        } catch (UnknownHostException e) {
            return "localhost:" + address.getPort();
        }
    }
}
