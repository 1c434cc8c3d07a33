package dev.hubswarm.protocol.announce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
    static PeerAddress address(String text, int port) {
        return Objects.requireNonNull(PeerAddress.parse(text, port), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.2.3.4",
                "255.255.255.255",
                "0.0.0.0",
                "::",
                "::1",
                "1::",
                "2001:db8::1",
                "2001:DB8:0:0:8:800:200C:417A",
                "1:2:3:4:5:6:7::",
                "::2:3:4:5:6:7:8",
                "64:ff9b::192.0.2.33",
                "fe80::1",
                "::ffff:10.0.0.1"
            })
    void anAddressIsReadAsJavaReadsIt(String text) throws UnknownHostException {
        PeerAddress address = address(text, 6881);
        assertArrayEquals(InetAddress.getByName(text).getAddress(), address.address());
        assertEquals(address, PeerAddress.of(address.address(), 6881));
        assertEquals(address, PeerAddress.parse(address.host(), 6881));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "tracker.example.org",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.04",
                "1.2.3.",
                ".1.2.3",
                "1.2.3.4 ",
                "1.2.3.0004",
                "0x7f.0.0.1",
                "2130706433",
                "१.2.3.4",
                ":",
                ":::",
                ":1",
                "1:",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "1::2:3:4:5:6:7:8",
                "12345::",
                "g::",
                "::1%lo",
                "[::1]",
                "::1.2.3",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3.4:5"
            })
    void whatIsNoAddressIsNotLookedUp(String text) {
        assertNull(PeerAddress.parse(text, 6881));
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0,         NONE",
        "0.1.2.3,         NONE",
        "127.0.0.1,       LOOPBACK",
        "127.255.0.1,     LOOPBACK",
        "169.254.1.1,     LINK_LOCAL",
        "169.253.1.1,     GLOBAL",
        "10.1.2.3,        PRIVATE",
        "172.16.0.1,      PRIVATE",
        "172.31.255.255,  PRIVATE",
        "172.32.0.1,      GLOBAL",
        "192.168.1.1,     PRIVATE",
        "192.169.1.1,     GLOBAL",
        "100.64.0.1,      PRIVATE",
        "100.128.0.1,     GLOBAL",
        "100.63.0.1,      GLOBAL",
        "8.8.8.8,         GLOBAL",
        "223.255.255.1,   GLOBAL",
        "224.0.0.1,       NONE",
        "240.0.0.1,       NONE",
        "255.255.255.255, NONE",
        "::,              NONE",
        "::1,             LOOPBACK",
        "::2,             NONE",
        "::127.0.0.1,     NONE",
        "::ffff:127.0.0.1,LOOPBACK",
        "::ffff:8.8.8.8,  GLOBAL",
        "64:ff9b::7f00:1, LOOPBACK",
        "64:ff9b::808:808,GLOBAL",
        "fe80::1,         LINK_LOCAL",
        "febf::1,         LINK_LOCAL",
        "fec0::1,         PRIVATE",
        "fc00::1,         PRIVATE",
        "fdff::1,         PRIVATE",
        "fe00::1,         GLOBAL",
        "ff02::1,         NONE",
        "2001:db8::1,     GLOBAL"
    })
    void anAddressReachesSoFar(String text, Scope scope) {
        assertEquals(scope, address(text, 0).scope());
    }

    @Test
    void onlyPlacesThatMayBeAPeerAreDialled() {
        assertTrue(address("8.8.8.8", 6881).isDialable(false));
        assertTrue(address("10.0.0.1", 1024).isDialable(false));
        assertTrue(address("2001:db8::1", 65535).isDialable(false));
        assertFalse(address("8.8.8.8", 0).isDialable(false));
        assertFalse(address("8.8.8.8", 1023).isDialable(true));
        assertFalse(address("224.0.0.1", 6881).isDialable(true));
        assertFalse(address("fe80::1", 6881).isDialable(true));
        assertFalse(address("0.0.0.0", 6881).isDialable(true));
    }

    @Test
    void loopbackIsDialledOnlyIfLoopbackSaidSo() {
        for (String text : new String[] {"127.0.0.1", "::1", "::ffff:127.0.0.1"}) {
            assertTrue(address(text, 6881).isDialable(true));
            assertFalse(address(text, 6881).isDialable(false));
        }
    }

    @Test
    void theMappedFormOfAnIpv4AddressIsThatAddress() {
        assertEquals(address("10.0.0.1", 1), address("::ffff:a00:1", 1));
        assertTrue(address("::ffff:a00:1", 1).isV4());
        assertEquals("10.0.0.1:1", address("::ffff:a00:1", 1).toString());
    }

    @Test
    void neighboursShareASubnet() {
        assertTrue(address("10.0.1.1", 1).isNear(address("10.0.1.254", 2)));
        assertFalse(address("10.0.1.1", 1).isNear(address("10.0.2.1", 1)));
        assertTrue(address("2001:db8:1:2::1", 1).isNear(address("2001:db8:1:ffff::1", 1)));
        assertFalse(address("2001:db8:1::1", 1).isNear(address("2001:db8:2::1", 1)));
        assertFalse(address("::fffe:a00:1", 1).isNear(address("10.0.0.1", 1)));
    }

    @Test
    void aSubscriberIsAnIpv4AddressOrA64() {
        assertEquals(address("10.0.0.1", 1).subscriber(), address("10.0.0.1", 2).subscriber());
        assertNotEquals(
                address("10.0.0.1", 1).subscriber(), address("10.0.0.2", 1).subscriber());
        assertEquals(
                address("2001:db8::1", 1).subscriber(),
                address("2001:db8::ffff:0:0:2", 1).subscriber());
        assertNotEquals(
                address("2001:db8::1", 1).subscriber(),
                address("2001:db8:0:1::1", 1).subscriber());
    }

    @Test
    void aHostIsTheSameWhateverItsPort() {
        assertTrue(address("10.0.0.1", 1).sameHost(address("10.0.0.1", 2)));
        assertFalse(address("10.0.0.1", 1).sameHost(address("10.0.0.2", 1)));
        assertEquals(address("10.0.0.1", 2), address("10.0.0.1", 1).withPort(2));
    }

    @Test
    void itIsWrittenAsInUrls() {
        assertEquals("[2001:db8:0:0:0:0:0:1]:6881", address("2001:db8::1", 6881).toString());
    }

    @Test
    void otherLengthsAndPortsAreMistakes() {
        assertThrows(IllegalArgumentException.class, () -> PeerAddress.of(new byte[5], 1));
        assertThrows(IllegalArgumentException.class, () -> PeerAddress.v4(1, 65536));
        assertThrows(IllegalArgumentException.class, () -> PeerAddress.v4(1, -1));
    }
}
