package dev.hubswarm.agent.control;

import dev.hubswarm.seeder.SeedSnapshot;
import dev.hubswarm.seeder.SeedSnapshot.State;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** An agent's figures as Prometheus reads them (text format 0.0.4): no names of repos, files or peers. Stateless. */
final class AgentMetrics {
    private AgentMetrics() {}

    static String of(AgentStatus status) {
        StringBuilder out = new StringBuilder();
        gauge(out, "uptime_seconds", "since the start", status.up().toSeconds());
        gauge(
                out,
                "transfers",
                "files that are being fetched",
                status.transfers().size());
        Map<State, Integer> states = new EnumMap<>(State.class);
        for (SeedSnapshot seed : status.seeds()) states.merge(seed.state(), 1, Integer::sum);
        head(out, "seeds", "files by what is done with them", "gauge");
        for (State state : State.values()) {
            String label = state.name().toLowerCase(Locale.ROOT);
            value(out, "seeds{state=\"" + label + "\"}", states.getOrDefault(state, 0));
        }
        long peers = status.seeds().stream().mapToLong(SeedSnapshot::peers).sum();
        gauge(out, "seed_peers", "connections to peers of what is seeded", peers);
        head(out, "sent_bytes_total", "of files that are seeded, ever", "counter");
        value(
                out,
                "sent_bytes_total",
                status.seeds().stream().mapToLong(SeedSnapshot::uploaded).sum());
        return out.toString();
    }

    private static void gauge(StringBuilder out, String name, String help, long value) {
        head(out, name, help, "gauge");
        value(out, name, value);
    }

    private static void head(StringBuilder out, String name, String help, String type) {
        String full = "hubswarm_agent_" + name;
        out.append("# HELP ").append(full).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(full).append(' ').append(type).append('\n');
    }

    private static void value(StringBuilder out, String name, long value) {
        out.append("hubswarm_agent_").append(name).append(' ').append(value).append('\n');
    }
}
