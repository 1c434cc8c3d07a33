package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.Mode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows how the demo goes: a bar for each node on a terminal, else a line or JSON now and then. Confined to one thread. */
final class DemoView implements Demo.Listener, AutoCloseable {
    private static final double BAR_SECONDS = 0.1;
    private static final double JSON_SECONDS = 1;
    private static final double LINE_SECONDS = 5;
    /** What stands beside a bar. */
    private static final int WORDS = 42;

    private final PrintWriter out;
    private final LiveLines picture;
    private final ProgressLine.Style style;
    private final int width;
    private final long size;
    private double shown;

    /**
     * @param err for bars
     * @param size of what each node fetches
     */
    DemoView(PrintWriter out, PrintWriter err, ProgressLine.Style style, int width, long size) {
        this.out = out;
        picture = new LiveLines(err, width);
        this.style = style;
        this.width = width;
        this.size = size;
    }

    private boolean isForPeople() {
        return style == ProgressLine.Style.BAR || style == ProgressLine.Style.LINES;
    }

    @Override
    public void began(Mode mode) {
        shown = 0;
        if (!isForPeople()) return;
        out.println();
        out.println(
                mode == Mode.HTTP
                        ? "Plain HTTP: every node fetches the file from the Hub."
                        : "Swarm: the first node has it and seeds it; as many others fetch it from the Hub and each other.");
    }

    @Override
    public void progress(List<DemoNode.Progress> nodes, double seconds) {
        double interval = style == ProgressLine.Style.BAR
                ? BAR_SECONDS
                : style == ProgressLine.Style.JSON ? JSON_SECONDS : LINE_SECONDS;
        if (style == ProgressLine.Style.NONE || seconds - shown < interval) return;
        shown = seconds;
        switch (style) {
            case BAR -> draw(nodes, seconds);
            case LINES -> out.println(total(nodes, seconds));
            case JSON ->
                out.println(Json.event("progress")
                        .put("seconds", seconds)
                        .put(
                                "nodes",
                                nodes.stream().map(node -> node.put(new Json())).toList()));
            case NONE -> {}
        }
    }

    private void draw(List<DemoNode.Progress> nodes, double seconds) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) lines.add(bar(i + 1, nodes.get(i)));
        lines.add(total(nodes, seconds));
        picture.draw(lines);
    }

    /** With # for what came from the Hub and + for what peers sent. */
    private String bar(int number, DemoNode.Progress node) {
        int room = Math.max(5, width - WORDS);
        long bytes = Math.min(size, node.bytes());
        int filled = (int) (room * bytes / size);
        int peers = (int) (filled * node.percentFromPeers() / 100);
        return String.format(
                Locale.ROOT,
                "  node %-2d [%s%s%s] %3d %%%s",
                number,
                "#".repeat(filled - peers),
                "+".repeat(peers),
                ".".repeat(room - filled),
                100 * bytes / size,
                node.fromPeers() == 0
                        ? ""
                        : String.format(Locale.ROOT, "  %2d %% from peers", node.percentFromPeers()));
    }

    private static String total(List<DemoNode.Progress> nodes, double seconds) {
        DemoNode.Progress sum = DemoNode.Progress.sum(nodes);
        return String.format(
                Locale.ROOT,
                "  %.1f s  %s from the Hub, %s from peers",
                seconds,
                Sizes.format(sum.fromHub()),
                Sizes.format(sum.fromPeers()));
    }

    @Override
    public void ended(DemoRun run) {
        picture.clear();
        if (style == ProgressLine.Style.JSON) out.println(run.put(Json.event("run")));
        if (!isForPeople()) return;
        out.printf(
                Locale.ROOT,
                "  all have it after %.1f s; %s left the Hub, %d %% came from peers%n",
                run.seconds(),
                Sizes.format(run.hubBytes()),
                run.percentFromPeers());
    }

    /** Takes the bars away. */
    @Override
    public void close() {
        picture.clear();
    }
}
