package dev.hubswarm.agent.control;

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
        return out.toString();
    }

    private static void gauge(StringBuilder out, String name, String help, long value) {
        String full = "hubswarm_agent_" + name;
        out.append("# HELP ").append(full).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(full).append(" gauge\n");
        out.append(full).append(' ').append(value).append('\n');
    }
}
