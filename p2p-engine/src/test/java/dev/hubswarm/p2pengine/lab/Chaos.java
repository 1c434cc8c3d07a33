package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.p2pengine.store.MemoryFiles;
import dev.hubswarm.p2pengine.store.Sample;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.VirtualProcess;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.SimNetwork;
import dev.hubswarm.testkit.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A few engines, real but for time, network and disk, to which everything happens that can: lines break, peers choke,
 * reject, forget and lie, disks are slow, full or unreadable, processes stand still and begin anew. After a while that
 * ends, somebody comes who has everything, and all must have it soon. Confined to its test's thread; the seed tells all.
 */
final class Chaos {
    private static final long SECOND = Lab.SECOND;
    private static final long PATIENCE = 3600 * SECOND;
    private static final int MOST_STEPS = 3_000_000;
    private static final Map<String, SmallTorrent> TORRENTS = new ConcurrentHashMap<>();

    final VirtualLoop loop = new VirtualLoop();
    final Random random;
    final SimNetwork network;
    final SmallTorrent torrent;
    final Sample sample;
    private final SegmentPool segments;
    /** Where lines are quick, requests are long. */
    private final long slowest;

    private final List<VirtualProcess> processes = new ArrayList<>();
    private final List<ChaosNode> nodes = new ArrayList<>();
    private boolean isCalm;
    private boolean isOver;
    private int steps;

    Chaos(long seed, SegmentPool segments) {
        this.segments = segments;
        random = new Random(seed);
        network = new SimNetwork(loop, new Random(seed));
        TorrentVersion version = List.of(TorrentVersion.values()).get(random.nextInt(3));
        int length = (16 << 10) << (random.nextInt(12) == 0 ? 5 : random.nextInt(4));
        slowest = random.nextInt(3) == 0 ? 1_000_000 : 20_000;
        int pieces = 2 + random.nextInt(length > 1 << 18 ? 2 : 8);
        int rest = random.nextBoolean() ? 5 : length / 2 + 1;
        torrent = TORRENTS.computeIfAbsent(
                version + " " + length + " " + pieces + " " + rest,
                key -> SmallTorrent.of(version, length, length * pieces + rest));
        sample = new Sample(torrent.metainfo(), torrent.bytes());
    }

    private ChaosNode add(VirtualProcess process, MemoryFiles files) {
        long rate = (long) (slowest * Math.pow(1000, random.nextDouble()));
        ChaosNode node = new ChaosNode(this, nodes.size(), process, files, network.host(rate, rate));
        nodes.add(node);
        return node;
    }

    private VirtualProcess process() {
        VirtualProcess process = new VirtualProcess(
                loop,
                new Random(random.nextLong()),
                segments,
                torrent.metainfo().pieceLength());
        processes.add(process);
        return process;
    }

    private MemoryFiles files(double share) {
        MemoryFiles files = new MemoryFiles(sample);
        for (int piece = 0; piece < torrent.geometry().pieceCount(); piece++) {
            if (random.nextDouble() >= share) continue;
            files.hold(piece, random.nextBoolean());
            if (share < 1 && random.nextInt(8) == 0)
                files.damage(torrent.geometry().offsetOf(piece));
        }
        return files;
    }

    /** Returns a hash of all that went over the network. */
    long run() {
        int count = 2 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            VirtualProcess process = i > 0 && random.nextInt(3) == 0 ? processes.get(0) : process();
            add(process, files(i == 0 ? 1 : random.nextInt(3) * 0.3)).begin();
        }
        for (ChaosNode node : nodes) node.misbehave();
        long end = (5 + random.nextInt(60)) * SECOND;
        loop.schedule(0, this::act);
        advance(end, false);
        isCalm = true;
        for (ChaosNode node : nodes) node.behave();
        add(process(), files(1)).begin();
        loop.schedule(SECOND, this::reconnect);
        if (!advance(PATIENCE, true)) throw new AssertionError("it never ends: " + nodes);
        isOver = true;
        nodes.forEach(ChaosNode::end);
        if (!loop.runUntil(() -> nodes.stream().allMatch(ChaosNode::hasEnded), PATIENCE)) {
            throw new AssertionError("a store never ended");
        }
        loop.advance(600 * SECOND);
        processes.forEach(VirtualProcess::checkEnd);
        if (VirtualProcess.lent(segments) != 0) throw new AssertionError("memory was lost");
        if (loop.timers() != 0) throw new AssertionError(loop.timers() + " timers are left");
        return network.eventHash();
    }

    private boolean advance(long nanos, boolean untilDone) {
        return loop.runUntil(
                () -> {
                    check();
                    return untilDone && nodes.stream().allMatch(ChaosNode::isDone);
                },
                nanos);
    }

    private void check() {
        if (++steps > MOST_STEPS) throw new AssertionError("it spins");
        nodes.forEach(ChaosNode::checkInvariants);
        processes.forEach(VirtualProcess::checkInvariants);
        long may = processes.stream().mapToLong(VirtualProcess::mayLend).sum();
        long lent = VirtualProcess.lent(segments);
        boolean isClosing = nodes.stream().anyMatch(node -> node.isClosing() || node.isBroken());
        if (lent > may && !isClosing) throw new AssertionError(lent + " bytes lent, and " + may + " promised");
    }

    private void act() {
        if (isCalm) return;
        ChaosNode one = nodes.get(random.nextInt(nodes.size()));
        ChaosNode other = nodes.get(random.nextInt(nodes.size()));
        one.suffer(random.nextInt(14), other);
        loop.schedule(random.nextLong(random.nextInt(6) == 0 ? 4 * SECOND : SECOND / 4), this::act);
    }

    void connect(ChaosNode from, ChaosNode to) {
        if (from == to || from.isConnectedTo(to) || !from.isUp() || !to.isUp()) return;
        SimNetwork.Path path = isCalm
                ? new SimNetwork.Path(10_000_000, 0)
                : new SimNetwork.Path(random.nextInt(200) * 1_000_000L, random.nextInt(3) * 0.02);
        ChaosWire.connect(from, to, path, isCalm || random.nextInt(3) > 0);
    }

    private void reconnect() {
        if (isOver) return;
        nodes.forEach(node -> {
            if (!node.isUp() && !node.isClosing()) node.begin();
        });
        ChaosNode whole = nodes.get(nodes.size() - 1);
        for (ChaosNode node : nodes) if (!node.isDone()) connect(node, whole);
        if (!nodes.stream().allMatch(ChaosNode::isDone)) loop.schedule(20 * SECOND, this::reconnect);
    }

    boolean isCalm() {
        return isCalm;
    }
}
