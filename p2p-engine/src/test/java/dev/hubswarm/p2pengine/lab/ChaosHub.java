package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.base.Loop;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import java.util.Random;

/** A source of long runs, which gives some back and sends others in pieces. Confined to its node's loop. */
final class ChaosHub implements Source {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    private final Loop loop;
    private final Transfer transfer;
    private final byte[] bytes;
    private final Random random;
    private final Queue<Run> runs = new ArrayDeque<>();
    private final boolean isHub;
    private boolean isGone;
    private boolean isBusy;

    private ChaosHub(Chaos chaos, Loop loop, Transfer transfer, Random random) {
        this.loop = loop;
        this.transfer = transfer;
        this.random = random;
        bytes = chaos.torrent.bytes();
        isHub = random.nextBoolean();
    }

    static ChaosHub join(Chaos chaos, Loop loop, Transfer transfer, Random random) {
        ChaosHub hub = new ChaosHub(chaos, loop, transfer, random);
        BitSet all = new BitSet();
        all.set(0, transfer.geometry().pieceCount());
        transfer.joined(hub, all);
        hub.wake();
        return hub;
    }

    boolean isGone() {
        return isGone;
    }

    @Override
    public void wake() {
        while (!isGone && runs.size() < 2) {
            Run run = transfer.pick(this, (1 + random.nextInt(20)) * (long) BLOCK);
            if (run == null) break;
            runs.add(run);
        }
        if (isGone || isBusy || runs.isEmpty()) return;
        isBusy = true;
        loop.schedule(random.nextLong(Lab.SECOND), this::deliver);
    }

    private void deliver() {
        isBusy = false;
        if (isGone) return;
        Run run = runs.remove();
        long end = run.to();
        if (random.nextInt(4) == 0) {
            // It broke off in the middle.
            long half = run.from() + random.nextLong(run.length() / BLOCK + 1) * BLOCK;
            end = Math.min(half, run.to());
        }
        for (long at = run.from(); at < end && !isGone; ) {
            long to = Math.min(end, at + (1 + random.nextInt(4)) * (long) BLOCK);
            transfer.arrived(this, at, ByteBuffer.wrap(bytes, (int) at, (int) (to - at)));
            at = to;
        }
        if (!isGone && end < run.to()) transfer.gaveBack(this, new Run(end, run.to()));
        wake();
    }

    /** It comes all the same. */
    @Override
    public void cancel(Run run) {}

    @Override
    public boolean isHub() {
        return isHub;
    }

    @Override
    public boolean takesLongRuns() {
        return true;
    }

    @Override
    public double bytesPerSecond() {
        return 100_000;
    }

    @Override
    public void close(String why) {
        if (isGone) return;
        isGone = true;
        transfer.left(this);
    }
}
