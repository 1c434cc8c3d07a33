package dev.hubswarm.agent;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.hubswarm.seeder.SeedListener;
import dev.hubswarm.seeder.SeedSnapshot;

/** Writes down what becomes of seeds. Stateless. */
final class SeedLog implements SeedListener {
    private static final System.Logger LOG = System.getLogger(SeedLog.class.getName());

    @Override
    public void shared(SeedSnapshot seed) {
        LOG.log(INFO, () -> "seeding " + name(seed));
    }

    @Override
    public void stopped(SeedSnapshot seed, String why) {
        LOG.log(INFO, () -> "no longer seeding " + name(seed) + ": " + why);
    }

    @Override
    public void failed(SeedSnapshot seed, String why) {
        LOG.log(WARNING, () -> "cannot seed " + name(seed) + ": " + why);
    }

    private static String name(SeedSnapshot seed) {
        return seed.origins().isEmpty()
                ? seed.digest().hex()
                : seed.origins().get(0).repo() + "/" + seed.origins().get(0).path();
    }
}
