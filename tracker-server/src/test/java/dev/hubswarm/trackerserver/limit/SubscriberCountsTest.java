package dev.hubswarm.trackerserver.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import org.junit.jupiter.api.Test;

class SubscriberCountsTest {
    private final SubscriberCounts counts = new SubscriberCounts(2);

    @Test
    void countsUpToTheLimit() {
        PeerAddress office = PeerAddress.v4(0x01020304, 0);
        assertTrue(counts.tryAdd(office));
        assertTrue(counts.tryAdd(office.withPort(5000)));
        assertFalse(counts.tryAdd(office));
        counts.remove(office);
        assertTrue(counts.tryAdd(office));
        assertEquals(2, counts.total());
    }

    @Test
    void takesAnIpv6SubnetForOne() {
        long subnet = 0x2001_0db8_0000_0001L;
        assertTrue(counts.tryAdd(new PeerAddress(subnet, 1, 0)));
        assertTrue(counts.tryAdd(new PeerAddress(subnet, 2, 0)));
        assertFalse(counts.tryAdd(new PeerAddress(subnet, 3, 0)));
    }

    @Test
    void doesNotCountLoopback() {
        PeerAddress here = PeerAddress.v4(0x7f000001, 0);
        for (int i = 0; i < 10; i++) assertTrue(counts.tryAdd(here));
        counts.remove(here);
        assertEquals(0, counts.total());
    }
}
