package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.peerwire.Extension;
import dev.hubswarm.protocol.peerwire.UtPex;
import dev.hubswarm.protocol.peerwire.UtPex.Contact;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which other peers one peer and we have told each other of (BEP 11). Confined to its session.
 *
 * <p>Both directions are limited in number and time, so that nobody is made to dial whomever somebody else dislikes
 * (reliability.md T28).
 */
final class Gossip {
    private static final long SEND_NANOS = 60_000_000_000L;
    /** What is sent once a minute may come a little sooner. */
    private static final long HEAR_NANOS = 50_000_000_000L;

    private final PeerSession peer;
    private final Set<PeerAddress> told = new LinkedHashSet<>();
    private long nextSend;
    private long nextHear;

    Gossip(PeerSession peer, long now) {
        this.peer = peer;
        nextSend = nextHear = now;
    }

    /** The addresses in it that may be dialled; none if it comes too soon after another. */
    List<PeerAddress> heard(UtPex message, long now) {
        if (now < nextHear) return List.of();
        nextHear = now + HEAR_NANOS;
        boolean overLoopback = peer.address().scope() == PeerAddress.Scope.LOOPBACK;
        return message.added().stream()
                .map(Contact::address)
                .filter(address -> address.isDialable(overLoopback) && isForBoth(address))
                .limit(UtPex.MAX_CONTACTS)
                .toList();
    }

    void tick(Collection<PeerSession> all, long now) {
        if (now < nextSend || !peer.speaks(Extension.UT_PEX)) return;
        nextSend = now + SEND_NANOS;
        Map<PeerAddress, Contact> here = new LinkedHashMap<>();
        for (PeerSession other : all) {
            Contact contact = other == peer ? null : other.contact();
            if (contact != null && isForBoth(contact.address())) here.put(contact.address(), contact);
        }
        List<Contact> added = new ArrayList<>();
        here.forEach((address, contact) -> {
            if (added.size() < UtPex.MAX_CONTACTS && told.add(address)) added.add(contact);
        });
        List<PeerAddress> dropped = told.stream()
                .filter(address -> !here.containsKey(address))
                .limit(UtPex.MAX_CONTACTS)
                .toList();
        dropped.forEach(told::remove);
        if (!added.isEmpty() || !dropped.isEmpty()) peer.send(Extension.UT_PEX, new UtPex(added, dropped));
    }

    /** Addresses of the network here mean nothing outside, and are nobody's business there; nor does it know any of ours. */
    private boolean isForBoth(PeerAddress address) {
        return address.scope().compareTo(peer.address().scope()) >= 0;
    }
}
