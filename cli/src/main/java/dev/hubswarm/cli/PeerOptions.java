package dev.hubswarm.cli;

import dev.hubswarm.agent.PeerConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a command meets peers. Confined to one thread. */
final class PeerOptions {
    @Option(
            names = "--peer-port",
            paramLabel = "N",
            description =
                    "Where to listen for peers; 0 for any port that is free. Default: 6881, or the next free one.")
    private @Nullable Integer port;

    @Option(
            names = "--upload-limit",
            paramLabel = "RATE",
            converter = Sizes.class,
            description =
                    "Send peers at most so many bytes per second, such as 10MiB; 0 for no limit, as without this.")
    private long uploadLimit;

    @Option(
            names = "--download-limit",
            paramLabel = "RATE",
            converter = Sizes.class,
            description = "As --upload-limit, for what is fetched, from whomever.")
    private long downloadLimit;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    /** For commands that meet peers late, if at all. */
    void check() {
        config();
    }

    PeerConfig config() {
        try {
            return new PeerConfig(port, uploadLimit, downloadLimit);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }
}
