package dev.hubswarm.cli;

import dev.hubswarm.agent.TrackerChoice;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which trackers a command uses. Confined to one thread. */
final class TrackerOptions {
    @Option(
            names = "--tracker",
            paramLabel = "URL",
            description = "A tracker to use, such as http://box:8472. May be repeated.")
    private List<String> trackers = List.of();

    @Option(
            names = "--trust-tracker",
            paramLabel = "URL",
            description = "A tracker to use whose publishers you believe, by https. May be repeated.")
    private List<String> trusted = List.of();

    @Option(
            names = "--tracker-token",
            paramLabel = "T",
            converter = Tokens.class,
            description = "What the trackers ask for. Better in config.toml: others see command lines.")
    private @Nullable Redacted token;

    List<TrackerUrl> trackers() throws UserError {
        return parse(trackers);
    }

    List<TrackerUrl> trusted() throws UserError {
        return parse(trusted);
    }

    List<TrackerUrl> all() throws UserError {
        List<TrackerUrl> all = new ArrayList<>(trackers());
        all.addAll(trusted());
        return all;
    }

    boolean namesAny() {
        return !(trackers.isEmpty() && trusted.isEmpty());
    }

    /** For commands that do not ask where one of our own listens. */
    TrackerChoice choice() throws UserError {
        return choice(UpCommand.loopback(TrackerChoice.USUAL_PORT));
    }

    /** @param listen where one of our own does, if none is named */
    TrackerChoice choice(InetSocketAddress listen) throws UserError {
        return new TrackerChoice(trackers(), trusted(), token, listen);
    }

    /** Those that an agent uses. */
    static List<TrackerUrl> of(ControlClient agent) throws UserError {
        List<TrackerUrl> urls = new ArrayList<>();
        for (JsonNode tracker :
                JsonMapper.shared().readTree(agent.get("/api/status").text()).path("trackers"))
            urls.add(TrackerUrl.parse(tracker.asString()));
        return urls;
    }

    private static List<TrackerUrl> parse(List<String> texts) throws UserError {
        List<TrackerUrl> urls = new ArrayList<>();
        for (String text : texts) urls.add(TrackerUrl.parse(text));
        return urls;
    }

    @Nullable
    Redacted token() {
        return token;
    }
}
