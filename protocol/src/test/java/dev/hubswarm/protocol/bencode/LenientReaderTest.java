package dev.hubswarm.protocol.bencode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LenientReaderTest {
    private static LenientReader reader(String bencoded) {
        return new LenientReader(bencoded.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({
        "i0e, 0",
        "i2147483647e, 2147483647",
        "i2147483648e, 2147483647",
        "i9223372036854775807e, 2147483647",
        "i-1e, -1",
        "i-9223372036854775808e, -1",
        "1:1, -1",
        "li1ee, -1"
    })
    void aNumberIsCutToWhatFitsAndAnythingElseIsPassedOver(String bencoded, int number) throws Exception {
        LenientReader in = reader(bencoded + "i5e");
        assertEquals(number, in.number());
        assertEquals(5, in.number());
    }

    @ParameterizedTest
    @ValueSource(strings = {"i1e", "l1:ae", "d1:a1:be"})
    void whatIsNoStringIsPassedOver(String bencoded) throws Exception {
        LenientReader in = reader(bencoded + bencoded + "1:x");
        assertNull(in.bytes());
        assertNull(in.text());
        assertEquals("x", in.text());
    }

    @Test
    void unknownKeysArePassedOverWithWhatIsInThem() throws Exception {
        LenientReader in = reader("d1:ad1:bi1ee1:bi2e1:cl1:bi3eee-");
        List<Integer> read = new ArrayList<>();
        in.dict(() -> {
            if (!in.keyIs("b")) return false;
            read.add(in.number());
            return true;
        });
        assertEquals(List.of(2), read);
        assertEquals("d1:ad1:bi1ee1:bi2e1:cl1:bi3eee".length(), in.position());
    }

    @Test
    void whatIsNoDictionaryHasNoKeys() throws Exception {
        LenientReader in = reader("li1eei7e");
        in.dict(() -> {
            throw new AssertionError("no key");
        });
        assertEquals(7, in.number());
    }

    @Test
    void aListIsReadUpToItsLimit() throws Exception {
        LenientReader in = reader("li1ei2ei3eei7e");
        List<Integer> read = new ArrayList<>();
        in.list(2, () -> read.add(in.number()));
        assertEquals(List.of(1, 2), read);
        assertEquals(7, in.number());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "d", "d1:a", "d1:ai1e", "di1e1:ae", "d1:ai1e1:ai2ee", "d1:ai1xe"})
    void whatIsNotBencodedIsRefused(String bencoded) {
        assertThrows(BencodeException.class, () -> reader(bencoded).dict(() -> false));
    }
}
