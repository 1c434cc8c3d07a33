package dev.hubswarm.protocol.peerwire;

import static dev.hubswarm.protocol.peerwire.PeerMessageTest.bytes;
import static dev.hubswarm.protocol.peerwire.PeerMessageTest.encoded;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.peerwire.PeerMessage.Piece;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerMessage.Signal;
import dev.hubswarm.protocol.testing.PeerMessageList;
import dev.hubswarm.testkit.Cost;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private final FrameDecoder decoder = new FrameDecoder(1000);
    private final PeerMessageList read = new PeerMessageList();

    /** All the samples in one stream. */
    private static ByteBuffer stream() {
        List<PeerMessage> samples = samples();
        ByteBuffer stream = ByteBuffer.allocate(
                samples.stream().mapToInt(PeerMessage::encodedLength).sum());
        samples.forEach(message -> message.encode(stream));
        return stream.flip();
    }

    private static List<PeerMessage> samples() {
        return PeerMessageTest.samples().map(PeerMessageTest.Sample::message).toList();
    }

    /** As sockets do: nothing is left out or read twice, wherever the stream is cut. */
    @Test
    void messagesAreReadAtEverySplitOfTheStream() throws Exception {
        ByteBuffer stream = stream();
        int length = stream.limit();
        for (int split = 0; split <= length; split++) {
            PeerMessageList all = new PeerMessageList();
            stream.position(0).limit(split);
            while (decoder.next(stream, all)) {}
            stream.limit(length);
            while (decoder.next(stream, all)) {}
            assertFalse(stream.hasRemaining());
            assertEquals(samples(), all.messages());
        }
    }

    @Test
    void messagesAreReadByteByByte() throws Exception {
        ByteBuffer stream = stream();
        int length = stream.limit();
        for (int present = 0; present <= length; present++) {
            stream.limit(present);
            while (decoder.next(stream, read)) {}
        }
        assertEquals(samples(), read.messages());
    }

    /** BEP 3, and what BEP 10 says of names. */
    @ParameterizedTest
    @ValueSource(ints = {10, 11, 12, 18, 19, 24, 99, 255})
    void unknownMessagesArePassedOver(int id) throws Exception {
        for (String body : List.of("", "00", "aa".repeat(500))) {
            int length = 1 + body.length() / 2;
            ByteBuffer in = bytes(String.format("%08x%02x%s", length, id, body) + "0000000101");
            assertTrue(decoder.next(in, read));
            assertTrue(decoder.next(in, read));
        }
        assertEquals(List.of(Signal.UNCHOKE, Signal.UNCHOKE, Signal.UNCHOKE), read.messages());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000400a", "7fffffff", "80000000", "ffffffff"})
    void aMessageThatIsTooLongIsRefusedBeforeItComes(String length) {
        assertThrows(PeerProtocolException.class, () -> decoder.next(bytes(length), read));
    }

    @Test
    void blocksAreAsLongAsWasAgreedAndOtherMessagesAreNot() throws Exception {
        Piece usual = new Piece(0, 0, ByteBuffer.allocate(16384));
        Piece longer = new Piece(0, 0, ByteBuffer.allocate(16385));
        assertTrue(decoder.next(encoded(usual), read));
        assertThrows(PeerProtocolException.class, () -> decoder.next(encoded(longer), read));
        decoder.agreeOnBlocks(16385);
        decoder.agreeOnBlocks(1);
        assertTrue(decoder.next(encoded(longer), read));
        for (int id : new int[] {5, 20, 22, 99}) {
            String head = String.format("%08x%02x", 1001, id);
            assertThrows(PeerProtocolException.class, () -> decoder.next(bytes(head), read), head);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000200", "0000000201", "0000000202", "0000000203", "000000020e", "000000020f", "0000000104",
                "0000000604", "000000060d", "0000000411", "0000000c06", "0000000e06", "0000000c08", "0000000e10",
                "0000000907", "0000000409", "0000000209", "0000000114", "0000003015", "0000003215", "0000003017",
                "0000003016", "0000003216", "0000005016", "0000005216"
            })
    void aLengthThatAKindCannotHaveIsRefusedBeforeTheMessageComes(String head) {
        assertThrows(PeerProtocolException.class, () -> decoder.next(bytes(head), read));
    }

    @Test
    void hashesAreAsManyAsTheirRangeSays() throws Exception {
        String range = "ab".repeat(32) + "00000000" + "00000000" + "00000002" + "00000001";
        assertTrue(decoder.next(bytes("0000009116" + range + "cd".repeat(3 * 32)), read));
        assertThrows(
                PeerProtocolException.class,
                () -> decoder.next(bytes("0000007116" + range + "cd".repeat(2 * 32)), read));
        assertThrows(
                PeerProtocolException.class,
                () -> decoder.next(bytes("000000b116" + range + "cd".repeat(4 * 32)), read));
        String minus = "ab".repeat(32) + "00000000" + "00000000" + "fffffffe" + "00000002";
        assertThrows(PeerProtocolException.class, () -> decoder.next(bytes("0000003116" + minus), read));
    }

    @Test
    void aBlockIsHandedOutWhereItStands() throws Exception {
        ByteBuffer in = bytes("0000000c070000000100000002aabbcc" + "0000000100");
        decoder.next(in, new PeerMessageList() {
            @Override
            public void piece(Piece message) {
                assertSame(in, message.block());
                assertEquals(3, message.block().remaining());
                assertEquals((byte) 0xaa, message.block().get());
            }
        });
        assertEquals(16, in.position());
        assertTrue(decoder.next(in, read));
        assertEquals(List.of(Signal.CHOKE), read.messages());
    }

    @Test
    void theStreamGoesOnBehindAMessageThatWasRefused() throws Exception {
        ByteBuffer in = bytes("0000000c070000000100000002aabbcc" + "0000000100");
        PeerProtocolException refusal = new PeerProtocolException("not asked for");
        PeerMessageList refusing = new PeerMessageList() {
            @Override
            public void piece(Piece message) throws PeerProtocolException {
                throw refusal;
            }
        };
        assertSame(refusal, assertThrows(PeerProtocolException.class, () -> decoder.next(in, refusing)));
        assertTrue(decoder.next(in, read));
        assertEquals(List.of(Signal.CHOKE), read.messages());
    }

    /** At 10 Gbit/s there are 76,000 blocks a second, and as many requests. */
    @Test
    void aBlockAndARequestCostOneRecordEach() throws Exception {
        ByteBuffer in = ByteBuffer.allocate(40_000);
        new Piece(1, 2, ByteBuffer.allocate(16384)).encode(in);
        new Request(1, 2, 16384).encode(in);
        in.flip();
        FrameDecoder large = new FrameDecoder(1000);
        int[] bytes = new int[1];
        PeerMessageList handler = new PeerMessageList() {
            @Override
            public void piece(Piece message) {
                bytes[0] += message.block().remaining();
            }

            @Override
            public void request(Request message) {
                bytes[0] += message.length();
            }
        };
        int runs = 1_000;
        Cost.Work work = () -> {
            for (int run = 0; run < runs; run++) {
                in.position(0);
                while (large.next(in, handler)) {}
            }
        };
        work.run();
        long allocated = Cost.of(work).allocatedBytes() / runs;
        assertEquals(2 * runs * 2 * 16384, bytes[0]);
        assertTrue(allocated <= 64, allocated + " bytes for both");
    }
}
