package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.base.UserError;
import dev.hubswarm.seeder.SeedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Lets nodes fetch one file at once, first from the Hub alone, then as a swarm. Confined to one thread. */
final class Demo {
    private static final System.Logger LOG = System.getLogger(Demo.class.getName());

    /** Hears how it goes. */
    interface Listener {
        void began(Mode mode);

        /** Called a few times a second. */
        void progress(List<DemoNode.Progress> nodes, double seconds);

        void ended(DemoRun run);
    }

    private static final long TICK_MILLIS = 100;
    private static final long CLEAN_UP_SECONDS = 8;

    private final DemoWorld world;
    private final int nodes;
    private final Listener listener;

    Demo(DemoWorld world, int nodes, Listener listener) {
        this.world = world;
        this.nodes = nodes;
        this.listener = listener;
    }

    /** What a node has, and when it had it. */
    private record Fetched(SeedRequest file, double seconds) {}

    /** @param first what the first node has */
    private record Ended(DemoRun run, SeedRequest first) {}

    List<DemoRun> run() throws UserError, InterruptedException {
        Ended http = run(Mode.HTTP, "http-");
        for (int i = 2; i <= nodes; i++) DemoWorld.delete(world.folder("http-" + i));
        try (DemoSeed seed = new DemoSeed(world, world.folder("seed"))) {
            seed.share(http.first);
            return List.of(http.run, run(Mode.RACE, "swarm-").run);
        }
    }

    private Ended run(Mode mode, String names) throws UserError, InterruptedException {
        listener.began(mode);
        List<DemoNode> all = new ArrayList<>();
        try {
            for (int i = 1; i <= nodes; i++) all.add(new DemoNode(world, world.folder(names + i), mode));
            Ended ended = fetch(mode, all);
            listener.ended(ended.run);
            return ended;
        } finally {
            all.forEach(DemoNode::close);
        }
    }

    private Ended fetch(Mode mode, List<DemoNode> all) throws UserError, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        try {
            world.takeHubBytes();
            long began = System.nanoTime();
            List<Future<Fetched>> fetching = new ArrayList<>();
            for (DemoNode node : all) fetching.add(threads.submit(() -> new Fetched(node.fetch(), since(began))));
            List<Fetched> fetched = new ArrayList<>();
            for (Future<Fetched> one : fetching) fetched.add(await(one, all, began));
            List<DemoRun.Node> ended = new ArrayList<>();
            for (int i = 0; i < nodes; i++)
                ended.add(new DemoRun.Node(
                        fetched.get(i).seconds,
                        all.get(i).progress(),
                        all.get(i).isVerified()));
            return new Ended(new DemoRun(mode, world.takeHubBytes(), ended), fetched.get(0).file);
        } finally {
            threads.shutdownNow();
            // They hold files until they heard the interrupt.
            if (!threads.awaitTermination(CLEAN_UP_SECONDS, TimeUnit.SECONDS))
                LOG.log(System.Logger.Level.WARNING, () -> "A node of the demo does not end");
        }
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private Fetched await(Future<Fetched> fetched, List<DemoNode> all, long began)
            throws UserError, InterruptedException {
        while (true) {
            try {
                return fetched.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                listener.progress(all.stream().map(DemoNode::progress).toList(), since(began));
            } catch (ExecutionException e) {
                if (e.getCause() instanceof UserError error) throw error;
                throw new IllegalStateException("a node of the demo broke", e);
            }
        }
    }
}
