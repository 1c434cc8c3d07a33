package dev.hubswarm.protocol.peerwire;

import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.peerwire.UtPex.Contact;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtensionMessageTest {
    private static final PeerAddress V4 = address("10.1.2.3", 6881);
    private static final PeerAddress V6 = address("2001:db8::1", 65535);
    private static final ExtensionHandshake NOTHING =
            new ExtensionHandshake(Map.of(), "", 0, 0, null, null, null, 0, false, 16384);

    private static PeerAddress address(String host, int port) {
        return Objects.requireNonNull(PeerAddress.parse(host, port));
    }

    private static ExtensionHandshake handshake(Object... keysAndValues) throws PeerProtocolException {
        return ExtensionHandshake.decode(ByteBuffer.wrap(encode(dict(keysAndValues))));
    }

    private static UtPex pex(Object... keysAndValues) throws PeerProtocolException {
        return UtPex.decode(ByteBuffer.wrap(encode(dict(keysAndValues))));
    }

    private static ByteBuffer ascii(String payload) {
        return ByteBuffer.wrap(payload.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String text(ExtensionMessage message) {
        return StandardCharsets.ISO_8859_1.decode(message.encode()).toString();
    }

    // The envelope

    @ParameterizedTest
    @EnumSource
    void eachExtensionIsKnownByOurNumberAndWrittenByTheirs(Extension extension) throws Exception {
        ExtensionMessage message = switch (extension) {
            case LT_DONTHAVE -> new DontHave(7);
            case UPLOAD_ONLY -> new UploadOnly(true);
            case UT_METADATA -> UtMetadata.reject(7);
            case UT_PEX -> new UtPex(List.of(), List.of());
        };
        assertEquals(message, ExtensionMessage.decode(new PeerMessage.Extended(extension.id(), message.encode())));
        List<String> handled = new ArrayList<>();
        message.accept(new Names(handled));
        assertEquals(List.of(extension.key), handled);
    }

    @Test
    void numberZeroIsTheHandshake() throws Exception {
        assertEquals(NOTHING, ExtensionMessage.decode(new PeerMessage.Extended(0, ascii("de"))));
        List<String> handled = new ArrayList<>();
        NOTHING.accept(new Names(handled));
        assertEquals(List.of("handshake"), handled);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 255})
    void anUnknownNumberIsPassedOver(int id) throws Exception {
        assertNull(ExtensionMessage.decode(new PeerMessage.Extended(id, ascii("garbage"))));
    }

    // BEP 10

    /** The payload that BEP 10 gives as an example, with the names it means. */
    @Test
    void theExampleOfBep10() throws Exception {
        ExtensionHandshake read = ExtensionHandshake.decode(
                ByteBuffer.wrap(latin("d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\u00c2\u00b5Torrent 1.2e")));
        assertEquals(
                new ExtensionHandshake(
                        Map.of(Extension.UT_PEX, 2), "µTorrent 1.2", 6881, 0, null, null, null, 0, false, 16384),
                read);
    }

    @Test
    void aHandshakeIsWrittenCanonicallyAndReadAgain() throws Exception {
        Map<Extension, Integer> ids = Map.of(
                Extension.UT_PEX, 4, Extension.UT_METADATA, 3, Extension.UPLOAD_ONLY, 0, Extension.LT_DONTHAVE, 255);
        ExtensionHandshake full = new ExtensionHandshake(
                ids, "hubswarm", 6881, 2000, V4.withPort(0), V4.withPort(0), V6.withPort(0), 31235, true, 1 << 18);
        assertEquals(
                "d8:hs_blocki262144e4:ipv44:\n\u0001\u0002\u00034:ipv616: \u0001\r\u00b8" + "\0".repeat(11) + "\u0001"
                        + "1:md11:lt_donthavei255e11:upload_onlyi0e11:ut_metadatai3e6:ut_pexi4ee"
                        + "13:metadata_sizei31235e1:pi6881e4:reqqi2000e11:upload_onlyi1e1:v8:hubswarm"
                        + "6:yourip4:\n\u0001\u0002\u0003e",
                text(full));
        assertEquals(full, ExtensionHandshake.decode(full.encode()));
        assertEquals("d1:mdee", text(NOTHING));
        assertEquals(NOTHING, ExtensionHandshake.decode(NOTHING.encode()));
    }

    @Test
    void whatIsNotThereIsUnsaid() throws Exception {
        assertEquals(NOTHING, handshake());
        assertEquals(NOTHING, handshake("complete_ago", 1, "e", 0, "m", dict("lt_tex", 8), "share_mode", 1));
    }

    @Test
    void whatCannotBeIsUnsaid() throws Exception {
        assertEquals(NOTHING, handshake("p", 65536, "reqq", -1, "yourip", "abc", "ipv4", "", "metadata_size", -1));
        assertEquals(NOTHING, handshake("p", -1, "metadata_size", (32 << 20) + 1, "upload_only", -1));
        assertEquals(
                NOTHING, handshake("m", "no", "p", "no", "reqq", List.of(), "v", 1, "yourip", 1, "hs_block", "no"));
        assertEquals(NOTHING, handshake("m", dict("ut_metadata", 256, "ut_pex", -1)));
        assertEquals(NOTHING, handshake("hs_block", 16383));
    }

    @Test
    void numbersAreReadUpToTheirLimits() throws Exception {
        ExtensionHandshake read = handshake(
                "hs_block",
                16385,
                "m",
                dict("ut_metadata", 255, "ut_pex", 0),
                "metadata_size",
                32 << 20,
                "p",
                65535,
                "reqq",
                Long.MAX_VALUE,
                "upload_only",
                1);
        assertEquals(Map.of(Extension.UT_METADATA, 255, Extension.UT_PEX, 0), read.ids());
        assertEquals(32 << 20, read.metadataSize());
        assertEquals(65535, read.port());
        assertEquals(Integer.MAX_VALUE, read.requestQueue());
        assertEquals(16385, read.maxBlock());
        assertTrue(read.uploadOnly());
    }

    @Test
    void aLongOrHarmfulClientNameIsMadeHarmless() throws Exception {
        assertEquals("x".repeat(200), handshake("v", "x".repeat(9000)).client());
        assertEquals(
                "a?[31mb\ufffd", handshake("v", latin("a\u001b[31mb\u00ff")).client());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "le", "i1e", "d", "d1:m", "d1:mde", "d1:pi1e1:pi2ee", "garbage"})
    void whatIsNoDictionaryIsRefused(String payload) {
        assertThrows(PeerProtocolException.class, () -> ExtensionHandshake.decode(ascii(payload)));
        assertThrows(PeerProtocolException.class, () -> UtPex.decode(ascii(payload)));
        assertThrows(PeerProtocolException.class, () -> UtMetadata.decode(ascii(payload)));
    }

    /** reliability.md T31: rqbit was killed by 20 KB of them. */
    @Test
    void nestingIsBounded() {
        String bomb = "d1:x" + "l".repeat(20_000);
        assertThrows(PeerProtocolException.class, () -> ExtensionHandshake.decode(ascii(bomb)));
        assertThrows(PeerProtocolException.class, () -> UtPex.decode(ascii(bomb)));
        assertThrows(PeerProtocolException.class, () -> UtMetadata.decode(ascii(bomb)));
    }

    // BEP 9

    @Test
    void theExamplesOfBep9() throws Exception {
        assertEquals("d8:msg_typei0e5:piecei0ee", text(UtMetadata.request(0)));
        assertEquals("d8:msg_typei2e5:piecei0ee", text(UtMetadata.reject(0)));
        ByteBuffer info = ByteBuffer.wrap(SeededBytes.of(1, 3425));
        UtMetadata data = UtMetadata.data(0, info);
        String head = "d8:msg_typei1e5:piecei0e10:total_sizei3425ee";
        assertTrue(text(data).startsWith(head));
        assertEquals(head.length() + 3425, data.encode().remaining());
        UtMetadata read = UtMetadata.decode(data.encode());
        assertEquals(data, read);
    }

    @Test
    void metadataOfManyPiecesIsReadAsItWasWritten() throws Exception {
        byte[] info = SeededBytes.of(2, 2 * 16384 + 5);
        ByteBuffer joined = ByteBuffer.allocate(info.length);
        for (int piece = 0; piece < 3; piece++) {
            UtMetadata read = UtMetadata.decode(
                    UtMetadata.data(piece, ByteBuffer.wrap(info)).encode());
            assertNotNull(read);
            assertEquals(UtMetadata.Type.DATA, read.type());
            assertEquals(piece, read.piece());
            assertEquals(info.length, read.totalSize());
            joined.put(read.data());
        }
        assertArrayEquals(info, joined.array());
    }

    @Test
    void anUnknownTypeIsPassedOver() throws Exception {
        assertNull(UtMetadata.decode(ascii("d8:msg_typei3e5:piecei0ee")));
        assertNull(UtMetadata.decode(ascii("d8:msg_typei99999999999e5:piecei0ee")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "d8:msg_typei0ee",
                "d5:piecei0ee",
                "d8:msg_typei-1e5:piecei0ee",
                "d8:msg_typei0e5:piecei-1ee",
                "d8:msg_typei1e5:piecei0eex",
                "d8:msg_typei1e5:piecei0e10:total_sizei0ee",
                "d8:msg_typei1e5:piecei0e10:total_sizei2eex",
                "d8:msg_typei1e5:piecei0e10:total_sizei2eexxx",
                "d8:msg_typei1e5:piecei1e10:total_sizei16384ee",
                "d8:msg_typei1e5:piecei2147483647e10:total_sizei16384ee",
                "d8:msg_typei1e5:piecei0e10:total_sizei99999999999ee",
            })
    void aPieceWithoutItsWordsOrOfAWrongLengthIsRefused(String payload) {
        assertThrows(PeerProtocolException.class, () -> UtMetadata.decode(ascii(payload)));
    }

    @Test
    void metadataIsBounded() {
        byte[] piece = new byte[16384];
        for (int size : new int[] {32 << 20, (32 << 20) + 1}) {
            byte[] head = latin("d8:msg_typei1e5:piecei0e10:total_sizei" + size + "ee");
            ByteBuffer payload = ByteBuffer.allocate(head.length + piece.length)
                    .put(head)
                    .put(piece)
                    .flip();
            if (size == UtMetadata.MAX_TOTAL_SIZE) {
                assertDoesNotThrow(() -> UtMetadata.decode(payload));
            } else {
                assertThrows(PeerProtocolException.class, () -> UtMetadata.decode(payload));
            }
        }
    }

    // BEP 11

    @Test
    void contactsAreWrittenByFamily() throws Exception {
        UtPex message = new UtPex(
                List.of(
                        new Contact(V4, Contact.REACHABLE | Contact.UPLOAD_ONLY),
                        new Contact(V6, Contact.PREFERS_ENCRYPTION)),
                List.of(V4.withPort(1), V6.withPort(2)));
        String v4 = "\n\u0001\u0002\u0003";
        String v6 = " \u0001\r\u00b8" + "\0".repeat(11) + "\u0001";
        assertEquals(
                "d5:added6:" + v4 + "\u001a\u00e17:added.f1:\u00126:added618:" + v6 + "\u00ff\u00ff8:added6.f1:\u0001"
                        + "7:dropped6:" + v4 + "\0\u00018:dropped618:" + v6 + "\0\u0002e",
                text(message));
        assertEquals(message, UtPex.decode(message.encode()));
    }

    @Test
    void flagsMayBeMissing() throws Exception {
        String two = "\n\u0001\u0002\u0003\u001a\u00e1".repeat(2);
        assertEquals(
                List.of(new Contact(V4, 0xff), new Contact(V4, 0)),
                pex("added", latin(two), "added.f", latin("\u00ff")).added());
        assertEquals(
                List.of(),
                pex("added", 1, "added6", List.of(), "dropped", dict()).added());
    }

    @Test
    void anIncompleteContactIsLeftOut() throws Exception {
        UtPex read =
                pex("added", new byte[11], "added6", new byte[35], "dropped", new byte[5], "dropped6", new byte[17]);
        assertEquals(2, read.added().size());
        assertEquals(0, read.dropped().size());
    }

    /** reliability.md T28. */
    @Test
    void thereAreNoMoreContactsThanBep11Allows() throws Exception {
        UtPex read = pex(
                "added",
                new byte[6 * 49],
                "added6",
                new byte[18 * 100],
                "dropped",
                new byte[6 * 49],
                "dropped6",
                new byte[18 * 100]);
        assertEquals(50, read.added().size());
        assertEquals(50, read.dropped().size());
        assertFalse(read.added().get(49).address().isV4());
        List<PeerAddress> many = Collections.nCopies(51, V4);
        assertThrows(IllegalArgumentException.class, () -> new UtPex(List.of(), many));
        List<Contact> contacts = Collections.nCopies(51, new Contact(V4, 0));
        assertThrows(IllegalArgumentException.class, () -> new UtPex(contacts, List.of()));
    }

    // BEP 54 and 21

    @Test
    void lostPiecesAndUploadOnlyAreNumbers() throws Exception {
        assertEquals("\u0001\u0002\u0003\u0004", text(new DontHave(0x01020304)));
        assertEquals("\u0000", text(new UploadOnly(false)));
        assertEquals(new UploadOnly(true), UploadOnly.decode(ascii("\u0002")));
        for (String wrong : List.of("", "12345", "123")) {
            assertThrows(PeerProtocolException.class, () -> DontHave.decode(ascii(wrong)));
            assertNull(UploadOnly.decode(ascii(wrong)));
        }
    }

    /** Writes down which method was called. */
    private record Names(List<String> called) implements ExtensionMessage.Handler {
        @Override
        public void extensionHandshake(ExtensionHandshake message) {
            called.add("handshake");
        }

        @Override
        public void utMetadata(UtMetadata message) {
            called.add("ut_metadata");
        }

        @Override
        public void utPex(UtPex message) {
            called.add("ut_pex");
        }

        @Override
        public void dontHave(DontHave message) {
            called.add("lt_donthave");
        }

        @Override
        public void uploadOnly(UploadOnly message) {
            called.add("upload_only");
        }
    }
}
