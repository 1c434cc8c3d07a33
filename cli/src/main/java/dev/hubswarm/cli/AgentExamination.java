package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.trackerclient.contact.HttpReply;
import dev.hubswarm.trackerclient.contact.NoAnswer;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds out whether an agent runs, and whether it and its trackers can reach each other. Used once. */
final class AgentExamination {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final int MOST_BYTES = 64 << 10;

    private final Path home;
    private final List<TrackerUrl> named;
    private final @Nullable Redacted token;
    private final TlsTrust tls;
    private final List<Finding> findings = new ArrayList<>();

    /** @param named trackers to look at; empty for those of the agent */
    AgentExamination(Path home, List<TrackerUrl> named, @Nullable Redacted token, TlsTrust tls) {
        this.home = home;
        this.named = named;
        this.token = token;
        this.tls = tls;
    }

    List<Finding> findings() throws InterruptedException {
        ControlClient agent = ControlClient.find(home);
        if (agent == null) {
            findings.add(Finding.ok("agent", "None runs. `hubswarm up --detach` starts one."));
            if (named.isEmpty()) return findings;
            // In place of the agent's, which is not there.
            try (ServerSocket port = new ServerSocket(SwarmConfig.USUAL_PORT)) {
                trackers(named, port.getLocalPort());
            } catch (IOException e) {
                findings.add(Finding.warning(
                        "peer port",
                        "Port " + SwarmConfig.USUAL_PORT + " is taken: " + e.getMessage()
                                + ". The agent takes the next free one."));
                trackers(named, 0);
            }
            return findings;
        }
        int port = agent.agent().peerPort();
        findings.add(
                Finding.ok("agent", "Process " + agent.agent().pid() + " runs, and peers call its port " + port + "."));
        try {
            trackers(named.isEmpty() ? TrackerOptions.of(agent) : named, port);
        } catch (UserError e) {
            findings.add(Finding.problem("agent", e));
        }
        return findings;
    }

    private void trackers(List<TrackerUrl> trackers, int peerPort) throws InterruptedException {
        try (TrackerHttp http = new TrackerHttp("hubswarm/" + Version.number(), tls)) {
            for (TrackerUrl url : trackers) {
                if (url.isUdp()) {
                    findings.add(Finding.ok("tracker", url + " speaks UDP, which is not tried."));
                    continue;
                }
                TrackerApi api = new TrackerApi(http, url, token, false);
                if (answers(api) && peerPort > 0) reach(api, peerPort);
            }
        }
    }

    private boolean answers(TrackerApi api) throws InterruptedException {
        try {
            HttpReply reply = ask(api, "/health", "");
            if (reply.isGood()) {
                findings.add(Finding.ok("tracker", api.tracker() + " answers."));
                return true;
            }
            findings.add(Finding.warning(
                    "tracker", api.tracker() + " answers " + reply.status() + ". Is it a tracker of ours?"));
        } catch (ExecutionException e) {
            String why = NoAnswer.why(NoAnswer.cause(Objects.requireNonNull(e.getCause())));
            findings.add(Finding.problem(
                    "tracker",
                    new UserError(
                            Kind.FAILED,
                            api.tracker() + " does not answer: " + (api.isSecretIn(why) ? "" : why) + ".",
                            "Check its address, that it runs, and the firewalls between.")));
        }
        return false;
    }

    private void reach(TrackerApi api, int port) throws InterruptedException {
        try {
            HttpReply reply = ask(api, "/api/v2/reach", "port=" + port);
            JsonNode answer =
                    JsonMapper.shared().readTree(reply.isGood() ? reply.body() : "{}".getBytes(StandardCharsets.UTF_8));
            String address = Printable.of(answer.path("address").asString(""));
            if (address.isEmpty()) {
                findings.add(Finding.warning(
                        "peer port", api.tracker() + " does not tell whether it reaches port " + port + "."));
            } else if (answer.path("reachable").asBoolean()) {
                findings.add(Finding.ok("peer port", api.tracker() + " reaches this machine at " + address + "."));
            } else {
                findings.add(Finding.warning(
                        "peer port",
                        api.tracker() + " does not reach this machine at " + address
                                + ". It still gets from those who can be called. Let port " + port
                                + " through the firewall or router to be called."));
            }
        } catch (ExecutionException e) {
            findings.add(Finding.warning(
                    "peer port", api.tracker() + " does not tell whether it reaches port " + port + "."));
        }
    }

    private static HttpReply ask(TrackerApi api, String path, String query)
            throws InterruptedException, ExecutionException {
        return api.send(
                        "GET",
                        api.url(path).query(query.isEmpty() ? null : query).build(),
                        null,
                        MOST_BYTES,
                        TIMEOUT_NANOS)
                .get();
    }
}
