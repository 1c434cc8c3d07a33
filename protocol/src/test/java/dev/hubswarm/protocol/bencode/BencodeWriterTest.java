package dev.hubswarm.protocol.bencode;

import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Dict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BencodeWriterTest {
    private final BencodeWriter writer = new BencodeWriter();

    @Test
    void everyKindOfValueIsWritten() {
        writer.beginDict().key("a").beginList().integer(0).integer(-3).integer(Long.MIN_VALUE);
        writer.string("é").string(latin("\u00ff")).string(latin("xyz"), 1, 1).endList();
        writer.key("b").raw(ByteBuffer.wrap(latin("li1ee"))).key("c").string(ByteBuffer.wrap(latin("pq")));
        writer.key("d").beginDict().endDict().endDict();
        assertEquals(
                "d1:ali0ei-3ei-9223372036854775808e2:\u00c3\u00a91:\u00ff1:ye1:bli1ee1:c2:pq1:ddee",
                new String(writer.toByteArray(), StandardCharsets.ISO_8859_1));
    }

    @Test
    void buffersAreNotMovedAndOnlyTheirRestIsWritten() {
        ByteBuffer bytes = ByteBuffer.wrap(latin("abcd")).position(1).limit(3);
        ByteBuffer raw = ByteBuffer.wrap(latin("xi7e")).position(1);
        writer.beginList().string(bytes).raw(raw).endList();
        assertEquals("l2:bci7ee", new String(writer.toByteArray(), StandardCharsets.ISO_8859_1));
        assertEquals(1, bytes.position());
        assertEquals(1, raw.position());
    }

    @Test
    void longStringsMakeRoom() throws BencodeException {
        byte[] large = new byte[100_000];
        byte[] written = writer.beginList()
                .string(large)
                .string(ByteBuffer.wrap(large))
                .endList()
                .toByteArray();
        assertEquals(2 * (large.length + 7) + 2, written.length);
        assertArrayEquals(written, BencodeCopy.copy(written, Mode.STRICT));
    }

    @Test
    void keysMustComeSortedByTheirUnsignedBytes() {
        writer.beginDict()
                .key("a")
                .integer(1)
                .key("aa")
                .integer(1)
                .key(latin("\u00ff"))
                .integer(1);
        refuses(() -> writer.key("b"));
        refuses(() -> writer.key(latin("\u00ff")));
        refuses(() -> writer.key(""));
    }

    @Test
    void theEmptyKeyComesFirst() {
        writer.beginDict().key("").integer(1).key("a").integer(2).endDict();
        assertArrayEquals(latin("d0:i1e1:ai2ee"), writer.toByteArray());
    }

    @Test
    void eachDictionaryHasItsOwnKeys() {
        writer.beginDict().key("b").beginDict().key("a").integer(1).endDict();
        writer.key("c").beginDict().key("a").integer(1).endDict().endDict();
        assertArrayEquals(latin("d1:bd1:ai1ee1:cd1:ai1eee"), writer.toByteArray());
    }

    @Test
    void keysAndValuesMustTakeTurns() {
        writer.beginDict();
        refuses(() -> writer.integer(1));
        refuses(() -> writer.string("a"));
        refuses(() -> writer.string(ByteBuffer.allocate(1)));
        refuses(() -> writer.raw(ByteBuffer.allocate(1)));
        refuses(writer::beginList);
        refuses(writer::beginDict);
        writer.key("a");
        refuses(() -> writer.key("b"));
        refuses(writer::endDict);
        writer.integer(1).endDict();
        assertArrayEquals(latin("d1:ai1ee"), writer.toByteArray());
    }

    @Test
    void onlyWhatIsOpenIsClosed() {
        refuses(writer::endDict);
        refuses(writer::endList);
        writer.beginList();
        refuses(writer::endDict);
        refuses(() -> writer.key("a"));
        refuses(writer::toByteArray);
        writer.endList();
        assertArrayEquals(latin("le"), writer.toByteArray());
    }

    @Test
    void thereIsExactlyOneValue() {
        refuses(writer::toByteArray);
        writer.integer(1);
        refuses(() -> writer.integer(2));
        refuses(writer::beginList);
        assertArrayEquals(latin("i1e"), writer.toByteArray());
    }

    @Test
    void nestingOf100IsWrittenAndOf101Refused() {
        for (int i = 0; i < 100; i++) writer.beginList();
        refuses(writer::beginList);
        refuses(writer::beginDict);
        for (int i = 0; i < 100; i++) writer.endList();
        assertEquals(200, writer.toByteArray().length);
    }

    @Test
    void randomTreesComeBackByteForByte() throws Exception {
        Random random = new Random(7);
        for (int run = 0; run < 3_000; run++) {
            byte[] written = Bencoding.encode(tree(random, 5));
            assertArrayEquals(written, BencodeCopy.copy(written, Mode.STRICT));
            assertArrayEquals(written, BencodeCopy.copy(written, Mode.LENIENT));
            assertArrayEquals(written, Bencoding.encode(Bencoding.decode(written)));
        }
    }

    private static Object tree(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 2 : 4);
        if (kind == 0) return random.nextBoolean() ? random.nextLong() : (long) random.nextInt(20) - 10;
        if (kind == 1) return string(random);
        if (kind == 2) {
            List<Object> list = Bencoding.list();
            for (int i = random.nextInt(5); i > 0; i--) list.add(tree(random, depth - 1));
            return list;
        }
        Dict dict = new Dict();
        for (int i = random.nextInt(5); i > 0; i--) dict.put(string(random), tree(random, depth - 1));
        return dict;
    }

    private static byte[] string(Random random) {
        byte[] bytes = new byte[random.nextInt(4)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void refuses(Runnable misuse) {
        assertThrows(IllegalStateException.class, misuse::run);
    }
}
