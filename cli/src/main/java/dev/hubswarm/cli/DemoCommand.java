package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows on one machine, without a network, what a swarm is good for. */
@Command(
        name = "demo",
        description = "Download a file with several nodes on this machine, by plain HTTP and then as a swarm.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "It needs no network: the Hub is a stand-in on this machine, with a slow line, and so are",
            "tracker and nodes. All that it writes is in a temporary folder, which goes at its end.",
            "",
            "Examples:",
            "  hubswarm demo",
            "  hubswarm demo --nodes 8 --size 32MiB --uplink 8MiB"
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MOST_NODES = 16;
    private static final long LEAST_SIZE = 2 << 20;
    private static final long MOST_SIZE = 1L << 40;
    private static final long LEAST_UPLINK = 64 << 10;
    private static final long CLEAN_UP_SECONDS = 15;

    @Option(names = "--nodes", paramLabel = "N", description = "How many fetch it at once, 2 to 16. Default: 4.")
    private int nodes = 4;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = Sizes.class,
            description = "How large the file is, 2 MiB at least. Default: 64MiB.")
    private long size = 64 << 20;

    @Option(
            names = "--uplink",
            paramLabel = "RATE",
            converter = Sizes.class,
            description = "Bytes per second that leave the Hub for all nodes together. Default: 16MiB.")
    private long uplink = 16 << 20;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        if (nodes < 2 || nodes > MOST_NODES)
            throw usage("--nodes is " + nodes + ". Use a number from 2 to " + MOST_NODES + ".");
        if (size < LEAST_SIZE || size > MOST_SIZE)
            throw usage("--size is " + size + ". Use 2MiB or more, and not more than your disk has.");
        if (uplink < LEAST_UPLINK) throw usage("--uplink is " + uplink + ". Use 64KiB or more.");
        long startedNanos = System.nanoTime();
        List<DemoRun> runs = InterruptGuard.run(CLEAN_UP_SECONDS, this::show);
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        if (report.json())
            report.out()
                    .println(settings(Json.event("summary"))
                            .put("seconds", seconds)
                            .put(
                                    "runs",
                                    runs.stream()
                                            .map(run -> run.put(new Json()))
                                            .toList()));
        else if (!report.quiet()) printTable(runs);
        return ExitCode.DONE;
    }

    private List<DemoRun> show() throws UserError, InterruptedException {
        try (DemoWorld world = new DemoWorld(size, uplink);
                DemoView view = new DemoView(report.out(), report.err(), report.style(), Terminal.width(), size)) {
            if (report.json()) report.out().println(settings(Json.event("start")));
            else if (!report.quiet()) introduce(world);
            return new Demo(world, nodes, view).run();
        } catch (InterruptedException e) {
            report.err().println("hubswarm: Interrupted. Nothing is left of the demo.");
            throw e;
        }
    }

    private Json settings(Json json) {
        return json.put("node_count", nodes).put("size", size).put("uplink_bytes_per_second", uplink);
    }

    private void introduce(DemoWorld world) {
        PrintWriter out = report.out();
        out.printf(
                "Hub:      a stand-in at %s, with a file of %s. All in all %s/s leave it.%n",
                world.hub(), Sizes.format(size), Sizes.format(uplink));
        out.printf("Tracker:  at %s. It knows who has what.%n", world.tracker());
        out.printf(
                "Nodes:    %d in this process, each with a cache and connections of its own. Nothing limits what they%n"
                        + "          send each other but this machine.%n",
                nodes);
    }

    private void printTable(List<DemoRun> runs) {
        PrintWriter out = report.out();
        out.println();
        out.println(DemoRun.tableHead());
        for (DemoRun run : runs) out.println(run.tableRow());
        out.println();
        out.println(
                "Do this with machines of your own: `hubswarm up --detach` on each, then `hubswarm prefetch org/model`.");
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
