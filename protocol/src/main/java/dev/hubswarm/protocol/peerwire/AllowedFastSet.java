package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Digests;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/** Which pieces a peer gets though it is choked (BEP 6): the same few from everybody, and others for another peer. Stateless. */
public final class AllowedFastSet {
    private AllowedFastSet() {}

    /**
     * Chooses {@code count} pieces, or all of them if there are no more. An IPv4 network of 256 addresses has one set, so
     * that nobody collects several; BEP 6 knows no IPv6, of which this takes the /64 that one subscriber has.
     */
    public static int[] of(PeerAddress peer, SwarmKey swarm, int pieceCount, int count) {
        ByteBuffer seed = ByteBuffer.allocate(Long.BYTES + SwarmKey.LENGTH);
        if (peer.isV4()) {
            seed.putInt(peer.v4Bits() & 0xffffff00);
        } else {
            seed.putLong(peer.high());
        }
        swarm.write(seed);

        int[] pieces = new int[Math.min(count, pieceCount)];
        int found = 0;
        MessageDigest sha1 = Digests.sha1();
        sha1.update(seed.flip());
        while (found < pieces.length) {
            byte[] random = sha1.digest();
            ByteBuffer words = ByteBuffer.wrap(random);
            while (words.hasRemaining() && found < pieces.length) {
                int piece = Integer.remainderUnsigned(words.getInt(), pieceCount);
                if (Arrays.stream(pieces, 0, found).noneMatch(chosen -> chosen == piece)) pieces[found++] = piece;
            }
            sha1.update(random);
        }
        return pieces;
    }
}
