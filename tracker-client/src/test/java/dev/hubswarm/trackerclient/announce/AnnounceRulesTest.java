package dev.hubswarm.trackerclient.announce;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Whom a list of peers may make us dial, who tells us our address, and how often we come. */
class AnnounceRulesTest {
    @Test
    void thirtyAnnouncesInAQuarterOfAnHourAreEnough() {
        AnnounceBudget budget = new AnnounceBudget();
        for (int i = 0; i < 30; i++) {
            long now = SECONDS.toNanos(i);
            assertEquals(now, budget.freeNanos(now));
            budget.spend(now);
        }
        assertEquals(MINUTES.toNanos(15), budget.freeNanos(SECONDS.toNanos(30)));
        long later = MINUTES.toNanos(15);
        assertEquals(later, budget.freeNanos(later));
        budget.spend(later);
        assertEquals(later + SECONDS.toNanos(1), budget.freeNanos(later));
    }

    @Test
    void whatNobodyShouldDialIsLeftOut() {
        List<PeerAddress> peers = List.of(
                peer("203.0.113.1", 6881),
                peer("203.0.113.1", 6881),
                peer("203.0.113.2", 22),
                peer("203.0.113.3", 0),
                peer("127.0.0.1", 6881),
                peer("::1", 6881),
                peer("::ffff:127.0.0.1", 7000),
                peer("169.254.169.254", 6881),
                peer("fe80::1", 6881),
                peer("224.0.0.1", 6881),
                peer("10.0.0.1", 6881),
                peer("2001:db8::1", 6881),
                peer("203.0.113.9", 6999));
        assertEquals(
                List.of(peer("203.0.113.1", 6881), peer("10.0.0.1", 6881), peer("2001:db8::1", 6881)),
                PeerFilter.dialable(peers, false, peer -> peer.port() == 6999));
    }

    @Test
    void aTrackerOnThisMachineMayTellOfPeersOnIt() {
        List<PeerAddress> peers = new ArrayList<>();
        for (int port = 5000; port < 5010; port++) peers.add(peer("127.0.0.1", port));
        assertEquals(peers, PeerFilter.dialable(peers, true, peer -> false));
    }

    @Test
    void noListIsAimedAtOneHost() {
        List<PeerAddress> peers = new ArrayList<>();
        for (int port = 5000; port < 5100; port++) peers.add(peer("203.0.113.1", port));
        peers.add(peer("203.0.113.2", 5000));
        assertEquals(
                List.of(
                        peer("203.0.113.1", 5000),
                        peer("203.0.113.1", 5001),
                        peer("203.0.113.1", 5002),
                        peer("203.0.113.2", 5000)),
                PeerFilter.dialable(peers, false, peer -> false));
    }

    @Test
    void twoTrackersOfDifferentHostsMustAgreeOnOurAddress() throws UserError {
        ExternalAddresses seen = new ExternalAddresses();
        PeerAddress first = peer("203.0.113.1", 0);
        seen.saw(TrackerUrl.parse("http://a:1"), first);
        seen.saw(TrackerUrl.parse("http://a:2"), first);
        assertNull(seen.agreed(false), "one host, one vote");
        seen.saw(TrackerUrl.parse("http://b"), peer("203.0.113.1", 7));
        assertEquals(first, seen.agreed(false));
        assertNull(seen.agreed(true));
        seen.saw(TrackerUrl.parse("http://c"), peer("203.0.113.2", 0));
        assertEquals(first, seen.agreed(false));
        seen.saw(TrackerUrl.parse("http://d"), peer("203.0.113.2", 0));
        assertNull(seen.agreed(false), "two against two");
    }

    @Test
    void anAddressThatTheWorldCannotSeeIsNone() throws UserError {
        ExternalAddresses seen = new ExternalAddresses();
        for (String host : List.of("a", "b", "c")) seen.saw(TrackerUrl.parse("http://" + host), peer("10.0.0.1", 0));
        assertNull(seen.agreed(false));
    }

    private static PeerAddress peer(String host, int port) {
        return Objects.requireNonNull(PeerAddress.parse(host, port));
    }
}
