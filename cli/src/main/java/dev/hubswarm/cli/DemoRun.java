package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.Mode;
import java.util.List;
import java.util.Locale;

/**
 * How long nodes took to have the file, and where from they had it, as it was measured. Immutable.
 *
 * @param hubBytes that left the Hub, also those that nobody kept
 */
record DemoRun(Mode mode, long hubBytes, List<Node> nodes) {
    /** @param verified whether its file is what the Hub says it is */
    record Node(double seconds, DemoNode.Progress bytes, boolean verified) {}

    DemoRun {
        nodes = List.copyOf(nodes);
    }

    /** Until the last had it. */
    double seconds() {
        return nodes.stream().mapToDouble(Node::seconds).max().orElse(0);
    }

    /** Of what the nodes have. */
    long percentFromPeers() {
        return DemoNode.Progress.sum(nodes.stream().map(Node::bytes).toList()).percentFromPeers();
    }

    static String tableHead() {
        return String.format(Locale.ROOT, "%-12s%10s%16s%14s", "", "time", "left the Hub", "from peers");
    }

    String tableRow() {
        return String.format(
                Locale.ROOT,
                "%-12s%8.1f s%16s%12d %%",
                mode == Mode.HTTP ? "plain HTTP" : "swarm",
                seconds(),
                Sizes.format(hubBytes),
                percentFromPeers());
    }

    /** Adds what there is to say. */
    Json put(Json json) {
        return json.put("mode", mode.name().toLowerCase(Locale.ROOT))
                .put("seconds", seconds())
                .put("hub_bytes", hubBytes)
                .put("percent_from_peers", percentFromPeers())
                .put("nodes", nodes.stream().map(DemoRun::json).toList());
    }

    private static Json json(Node node) {
        return node.bytes.put(new Json().put("seconds", node.seconds).put("verified", node.verified));
    }
}
