package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.CompactPeers;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeWriter;
import dev.hubswarm.protocol.bencode.LenientReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Whom the sender is connected to, since the last such message (ut_pex, BEP 11). Immutable. Nothing of it is checked. */
public record UtPex(List<Contact> added, List<PeerAddress> dropped) implements ExtensionMessage {
    /** Of either list; in a first message there may be more, of which the rest is left out (reliability.md T28). */
    public static final int MAX_CONTACTS = 50;

    /** A peer and what the sender knows of it. Immutable. */
    public record Contact(PeerAddress address, int flags) {
        public static final int PREFERS_ENCRYPTION = 0x01;
        public static final int UPLOAD_ONLY = 0x02;
        /** It was dialled, so others can dial it, too. */
        public static final int REACHABLE = 0x10;
    }

    public UtPex {
        if (added.size() > MAX_CONTACTS || dropped.size() > MAX_CONTACTS) {
            throw new IllegalArgumentException("more contacts than BEP 11 allows");
        }
        added = List.copyOf(added);
        dropped = List.copyOf(dropped);
    }

    @Override
    public void accept(Handler handler) throws PeerProtocolException {
        handler.utPex(this);
    }

    @Override
    public ByteBuffer encode() {
        CompactPeers came = new CompactPeers(added.size());
        CompactPeers went = new CompactPeers(dropped.size());
        ByteBuffer flags = ByteBuffer.allocate(added.size());
        ByteBuffer flags6 = ByteBuffer.allocate(added.size());
        for (Contact contact : added) {
            came.add(contact.address);
            (contact.address.isV4() ? flags : flags6).put((byte) contact.flags);
        }
        dropped.forEach(went::add);
        BencodeWriter out = new BencodeWriter().beginDict();
        out.key("added").string(v4(came)).key("added.f").string(flags.flip());
        out.key("added6").string(v6(came)).key("added6.f").string(flags6.flip());
        out.key("dropped").string(v4(went)).key("dropped6").string(v6(went));
        return ByteBuffer.wrap(out.endDict().toByteArray());
    }

    private static ByteBuffer v4(CompactPeers peers) {
        ByteBuffer out = ByteBuffer.allocate(peers.countV4() * CompactPeers.V4_LENGTH);
        peers.writeV4(out);
        return out.flip();
    }

    private static ByteBuffer v6(CompactPeers peers) {
        ByteBuffer out = ByteBuffer.allocate(peers.countV6() * CompactPeers.V6_LENGTH);
        peers.writeV6(out);
        return out.flip();
    }

    static UtPex decode(ByteBuffer payload) throws PeerProtocolException {
        Decoder decoder = new Decoder();
        Payload.read(payload, decoder);
        return decoder.message();
    }

    private static final class Decoder implements Payload.Fields {
        private static final ByteBuffer NONE = ByteBuffer.allocate(0);

        private final CompactPeers dropped = new CompactPeers(MAX_CONTACTS);
        private ByteBuffer added = NONE;
        private ByteBuffer flags = NONE;
        private ByteBuffer added6 = NONE;
        private ByteBuffer flags6 = NONE;

        @Override
        public boolean read(LenientReader in) throws BencodeException {
            if (in.keyIs("added")) {
                added = bytes(in);
            } else if (in.keyIs("added.f")) {
                flags = bytes(in);
            } else if (in.keyIs("added6")) {
                added6 = bytes(in);
            } else if (in.keyIs("added6.f")) {
                flags6 = bytes(in);
            } else if (in.keyIs("dropped")) {
                dropped.readV4(bytes(in));
            } else if (in.keyIs("dropped6")) {
                dropped.readV6(bytes(in));
            } else {
                return false;
            }
            return true;
        }

        private static ByteBuffer bytes(LenientReader in) throws BencodeException {
            ByteBuffer bytes = in.bytes();
            return bytes == null ? NONE : bytes;
        }

        UtPex message() {
            List<Contact> contacts = new ArrayList<>();
            while (added.remaining() >= CompactPeers.V4_LENGTH && contacts.size() < MAX_CONTACTS) {
                PeerAddress address = PeerAddress.v4(added.getInt(), added.getShort() & 0xffff);
                contacts.add(new Contact(address, flag(flags)));
            }
            while (added6.remaining() >= CompactPeers.V6_LENGTH && contacts.size() < MAX_CONTACTS) {
                PeerAddress address = new PeerAddress(added6.getLong(), added6.getLong(), added6.getShort() & 0xffff);
                contacts.add(new Contact(address, flag(flags6)));
            }
            return new UtPex(contacts, dropped.toList());
        }

        private static int flag(ByteBuffer flags) {
            return flags.hasRemaining() ? flags.get() & 0xff : 0;
        }
    }
}
