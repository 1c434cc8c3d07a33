package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.CatalogueIndex;
import dev.hubswarm.trackerclient.index.CombinedIndex;
import dev.hubswarm.trackerclient.index.LlmptIndex;
import dev.hubswarm.trackerclient.index.TorrentIndex;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** This process's place among peers and trackers. Thread-safe. */
public final class PeerNetwork implements AutoCloseable {
    /**
     * How it is to be.
     *
     * @param client our name and version, as peers and trackers are told
     * @param address at which peers call; null for all that this machine has
     * @param port where they do; 0 for any that is free, null for the usual one or the next that is free
     * @param uploadLimit bytes per second; 0 for none
     * @param downloadLimit as {@code uploadLimit}
     * @param trusted those trackers whose publishers the user believes; they are used, too
     * @param token that the trackers gave the user
     * @param notes a folder of our own
     * @param neighbours peers that are called for every file
     * @param isOurs as the {@link Announcer} wants it
     */
    public record Config(
            String client,
            @Nullable InetAddress address,
            @Nullable Integer port,
            long uploadLimit,
            long downloadLimit,
            List<TrackerUrl> trackers,
            List<TrackerUrl> trusted,
            @Nullable Redacted token,
            Path notes,
            List<PeerAddress> neighbours,
            Predicate<TrackerUrl> isOurs) {
        public Config {
            trackers = List.copyOf(trackers);
            trusted = List.copyOf(trusted);
            neighbours = List.copyOf(neighbours);
        }
    }

    private final Swarm swarm;
    private final TrackerHttp http;
    private final Announcer announcer;
    private final List<TrackerApi> apis = new ArrayList<>();
    private final Peers peers;

    /** @param random thread-safe */
    public PeerNetwork(Config config, TlsTrust tls, RandomGenerator random) throws UserError {
        PeerId peerId = PeerId.ours(random);
        SwarmConfig at = SwarmConfig.on(new InetSocketAddress(config.address, 0))
                .withLimits(config.uploadLimit, config.downloadLimit);
        swarm = Swarm.start(at, config.port, config.client, peerId, random, config.notes.resolve("bans"));
        http = new TrackerHttp(config.client.replace(' ', '/'), tls);
        announcer = new Announcer(http, peerId, swarm.address().getPort(), config.isOurs, random);
        Set<TrackerUrl> all = new LinkedHashSet<>(config.trusted);
        all.addAll(config.trackers);
        List<TorrentIndex> indexes = new ArrayList<>();
        for (TrackerUrl tracker : all) {
            if (tracker.isUdp()) continue;
            TrackerApi api = new TrackerApi(http, tracker, config.token, config.trusted.contains(tracker));
            apis.add(api);
            indexes.add(new CatalogueIndex(api, random));
            indexes.add(new LlmptIndex(api, random));
        }
        DeniedTorrents denied = new DeniedTorrents(config.notes.resolve("denied"), InstantSource.system());
        peers = Peers.of(swarm, new CombinedIndex(indexes), announcer, List.copyOf(all), config.neighbours, denied);
    }

    public Peers peers() {
        return peers;
    }

    /** Of all trackers that have one, the trusted ones first. */
    public List<TrackerApi> apis() {
        return List.copyOf(apis);
    }

    /** Says goodbye to trackers and peers. */
    @Override
    public void close() {
        announcer.close();
        swarm.close();
        http.close();
    }
}
