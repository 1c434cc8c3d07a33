package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.web.WebLinks;
import dev.hubswarm.p2pengine.web.WebSeed;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The web servers that one transfer is fetched from: a few at once, the next when one is of no use. Confined to the
 * swarm's loop. To be closed before its transfer is, since one that rests is no source of it.
 */
public final class WebSeeds {
    private static final System.Logger LOG = System.getLogger(WebSeeds.class.getName());
    private static final int AT_ONCE = 4;

    private record Candidate(WebLinks links, Scope nearest) {}

    private final Swarm swarm;
    private final Transfer transfer;
    private final WebDialler dialler;
    private final Queue<Candidate> candidates = new ArrayDeque<>();
    private final Set<WebSeed> seeds = new LinkedHashSet<>();
    /** From those that are not in use any more. */
    private final Map<String, Long> received = new TreeMap<>();

    private final Map<String, String> failures = new TreeMap<>();
    private boolean isOver;

    /**
     * @param torrent whose limits count; null while the transfer has none
     * @param names runs what may be kept waiting by a name service
     */
    public WebSeeds(Swarm swarm, @Nullable SwarmTorrent torrent, Transfer transfer, TlsTrust tls, Executor names) {
        this.swarm = swarm;
        this.transfer = transfer;
        Throttle throttle = torrent == null ? new Throttle(swarm.loop(), swarm.downloadLimit()) : torrent.downloads();
        dialler = new WebDialler(swarm, throttle, tls, names);
    }

    /**
     * @param nearest hosts nearer than that are not called: {@code LOOPBACK} for what the user named, {@code GLOBAL} for
     *     what a torrent names, which anybody may have written (reliability.md T27)
     */
    public void add(Collection<WebLinks> links, Scope nearest) {
        swarm.loop().assertInside();
        for (WebLinks link : links) candidates.add(new Candidate(link, nearest));
        fill();
    }

    /** Those in use. A copy. */
    public Set<WebSeed> seeds() {
        return Set.copyOf(seeds);
    }

    /** How many bytes came from which server, of those that sent any. A copy. */
    public Map<String, Long> received() {
        Map<String, Long> all = new TreeMap<>(received);
        for (WebSeed seed : seeds) count(seed, all);
        return all;
    }

    /** Why those send nothing that were of no use, or are not now. A copy. */
    public Map<String, String> failures() {
        Map<String, String> all = new TreeMap<>(failures);
        for (WebSeed seed : seeds) {
            String trouble = seed.trouble();
            if (trouble != null) all.put(seed.server(), trouble);
        }
        return all;
    }

    /** There were some, and nothing is to be hoped for from any of them. */
    public boolean areHopeless() {
        boolean isAnyLeft = !candidates.isEmpty() || !seeds.stream().allMatch(WebSeed::isHopeless);
        return !isAnyLeft && !failures().isEmpty();
    }

    private static void count(WebSeed seed, Map<String, Long> to) {
        if (seed.received() > 0) to.merge(seed.server(), seed.received(), Long::sum);
    }

    private void fill() {
        while (!isOver && seeds.size() < AT_ONCE && !candidates.isEmpty()) {
            Candidate next = candidates.remove();
            seeds.add(new WebSeed(
                    swarm.loop(), transfer, next.links, next.nearest, dialler, swarm.random(), this::closed));
        }
    }

    private void closed(WebSeed seed, String why) {
        LOG.log(System.Logger.Level.DEBUG, () -> "a web seed is of no use: " + why);
        if (seeds.remove(seed)) count(seed, received);
        failures.put(seed.server(), why);
        swarm.loop().execute(this::fill);
    }

    /** No others are asked from now on. */
    public void close() {
        isOver = true;
        for (WebSeed seed : Set.copyOf(seeds)) seed.close("we leave");
    }
}
