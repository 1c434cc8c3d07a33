package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ClientHelloTest {
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Extension(int type, byte[] content) {}

    private static byte[] numbers(int prefix, int... numbers) {
        ByteBuffer out = ByteBuffer.allocate(prefix + 2 * numbers.length);
        out.position(prefix);
        for (int number : numbers) out.putShort((short) number);
        return out.array();
    }

    private static List<Extension> usual(String host) {
        byte[] name = host.getBytes(StandardCharsets.US_ASCII);
        return new ArrayList<>(List.of(
                new Extension(0, name),
                new Extension(10, numbers(2, 29, 23)),
                new Extension(13, numbers(2, 0x0403, 0x0804)),
                new Extension(43, numbers(1, 0x0304, 0x0303)),
                new Extension(51, new byte[38])));
    }

    private static ByteBuffer hello(Random random, int session, int[] suites, List<Extension> extensions) {
        ByteBuffer out = ByteBuffer.allocate(4096);
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        out.putShort((short) 0x0303).put(bytes).put((byte) session).put(bytes, 0, session);
        out.putShort((short) (2 * suites.length));
        for (int suite : suites) out.putShort((short) suite);
        out.put((byte) 1).put((byte) 0);
        int length =
                extensions.stream().mapToInt(each -> 4 + each.content.length).sum();
        out.putShort((short) length);
        for (Extension each : extensions)
            out.putShort((short) each.type)
                    .putShort((short) each.content.length)
                    .put(each.content);
        return out.flip();
    }

    private static final int[] SUITES = {0x1301, 0x1302, 0xc02f};

    private static String kind(int[] suites, List<Extension> extensions) {
        return ClientHello.kind(hello(new Random(1), 32, suites, extensions));
    }

    @Test
    void whatDiffersFromConnectionToConnectionIsNoPartOfIt() {
        String kind = kind(SUITES, usual("huggingface.co"));
        List<Extension> other = usual("cdn-lfs.hf.co");
        other.add(0, new Extension(0x1a1a, new byte[0]));
        other.add(new Extension(21, new byte[100]));
        other.add(new Extension(41, new byte[60]));
        Collections.shuffle(other, new Random(2));
        int[] greased = {0x3a3a, 0x1301, 0x1302, 0xc02f};
        assertEquals(kind, ClientHello.kind(hello(new Random(3), 0, greased, other)));
    }

    @Test
    void anotherLibraryIsAnotherKind() {
        String kind = kind(SUITES, usual("x"));
        assertNotEquals(kind, kind(new int[] {0x1302, 0x1301, 0xc02f}, usual("x")));
        List<Extension> groups = usual("x");
        groups.set(1, new Extension(10, numbers(2, 23, 29)));
        assertNotEquals(kind, kind(SUITES, groups));
        List<Extension> old = usual("x");
        old.set(3, new Extension(43, numbers(1, 0x0303)));
        assertNotEquals(kind, kind(SUITES, old));
        List<Extension> more = usual("x");
        more.add(new Extension(16, "\0\3\2h2".getBytes(StandardCharsets.US_ASCII)));
        assertNotEquals(kind, kind(SUITES, more));
        more.set(5, new Extension(16, "\0\3\2h3".getBytes(StandardCharsets.US_ASCII)));
        assertNotEquals(kind, kind(SUITES, more));
    }

    @Test
    void whatIsNoHelloHasNoKindAndNothingIsReadPastItsEnd() {
        ByteBuffer whole = hello(new Random(1), 32, SUITES, usual("x"));
        String kind = ClientHello.kind(whole.duplicate());
        for (int length = 0; length < whole.limit(); length++) {
            ByteBuffer cut = whole.duplicate().limit(length);
            assertNotEquals(kind, ClientHello.kind(cut), "cut at " + length);
        }
        Random random = new Random(4);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[whole.limit()];
            whole.duplicate().get(bytes);
            for (int changes = random.nextInt(8); changes >= 0; changes--)
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            int length = ClientHello.kind(ByteBuffer.wrap(bytes)).length();
            assertEquals(0, length % 64, "a digest or nothing");
        }
    }
}
