package dev.hubswarm.bench;

import dev.hubswarm.protocol.peerwire.FrameDecoder;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Piece;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What one block costs on the wire, beside its bytes: a request and a piece, each written and read. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PeerWireBenchmark {
    private static final int BLOCK = 16384;
    private static final int BLOCKS = 64;

    private final ByteBuffer stream = ByteBuffer.allocateDirect(BLOCKS * (Piece.HEAD_LENGTH + BLOCK + 17));
    private final ByteBuffer out = ByteBuffer.allocateDirect(BLOCKS * (Piece.HEAD_LENGTH + 17));
    private final FrameDecoder decoder = new FrameDecoder(BLOCK);
    private final Counting counting = new Counting();

    public PeerWireBenchmark() {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        for (int i = 0; i < BLOCKS; i++) {
            new Request(i, 0, BLOCK).encode(stream);
            new Piece(i, 0, block).encode(stream);
        }
    }

    /** Reads the messages; nobody copies the blocks. */
    @Benchmark
    @OperationsPerInvocation(BLOCKS)
    public long read() throws PeerProtocolException {
        stream.flip();
        while (decoder.next(stream, counting)) {}
        return counting.bytes;
    }

    /** Writes requests, and heads of blocks. */
    @Benchmark
    @OperationsPerInvocation(BLOCKS)
    public ByteBuffer write() {
        out.clear();
        for (int i = 0; i < BLOCKS; i++) {
            new Request(i, 0, BLOCK).encode(out);
            Piece.encodeHead(i, 0, BLOCK, out);
        }
        return out;
    }

    private static final class Counting implements PeerMessage.Handler {
        private long bytes;

        @Override
        public void keepAlive() {}

        @Override
        public void choke() {}

        @Override
        public void unchoke() {}

        @Override
        public void interested() {}

        @Override
        public void notInterested() {}

        @Override
        public void have(PeerMessage.Have message) {}

        @Override
        public void bitfield(PeerMessage.Bitfield message) {}

        @Override
        public void request(Request message) {
            bytes += message.length();
        }

        @Override
        public void piece(Piece message) {
            bytes += message.block().remaining();
        }

        @Override
        public void cancel(PeerMessage.Cancel message) {}

        @Override
        public void port(PeerMessage.Port message) {}

        @Override
        public void suggest(PeerMessage.Suggest message) {}

        @Override
        public void haveAll() {}

        @Override
        public void haveNone() {}

        @Override
        public void reject(PeerMessage.Reject message) {}

        @Override
        public void allowedFast(PeerMessage.AllowedFast message) {}

        @Override
        public void extended(PeerMessage.Extended message) {}

        @Override
        public void hashRequest(PeerMessage.HashRequest message) {}

        @Override
        public void hashes(PeerMessage.Hashes message) {}

        @Override
        public void hashReject(PeerMessage.HashReject message) {}
    }
}
