package dev.hubswarm.protocol.peerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private static final String HASH = "000102030405060708090a0b0c0d0e0f10111213";
    private static final String ID = "2d4853303130302d6162636465666768696a6b6c";
    private static final String PROTOCOL = "13426974546f7272656e742070726f746f636f6c";

    private static final Handshake OURS = Handshake.of(
            SwarmKey.read(ByteBuffer.wrap(HexFormat.of().parseHex(HASH))),
            PeerId.of(HexFormat.of().parseHex(ID)),
            true);

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    }

    @Test
    void itIsWrittenAsBep3And6And10And52Say() {
        ByteBuffer out = ByteBuffer.allocate(Handshake.LENGTH);
        OURS.encode(out);
        assertEquals(PROTOCOL + "0000000000100014" + HASH + ID, HexFormat.of().formatHex(out.array()));
        out.clear();
        Handshake.of(OURS.swarm(), OURS.peerId(), false).encode(out);
        assertEquals(0x04, out.get(27));
    }

    @Test
    void itIsReadWhenAllOfItIsThere() throws Exception {
        ByteBuffer in = ByteBuffer.allocate(Handshake.LENGTH + 1);
        OURS.encode(in);
        for (int present = 0; present < Handshake.LENGTH; present++) {
            in.position(0).limit(present);
            assertNull(Handshake.decode(in));
            assertEquals(0, in.position());
        }
        assertEquals(OURS, Handshake.decode(in.clear()));
        assertEquals(1, in.remaining());
    }

    @Test
    void whatItsSenderCanDoIsReadFromOneBitEach() throws Exception {
        assertEquals(List.of(false, false, false), canDo("ffffffffffefffeb"));
        assertEquals(List.of(true, false, false), canDo("0000000000000004"));
        assertEquals(List.of(false, true, false), canDo("0000000000100000"));
        assertEquals(List.of(false, false, true), canDo("0000000000000010"));
    }

    private static List<Boolean> canDo(String reserved) throws PeerProtocolException {
        Handshake read = Handshake.decode(bytes(PROTOCOL + reserved + HASH + ID));
        assertNotNull(read);
        return List.of(read.hasFast(), read.hasExtensions(), read.hasV2());
    }

    /** Or else it would be waited for: an HTTP client, or one that wants encryption, need not send 68 bytes. */
    @Test
    void anotherProtocolIsRefusedAtItsFirstByteThatDiffers() {
        for (String other : new String[] {"G", "\u0013BitTorrent protocoL", "\u0014BitTorrent"}) {
            ByteBuffer in = ByteBuffer.wrap(other.getBytes(StandardCharsets.ISO_8859_1));
            assertThrows(PeerProtocolException.class, () -> Handshake.decode(in));
        }
    }
}
