package dev.hubswarm.protocol.bencode;

import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import dev.hubswarm.protocol.testing.Bencoding;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BencodeReaderTest {
    @Test
    void aDocumentIsReadTokenByToken() throws BencodeException {
        BencodeReader reader = strict("d4:listli-7e3:abce6:numberi42e4:text4:\u00c3\u00a9 xe");
        reader.beginDict();
        assertTrue(reader.hasNext());
        reader.readKey();
        assertTrue(reader.keyIs("list"));
        assertEquals("list", reader.keyText());
        assertEquals(Kind.LIST, reader.peek());
        reader.beginList();
        assertEquals(-7, reader.readInteger());
        assertEquals(ByteBuffer.wrap(latin("abc")), reader.readBytes());
        assertFalse(reader.hasNext());
        reader.endList();
        reader.readKey();
        assertFalse(reader.keyIs("numbe"));
        assertFalse(reader.keyIs("numbex"));
        assertEquals(42, reader.readInteger());
        reader.readKey();
        assertEquals("é x", reader.readText());
        assertEquals(Kind.END, reader.peek());
        reader.endDict();
        reader.finish();
    }

    @Test
    void startAndEndTellWhereAStringStands() throws BencodeException {
        BencodeReader reader = strict("l3:abc0:e");
        reader.beginList();
        reader.skipString();
        assertEquals(3, reader.start());
        assertEquals(6, reader.end());
        reader.skipString();
        assertEquals(8, reader.start());
        assertEquals(8, reader.end());
        reader.endList();
        reader.finish();
    }

    @Test
    void skippingLeavesTheRawSpanOfAValue() throws BencodeException {
        String document = "d1:ad1:xli1ei2eee1:bi5ee";
        BencodeReader reader = strict(document);
        reader.beginDict();
        reader.readKey();
        int from = reader.position();
        reader.skip();
        assertEquals("d1:xli1ei2eee", document.substring(from, reader.position()));
        reader.readKey();
        assertTrue(reader.keyIs("b"));
    }

    @Test
    void aPartOfAnArrayIsReadWithTheOffsetsOfTheArray() throws BencodeException {
        BencodeReader reader = new BencodeReader(latin("xx4:spamyy"), 2, 8, Mode.STRICT);
        assertEquals(2, reader.position());
        reader.skipString();
        assertEquals(4, reader.start());
        assertEquals(8, reader.position());
        reader.finish();
    }

    @Test
    void aPartEndsWhereItIsSaidTo() {
        BencodeReader reader = new BencodeReader(latin("4:spam"), 0, 5, Mode.LENIENT);
        assertThrows(BencodeException.class, reader::skipString);
    }

    @Test
    void stringsAreReadOnlyViews() throws BencodeException {
        ByteBuffer view = strict("2:ab").readBytes();
        assertEquals(2, view.capacity());
        assertThrows(ReadOnlyBufferException.class, () -> view.put(0, (byte) 0));
    }

    @ParameterizedTest
    @CsvSource({
        "i0e, 0",
        "i-1e, -1",
        "i10e, 10",
        "i9223372036854775807e, 9223372036854775807",
        "i-9223372036854775808e, -9223372036854775808"
    })
    void integersAreReadUpTo64Bits(String document, long value) throws BencodeException {
        for (Mode mode : Mode.values()) {
            BencodeReader reader = new BencodeReader(latin(document), mode);
            assertEquals(value, reader.readInteger());
            reader.finish();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "i9223372036854775808e",
                "i-9223372036854775809e",
                "i18446744073709551616e",
                "i99999999999999999999999e",
                "i-99999999999999999999999e"
            })
    void integersBeyond64BitsAreRefused(String document) {
        for (Mode mode : Mode.values()) {
            assertEquals("an integer exceeds 64 bits at byte 0", refusal(document, mode));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "i01e, 1, an integer is not in its shortest form at byte 0",
        "i-0e, 0, an integer is not in its shortest form at byte 0",
        "i00e, 0, an integer is not in its shortest form at byte 0",
        "i-05e, -5, an integer is not in its shortest form at byte 0",
        "i5ee, 5, there is something behind the end at byte 3",
        "i5ei6e, 5, there is something behind the end at byte 3"
    })
    void onlyLenientReadingPassesIntegersWrittenOtherwise(String document, long value, String refusal)
            throws BencodeException {
        assertEquals(refusal, refusal(document, Mode.STRICT));
        BencodeReader reader = lenient(document);
        assertEquals(value, reader.readInteger());
        reader.finish();
    }

    @Test
    void onlySoManyZerosArePassed() throws BencodeException {
        readAll("i" + "0".repeat(31) + "7e", Mode.LENIENT);
        readAll("0".repeat(31) + "1:a", Mode.LENIENT);
        assertEquals("an integer has too many digits at byte 0", refusal("i" + "0".repeat(32) + "7e", Mode.LENIENT));
        assertEquals("a string length has too many digits at byte 0", refusal("0".repeat(32) + "1:a", Mode.LENIENT));
    }

    @ParameterizedTest
    @CsvSource({
        "04:spam, a string length has leading zeros at byte 0",
        "00:, a string length has leading zeros at byte 0",
        "d1:bi1e1:ai2ee, the keys are not sorted at byte 7",
        "d1:ai1e0:i2ee, the keys are not sorted at byte 7",
        "d2:aai1e1:ai2ee, the keys are not sorted at byte 8",
        "d1:\u00ffi1e1:ai2ee, the keys are not sorted at byte 7",
        "d1:ai1e1:bi2e1:ai3ee, the keys are not sorted at byte 13",
        "lee, there is something behind the end at byte 2"
    })
    void onlyLenientReadingPassesWhatIsNotCanonical(String document, String refusal) throws BencodeException {
        assertEquals(refusal, refusal(document, Mode.STRICT));
        BencodeReader reader = lenient(document);
        reader.skip();
        reader.finish();
    }

    @ParameterizedTest
    @CsvSource({
        "'', the input ends at byte 0",
        "i, an integer has no digits at byte 1",
        "ie, an integer has no digits at byte 1",
        "i-e, an integer has no digits at byte 2",
        "i--1e, an integer has no digits at byte 2",
        "i+1e, an integer has no digits at byte 1",
        "i 1e, an integer has no digits at byte 1",
        "i1, an integer does not end at byte 2",
        "i1.0e, an integer does not end at byte 2",
        "i1:, an integer does not end at byte 2",
        "1, a string is longer than the input at byte 0",
        "0, a string length does not end in a colon at byte 1",
        "0e, a string length does not end in a colon at byte 1",
        "-1:a, unexpected byte 45 at byte 0",
        "2:a, a string is longer than the input at byte 0",
        "1:, a string is longer than the input at byte 0",
        "1a:xxxxxx, a string length does not end in a colon at byte 1",
        "99999999999999999999:, a string is longer than the input at byte 0",
        "4294967296:, a string is longer than the input at byte 0",
        "x, unexpected byte 120 at byte 0",
        ":, unexpected byte 58 at byte 0",
        "\u00ff, unexpected byte 255 at byte 0",
        "e, a value is missing at byte 0",
        "l, the input ends at byte 1",
        "li1e, the input ends at byte 4",
        "d, the input ends at byte 1",
        "di1ei2ee, 'expected a string, found an integer at byte 1'",
        "dlei1ee, 'expected a string, found a list at byte 1'",
        "d1:ai1e1:ai2ee, a key stands twice at byte 7",
        "d0:i1e0:i2ee, a key stands twice at byte 6"
    })
    void whatIsNoBencodingIsRefusedInBothModes(String document, String refusal) {
        for (Mode mode : Mode.values()) assertEquals(refusal, refusal(document, mode), mode.toString());
    }

    @Test
    void aKeyWithoutAValueIsRefused() {
        for (Mode mode : Mode.values()) {
            assertThrows(BencodeException.class, () -> readAll("d1:ae", mode));
            assertThrows(BencodeException.class, () -> BencodeCopy.copy(latin("d1:ae"), mode));
            assertThrows(BencodeException.class, () -> readAll("d1:ai1e1:be", mode));
            assertThrows(BencodeException.class, () -> BencodeCopy.copy(latin("d1:ai1e1:be"), mode));
        }
    }

    @Test
    void aKeyMayStandAgainInAnotherDictionary() throws BencodeException {
        BencodeReader reader = strict("d1:ad1:ai1ee1:bd1:ai1eee");
        reader.skip();
        reader.finish();
        assertEquals(24, reader.position());
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void everyPrefixOfADocumentIsRefusedButNotTheWhole(Mode mode) throws BencodeException {
        String document = "d1:ali0ei-1e3:abcdee1:bd0:0:1:cleee";
        for (int length = 0; length < document.length(); length++) {
            String prefix = document.substring(0, length);
            assertThrows(BencodeException.class, () -> readAll(prefix, mode), prefix);
        }
        readAll(document, mode);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void nestingOf100IsReadAndOf101Refused(Mode mode) throws BencodeException {
        readAll("l".repeat(100) + "e".repeat(100), mode);
        readAll("d1:a".repeat(99) + "de" + "e".repeat(99), mode);
        assertEquals("nested deeper than 100 at byte 100", refusal("l".repeat(101) + "e".repeat(101), mode));
        assertEquals("nested deeper than 100 at byte 400", refusal("d1:a".repeat(100) + "de" + "e".repeat(100), mode));
    }

    @Test
    void depthIsGivenBackWhenAListEnds() throws BencodeException {
        String deep = "l".repeat(99) + "e".repeat(99);
        readAll("l" + deep + deep + "e", Mode.STRICT);
        BencodeReader reader = strict("l" + deep + deep + "e");
        reader.beginList();
        reader.skip();
        reader.skip();
        reader.endList();
        reader.finish();
        assertEquals(2 + 4 * 99, reader.position());
    }

    @Test
    void the2500001stTokenIsRefused() throws BencodeException {
        assertEquals(2_500_000, BencodeReader.MAX_TOKENS);
        byte[] most = list(BencodeReader.MAX_TOKENS - 1);
        BencodeReader reader = new BencodeReader(most, Mode.STRICT);
        reader.skip();
        reader.finish();
        assertEquals(most.length, reader.position());
        BencodeReader refusing = new BencodeReader(list(BencodeReader.MAX_TOKENS), Mode.STRICT);
        assertThrows(BencodeException.class, refusing::skip);
    }

    @Test
    void keysAreTokensToo() {
        byte[] document = new byte[6 * 1_300_000 + 2];
        document[0] = 'l';
        byte[] element = latin("d0:0:e");
        for (int at = 1; at < document.length - 1; at += 6) System.arraycopy(element, 0, document, at, 6);
        document[document.length - 1] = 'e';
        assertThrows(BencodeException.class, () -> new BencodeReader(document, Mode.STRICT).skip());
    }

    /** Ten times this length is where an {@code int} runs over. */
    @Test
    void aLengthThatOverflowsAnIntIsRefusedEvenInAHugeArray() {
        byte[] huge = new byte[Integer.MAX_VALUE / 10 + 20];
        System.arraycopy(latin("2147483650:"), 0, huge, 0, 11);
        BencodeReader reader = new BencodeReader(huge, Mode.LENIENT);
        assertThrows(BencodeException.class, reader::skipString);
    }

    @Test
    void aTextThatIsNotUtf8IsRefusedAndItsBytesAreNot() throws BencodeException {
        assertThrows(BencodeException.class, strict("1:\u00ff")::readText);
        assertThrows(BencodeException.class, strict("2:\u00c0\u0080")::readText);
        assertEquals(ByteBuffer.wrap(latin("\u00ff")), strict("1:\u00ff").readBytes());
        BencodeReader reader = strict("d1:\u00ffi1ee");
        reader.beginDict();
        reader.readKey();
        assertThrows(BencodeException.class, reader::keyText);
    }

    @Test
    void aValueOfAnotherKindIsRefused() {
        assertThrows(BencodeException.class, strict("1:a")::readInteger);
        assertThrows(BencodeException.class, strict("i1e")::skipString);
        assertThrows(BencodeException.class, strict("le")::beginDict);
        assertThrows(BencodeException.class, strict("de")::beginList);
    }

    @Test
    void aKeyIsReadOnlyWhereOneIsDue() throws BencodeException {
        assertThrows(BencodeException.class, strict("1:a")::readKey);
        BencodeReader list = strict("l1:ae");
        list.beginList();
        assertThrows(BencodeException.class, list::readKey);
        BencodeReader dict = strict("d1:a1:be");
        dict.beginDict();
        assertThrows(BencodeException.class, dict::skipString);
        assertThrows(BencodeException.class, dict::skip);
        dict.readKey();
        assertThrows(BencodeException.class, dict::readKey);
        assertThrows(BencodeException.class, dict::endDict);
        dict.skipString();
        assertThrows(BencodeException.class, dict::endList);
        dict.endDict();
        dict.finish();
    }

    @Test
    void nothingIsClosedThatIsNotOpen() throws BencodeException {
        assertThrows(BencodeException.class, strict("e")::endList);
        assertThrows(BencodeException.class, strict("e")::endDict);
        BencodeReader list = strict("li1ee");
        list.beginList();
        assertThrows(BencodeException.class, list::endDict);
        assertThrows(BencodeException.class, list::endList);
    }

    @Test
    void finishRefusesWhatIsStillOpen() throws BencodeException {
        BencodeReader reader = lenient("le");
        reader.beginList();
        assertThrows(BencodeException.class, reader::finish);
        reader.endList();
        reader.finish();
    }

    @Test
    void skippingAndIteratingAgreeWithTheNaiveReaderOnRandomInput() {
        Random random = new Random(20260);
        byte[] alphabet = latin("iilldde00112:::-a9ee");
        int accepted = 0;
        for (int run = 0; run < 200_000; run++) {
            byte[] input = new byte[1 + random.nextInt(14)];
            for (int i = 0; i < input.length; i++) input[i] = alphabet[random.nextInt(alphabet.length)];
            String shown = new String(input, StandardCharsets.ISO_8859_1);
            boolean naive = isCanonical(input);
            assertEquals(naive, skips(input, Mode.STRICT), shown);
            assertEquals(naive, copies(input), shown);
            if (naive) {
                accepted++;
                assertTrue(skips(input, Mode.LENIENT), shown);
            }
        }
        assertTrue(accepted > 500, "only " + accepted + " inputs were valid");
    }

    @Test
    void mutationsOfAValidDocumentAgreeWithTheNaiveReader() throws BencodeException {
        byte[] valid = latin("d1:bl0:i0e3:abcd1:xi9223372036854775807eee1:cd0:lee3:keyd1:zlleleee2:zzi-12ee");
        assertArrayEquals(valid, BencodeCopy.copy(valid, Mode.STRICT));
        byte[] alphabet = latin("ilde0129:-ax");
        for (int at = 0; at < valid.length; at++) {
            for (byte b : alphabet) {
                byte[] changed = valid.clone();
                changed[at] = b;
                byte[] shorter = Arrays.copyOf(valid, valid.length - 1);
                System.arraycopy(valid, at + 1, shorter, at, shorter.length - at);
                byte[] longer = Arrays.copyOf(valid, valid.length + 1);
                System.arraycopy(valid, at, longer, at + 1, valid.length - at);
                longer[at] = b;
                for (byte[] input : new byte[][] {changed, shorter, longer}) {
                    String shown = new String(input, StandardCharsets.ISO_8859_1);
                    assertEquals(isCanonical(input), skips(input, Mode.STRICT), shown);
                    assertEquals(isCanonical(input), copies(input), shown);
                }
            }
        }
    }

    private static boolean isCanonical(byte[] input) {
        try {
            Bencoding.decode(input);
            return true;
        } catch (Bencoding.NotCanonical e) {
            return false;
        }
    }

    private static boolean skips(byte[] input, Mode mode) {
        try {
            BencodeReader reader = new BencodeReader(input, mode);
            reader.skip();
            reader.finish();
            return true;
        } catch (BencodeException e) {
            return false;
        }
    }

    private static boolean copies(byte[] input) {
        try {
            return Arrays.equals(input, BencodeCopy.copy(input, Mode.STRICT));
        } catch (BencodeException e) {
            return false;
        }
    }

    private static byte[] list(int elements) {
        byte[] document = new byte[2 * elements + 2];
        for (int i = 0; i < elements; i++) {
            document[2 * i + 1] = '0';
            document[2 * i + 2] = ':';
        }
        document[0] = 'l';
        document[document.length - 1] = 'e';
        return document;
    }

    private static void readAll(String document, Mode mode) throws BencodeException {
        BencodeReader reader = new BencodeReader(latin(document), mode);
        reader.skip();
        reader.finish();
    }

    /** The message for a document that both ways of reading refuse, which must be the same. */
    private static String refusal(String document, Mode mode) {
        BencodeException skipping = assertThrows(BencodeException.class, () -> readAll(document, mode));
        BencodeException iterating =
                assertThrows(BencodeException.class, () -> BencodeCopy.copy(latin(document), mode));
        assertEquals(String.valueOf(skipping.getMessage()), iterating.getMessage());
        return String.valueOf(skipping.getMessage());
    }

    private static BencodeReader strict(String document) {
        return new BencodeReader(latin(document), Mode.STRICT);
    }

    private static BencodeReader lenient(String document) {
        return new BencodeReader(latin(document), Mode.LENIENT);
    }
}
