package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.testkit.SimNetwork;
import dev.hubswarm.testkit.VirtualLoop;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A swarm in virtual time: real transfers and sessions, and a network, disks and a tracker that are not. Confined to its
 * test's thread. The same seed gives the same run.
 */
public final class Lab {
    public static final long SECOND = 1_000_000_000L;
    public static final long MIB = 1 << 20;
    public static final long GIB = 1 << 30;
    /** Bytes per second. */
    public static final long MEGABIT = 125_000;

    /** As many as trackers give. */
    private static final int DIALLED = 25;

    private static final int MOST_CONNECTIONS = 60;
    private static final long ASK_TRACKER_NANOS = 30 * SECOND;
    private static final SimNetwork.Path PATH = new SimNetwork.Path(10_000_000, 0);

    private final long seed;
    private final VirtualLoop loop = new VirtualLoop();
    private final Random random;
    private final SimNetwork network;
    private final Metainfo torrent;
    private final List<LabNode> nodes = new ArrayList<>();
    private final List<LabNode> present = new ArrayList<>();
    private final Set<LabNode> unfinished = new HashSet<>();
    private final Set<PeerAddress> honest = new HashSet<>();
    private SimNetwork.Path path = PATH;
    private int stepsPerCheck = 1000;
    private long steps;

    /** Of one file of that size, on the canonical grid. */
    public Lab(long seed, long size) {
        this(seed, size, PieceLengthPolicy.forSize(size));
    }

    public Lab(long seed, long size, int pieceLength) {
        this(seed, size, pieceLength, TorrentVersion.HYBRID);
    }

    public Lab(long seed, long size, int pieceLength, TorrentVersion version) {
        this.seed = seed;
        random = new Random(seed);
        network = new SimNetwork(loop, new Random(seed));
        torrent = torrent(size, pieceLength, version);
    }

    /** Its hashes say nothing: the stores know what is right. In v1 alone no hashes of blocks can be asked for. */
    private static Metainfo torrent(long size, int pieceLength, TorrentVersion version) {
        int pieces = (int) ((size + pieceLength - 1) / pieceLength);
        byte[] layer = new byte[pieces * Hash.SHA256_LENGTH];
        Hash root = version.hasV2() ? MerkleTree.root(layer, MerkleTree.pieceLevel(pieceLength)) : null;
        FileEntry file = new FileEntry(List.of("weights"), size, 0, root, false);
        byte[] info = TorrentWriter.info(new TorrentWriter.Info(
                version, "weights", pieceLength, true, List.of(file), new byte[pieces * Hash.SHA1_LENGTH], false));
        Map<Hash, byte[]> layers = root == null ? null : Map.of(root, layer);
        try {
            return Metainfo.readStrictly(TorrentWriter.torrent(info, layers, TorrentExtras.NONE));
        } catch (MetainfoException e) {
            throw new AssertionError(e);
        }
    }

    /** What lies between nodes that connect from now on. */
    public Lab path(long delayNanos, double loss) {
        path = new SimNetwork.Path(delayNanos, loss);
        return this;
    }

    /** After every step, if 1. */
    public Lab checkEach(int steps) {
        stepsPerCheck = steps;
        return this;
    }

    public LabNode seed(long bytesPerSecond) {
        return add(Behaviour.HONEST, bytesPerSecond, all());
    }

    public LabNode leecher(long bytesPerSecond) {
        return add(Behaviour.HONEST, bytesPerSecond, new BitSet());
    }

    public List<LabNode> leechers(int count, long bytesPerSecond) {
        return Stream.generate(() -> leecher(bytesPerSecond)).limit(count).toList();
    }

    public LabNode add(Behaviour behaviour, long bytesPerSecond) {
        return add(behaviour, bytesPerSecond, behaviour == Behaviour.GREEDY ? new BitSet() : all());
    }

    public LabNode add(Behaviour behaviour, long bytesPerSecond, BitSet pieces) {
        return add(behaviour, bytesPerSecond, pieces, PeerAddress.v4(0x5db80000 + nodes.size(), 6881));
    }

    /** It joins at once, and asks the tracker again while it has few peers. */
    public LabNode add(Behaviour behaviour, long bytesPerSecond, BitSet pieces, PeerAddress address) {
        SimNetwork.Host host = network.host(bytesPerSecond, bytesPerSecond);
        LabNode node = new LabNode(this, loop, nodes.size(), address, host, behaviour, pieces);
        nodes.add(node);
        if (behaviour == Behaviour.HONEST) honest.add(address);
        if (behaviour == Behaviour.HONEST && !node.transfer().isComplete()) unfinished.add(node);
        askTracker(node);
        present.add(node);
        return node;
    }

    public BitSet all() {
        BitSet all = new BitSet();
        all.set(0, torrent.pieceCount());
        return all;
    }

    public void later(long nanos, Runnable task) {
        loop.schedule(nanos, task);
    }

    public long elapsedNanos() {
        return loop.elapsedNanos();
    }

    /** S64. */
    public long eventHash() {
        return network.eventHash();
    }

    public long messages() {
        return network.delivered();
    }

    /**
     * Lets time pass until each honest node has everything.
     *
     * @return whether that came to be
     */
    public boolean run(long withinNanos) {
        boolean isDone = loop.runUntil(this::isDone, withinNanos);
        nodes.forEach(LabNode::checkInvariants);
        return isDone;
    }

    private boolean isDone() {
        if (++steps % stepsPerCheck == 0) {
            nodes.get((int) (steps / stepsPerCheck % nodes.size())).checkInvariants();
        }
        return unfinished.isEmpty();
    }

    Metainfo torrent() {
        return torrent;
    }

    long seed() {
        return seed;
    }

    boolean isHonest(PeerAddress address) {
        return honest.contains(address);
    }

    void finished(LabNode node) {
        unfinished.remove(node);
    }

    void gone(LabNode node) {
        unfinished.remove(node);
        present.remove(node);
    }

    private void askTracker(LabNode node) {
        List<LabNode> others = new ArrayList<>(present);
        Collections.shuffle(others, random);
        int room = Math.max(0, DIALLED - node.connected());
        others.stream()
                .filter(other -> other != node && other.connected() < MOST_CONNECTIONS)
                .filter(other -> !node.isConnectedTo(other) && !node.refuses(other) && !other.refuses(node))
                .filter(other ->
                        !node.transfer().isComplete() || !other.transfer().isComplete())
                .limit(room)
                .toList()
                .forEach(other -> LabWire.connect(node, other, path));
        loop.schedule(ASK_TRACKER_NANOS, () -> {
            if (present.contains(node)) askTracker(node);
        });
    }
}
