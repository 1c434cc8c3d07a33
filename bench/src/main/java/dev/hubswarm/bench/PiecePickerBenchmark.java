package dev.hubswarm.bench;

import dev.hubswarm.p2pengine.transfer.PiecePicker;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole download's decisions, from the first block to the last: for each block one pick, one arrival and one have
 * message; a tenth of the sources have everything, the others half of it at first. Memory is the usual 64 MiB.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
public class PiecePickerBenchmark {
    private static final int BLOCKS = 1_600_000;
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final int IN_FLIGHT = 32;

    @Param({"100000", "1600000"})
    private int pieces;

    @Param({"100"})
    private int sources;

    private @Nullable Download download;

    @Setup(Level.Invocation)
    public void begin() {
        download = new Download(pieces, sources);
    }

    @Benchmark
    @OperationsPerInvocation(BLOCKS)
    public int perBlock() {
        return Objects.requireNonNull(download).run();
    }

    private static final class Download implements PiecePicker.Room {
        final SplittableRandom random = new SplittableRandom(1);
        final List<Peer> peers = new ArrayList<>();
        final PieceGeometry geometry;
        final PiecePicker picker;
        int free;

        Download(int pieces, int sources) {
            geometry = new PieceGeometry((long) BLOCKS * BLOCK, BLOCKS / pieces * BLOCK);
            free = (64 << 20) / geometry.pieceLength();
            picker = new PiecePicker(geometry, new BitSet(), this, random.split());
            for (int i = 0; i < sources; i++) {
                BitSet has = new BitSet(pieces);
                for (int piece = 0; piece < pieces; piece++) has.set(piece, i % 10 == 0 || random.nextBoolean());
                Peer peer = new Peer();
                peers.add(peer);
                picker.joined(peer, has, 0);
            }
        }

        int run() {
            long now = 0;
            int rounds = 0;
            for (; picker.left() > 0; rounds++) {
                now += 100_000_000;
                for (Peer peer : peers) {
                    for (Run run = peer.runs.poll(); run != null; run = peer.runs.poll()) arrive(peer, run, now);
                    while (peer.runs.size() < IN_FLIGHT) {
                        Run run = picker.pick(peer, BLOCK, now);
                        if (run == null) break;
                        peer.runs.add(run);
                    }
                }
            }
            return rounds;
        }

        private void arrive(Peer peer, Run run, long now) {
            int piece = geometry.pieceAt(run.from());
            if (picker.arrived(peer, run.from(), now) && picker.state(piece) == PiecePicker.State.COMPLETE) {
                picker.verified(piece);
                free++;
                picker.roomAgain();
            }
            picker.has(peers.get(random.nextInt(peers.size())), random.nextInt(geometry.pieceCount()));
        }

        @Override
        public boolean open(int piece) {
            if (free == 0) return false;
            free--;
            return true;
        }

        @Override
        public void abandon(int piece) {
            free++;
        }
    }

    private static final class Peer implements Source {
        final Queue<Run> runs = new ArrayDeque<>();

        @Override
        public boolean isHub() {
            return false;
        }

        @Override
        public void wake() {}

        @Override
        public void cancel(Run run) {
            runs.remove(run);
        }

        @Override
        public boolean takesLongRuns() {
            return false;
        }

        @Override
        public double bytesPerSecond() {
            return 10 * IN_FLIGHT * BLOCK;
        }

        @Override
        public void close(String why) {}
    }
}
