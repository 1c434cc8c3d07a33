package dev.hubswarm.seeder;

import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.trackerclient.announce.Announcer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * What a seeder works with, none of which it closes. Immutable.
 *
 * @param stores of the process, and its open files, whose number is limited
 * @param home the folder of our own state
 * @param denied digests and info hashes that must not be shared. Asked on the seeder's thread
 * @param random thread-safe
 */
public record SeederParts(
        Swarm swarm,
        StoreResources stores,
        OpenFiles files,
        Announcer announcer,
        List<SeedTracker> trackers,
        HubOrigin hub,
        Path home,
        SeedPolicy policy,
        Predicate<Hash> denied,
        Clock clock,
        RandomGenerator random) {
    public SeederParts {
        trackers = List.copyOf(trackers);
    }
}
