package dev.hubswarm.protocol.peerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class PeerPriorityTest {
    private static PeerAddress address(String address, int port) {
        return Objects.requireNonNull(PeerAddress.parse(address, port));
    }

    /** Either side computes it. */
    private static int of(String one, String other) {
        int priority = PeerPriority.of(address(one, 1), address(other, 2));
        assertEquals(priority, PeerPriority.of(address(other, 2), address(one, 1)));
        return priority;
    }

    private static int crc(String hex) {
        CRC32C crc = new CRC32C();
        crc.update(HexFormat.of().parseHex(hex));
        return (int) crc.getValue();
    }

    @Test
    void theExamplesOfBep40() {
        assertEquals(0xec2d7224, of("123.213.32.10", "98.76.54.32"));
        assertEquals(0x99568189, of("123.213.32.10", "123.213.32.234"));
    }

    @Test
    void theNearerTheHostsTheMoreOfTheirAddressesCounts() {
        assertEquals(crc("0a010001" + "0a020001"), of("10.1.2.3", "10.2.2.3"));
        assertEquals(crc("0a010201" + "0a010301"), of("10.1.2.3", "10.1.3.3"));
        assertEquals(crc("0a010202" + "0a010203"), of("10.1.2.3", "10.1.2.2"));
        String tail = "5555".repeat(4);
        assertEquals(
                crc("20010db80001" + "5555" + tail + "20010db80002" + "5555" + tail),
                of("2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:2:ffff:ffff:ffff:ffff:ffff"));
        assertEquals(
                crc("20010db80001" + "aa55" + tail + "20010db80001" + "bb55" + tail),
                of("2001:db8:1:aaff:ffff:ffff:ffff:ffff", "2001:db8:1:bbff:ffff:ffff:ffff:ffff"));
        assertEquals(
                crc("20010db80001" + "aa01" + tail + "20010db80001" + "aa02" + tail),
                of("2001:db8:1:aa01:ffff:ffff:ffff:ffff", "2001:db8:1:aa02:ffff:ffff:ffff:ffff"));
    }

    @Test
    void onOneHostThePortsCount() {
        int priority = PeerPriority.of(address("10.1.2.3", 0x1ae1), address("10.1.2.3", 0x1ae2));
        assertEquals(crc("1ae11ae2"), priority);
        assertEquals(priority, PeerPriority.of(address("10.1.2.3", 0x1ae2), address("10.1.2.3", 0x1ae1)));
        assertNotEquals(priority, PeerPriority.of(address("10.1.2.3", 1), address("10.1.2.3", 2)));
    }

    @Test
    void twoFamiliesCannotBeCompared() {
        PeerAddress v4 = address("10.1.2.3", 1);
        PeerAddress v6 = address("2001:db8::1", 1);
        assertThrows(IllegalArgumentException.class, () -> PeerPriority.of(v4, v6));
    }
}
