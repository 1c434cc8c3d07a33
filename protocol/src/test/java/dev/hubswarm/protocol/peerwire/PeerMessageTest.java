package dev.hubswarm.protocol.peerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.peerwire.PeerMessage.Bitfield;
import dev.hubswarm.protocol.peerwire.PeerMessage.Hashes;
import dev.hubswarm.protocol.peerwire.PeerMessage.Piece;
import dev.hubswarm.protocol.peerwire.PeerMessage.Signal;
import dev.hubswarm.protocol.testing.PeerMessageList;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerMessageTest {
    private static final String ROOT = "ab".repeat(32);
    private static final HashRange RANGE = new HashRange(Hash.ofHex(ROOT), 1, 4, 2, 3);

    /** A message and how BEP 3, 5, 6, 10 or 52 writes it. */
    record Sample(PeerMessage message, String hex) {}

    static Stream<Sample> samples() {
        String range = ROOT + "00000001" + "00000004" + "00000002" + "00000003";
        return Stream.of(
                new Sample(Signal.KEEP_ALIVE, "00000000"),
                new Sample(Signal.CHOKE, "0000000100"),
                new Sample(Signal.UNCHOKE, "0000000101"),
                new Sample(Signal.INTERESTED, "0000000102"),
                new Sample(Signal.NOT_INTERESTED, "0000000103"),
                new Sample(new PeerMessage.Have(0x01020304), "000000050401020304"),
                new Sample(new Bitfield(bytes("a0")), "0000000205a0"),
                new Sample(new PeerMessage.Request(1, 2, 3), "0000000d06000000010000000200000003"),
                new Sample(new Piece(1, 2, bytes("aabbcc")), "0000000c070000000100000002aabbcc"),
                new Sample(new PeerMessage.Cancel(1, 2, 3), "0000000d08000000010000000200000003"),
                new Sample(new PeerMessage.Port(0xfffe), "0000000309fffe"),
                new Sample(new PeerMessage.Suggest(7), "000000050d00000007"),
                new Sample(Signal.HAVE_ALL, "000000010e"),
                new Sample(Signal.HAVE_NONE, "000000010f"),
                new Sample(new PeerMessage.Reject(1, 2, -1), "0000000d100000000100000002ffffffff"),
                new Sample(new PeerMessage.AllowedFast(7), "000000051100000007"),
                new Sample(new PeerMessage.Extended(255, bytes("6465")), "0000000414ff6465"),
                new Sample(new PeerMessage.HashRequest(RANGE), "0000003115" + range),
                // Three proof layers for two nodes: the sibling of their parent, and two above it.
                new Sample(new Hashes(RANGE, bytes("cd".repeat(5 * 32))), "000000d116" + range + "cd".repeat(5 * 32)),
                new Sample(new PeerMessage.HashReject(RANGE), "0000003117" + range));
    }

    static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    }

    static ByteBuffer encoded(PeerMessage message) {
        ByteBuffer out = ByteBuffer.allocate(message.encodedLength());
        message.encode(out);
        assertFalse(out.hasRemaining());
        return out.flip();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void eachIsWrittenAndReadAsItsBepSays(Sample sample) throws Exception {
        assertEquals(
                sample.hex, HexFormat.of().formatHex(encoded(sample.message).array()));
        PeerMessageList read = new PeerMessageList();
        ByteBuffer in = bytes(sample.hex);
        assertTrue(new FrameDecoder(1000).next(in, read));
        assertFalse(in.hasRemaining());
        assertEquals(List.of(sample.message), read.messages());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void eachIsDispatchedToItsMethodAndCanBeWrittenAgain(Sample sample) throws Exception {
        PeerMessageList handled = new PeerMessageList();
        sample.message.accept(handled);
        assertEquals(sample.message.getClass(), handled.messages().get(0).getClass());
        assertEquals(
                sample.hex,
                HexFormat.of().formatHex(encoded(handled.messages().get(0)).array()));
    }

    @Test
    void theHeadOfABlockIsWrittenAlone() {
        Piece piece = new Piece(5, 16384, ByteBuffer.allocate(100));
        ByteBuffer head = ByteBuffer.allocate(Piece.HEAD_LENGTH);
        Piece.encodeHead(5, 16384, 100, head);
        assertEquals(encoded(piece).limit(Piece.HEAD_LENGTH), head.flip());
    }

    @Test
    void writingDoesNotUseAMessageUp() {
        for (PeerMessage message : samples().map(Sample::message).toList()) {
            assertEquals(encoded(message), encoded(message));
        }
    }

    @Test
    void theFirstPieceIsTheHighestBit() throws Exception {
        assertEquals(BitSet.valueOf(new long[] {0b1_0000_0101}), new Bitfield(bytes("a080")).pieces(9));
    }

    @Test
    void aBitfieldIsReadAsItWasWritten() throws Exception {
        Random random = new Random(1);
        for (int count = 1; count < 70; count++) {
            BitSet pieces = BitSet.valueOf(new long[] {random.nextLong(), random.nextLong()});
            pieces.clear(count, 128);
            Bitfield bitfield = Bitfield.of(pieces, count);
            assertEquals((count + 7) / 8, bitfield.bits().remaining());
            assertEquals(pieces, bitfield.pieces(count));
        }
    }

    @Test
    void aBitfieldOfAnotherLengthOrWithSpareBitsIsRefused() throws Exception {
        assertEquals(9, new Bitfield(bytes("ff80")).pieces(9).cardinality());
        assertThrows(PeerProtocolException.class, () -> new Bitfield(bytes("ff40")).pieces(9));
        assertThrows(PeerProtocolException.class, () -> new Bitfield(bytes("ff81")).pieces(9));
        assertThrows(PeerProtocolException.class, () -> new Bitfield(bytes("ff")).pieces(9));
        assertThrows(PeerProtocolException.class, () -> new Bitfield(bytes("ff8000")).pieces(9));
        assertThrows(PeerProtocolException.class, () -> new Bitfield(bytes("")).pieces(1));
    }

    /** BEP 52, "hashes": for each run of nodes that may be asked for, of blocks and of pieces, at each height of proof. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void hashesProveWhatWasAskedForIfTheyReachTheRoot(int level) throws Exception {
        int checked = 0;
        for (int width = 2; width <= 9; width++) {
            byte[] layer = SeededBytes.of(width, width * MerkleTree.NODE);
            Hash root = MerkleTree.root(layer, level);
            int height = level + 32 - Integer.numberOfLeadingZeros(width - 1);
            for (HashRange range : ranges(root, level, width)) {
                Hashes answer = Hashes.of(range, MerkleTree.prove(layer, level, range.index(), range.length()));
                PeerMessageList read = new PeerMessageList();
                new FrameDecoder(1000).next(encoded(answer), read);
                assertEquals(List.of(answer), read.messages());
                int reached = level + Integer.numberOfTrailingZeros(range.length()) + range.uncleCount();
                assertEquals(reached == height, answer.proof().leadsTo(root), range.toString());
                assertTrue(reached == height || range.proofLayers() < height - level - 1, range.toString());
                checked++;
            }
        }
        assertTrue(checked > 100, checked + " ranges");
    }

    private static List<HashRange> ranges(Hash root, int level, int width) {
        List<HashRange> ranges = new ArrayList<>();
        for (int length = 1; length <= 16; length *= 2) {
            for (int index = 0; index < width; index += length) {
                for (int proof = 0; proof < 5; proof++) {
                    HashRange range = new HashRange(root, level, index, length, proof);
                    if (range.isWithin((width * 16384L) << level)) ranges.add(range);
                }
            }
        }
        return ranges;
    }
}
