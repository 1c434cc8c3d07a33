package dev.hubswarm.p2pengine.testing;

import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.testkit.FakePeer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a peer might say that is almost right (reliability.md S33). Stateless. */
public final class MalformedStreams {
    private static final int BLOCK = SmallTorrent.BLOCK;
    private static final long ALL = FakePeer.EXTENSIONS | FakePeer.FAST | FakePeer.V2;

    private MalformedStreams() {}

    /** @param torrent of seven pieces of a block, the last of nine bytes */
    public static byte[] next(SmallTorrent torrent, Random random) {
        return mutate(stream(torrent, random), random);
    }

    private static byte[] stream(SmallTorrent torrent, Random random) {
        List<SwarmKey> keys = SwarmKey.allOf(torrent.metainfo().infoHash());
        FakePeer peer = new FakePeer();
        peer.greet(keys.get(random.nextInt(keys.size())).bytes(), ALL, "x");
        for (int i = 0; i < 30; i++) {
            int piece = random.nextInt(7);
            switch (random.nextInt(16)) {
                case 0 -> peer.say(i == 0 ? FakePeer.HAVE_ALL : FakePeer.HAVE, i == 0 ? new int[0] : new int[] {piece});
                case 1 -> peer.say(FakePeer.BITFIELD, new byte[] {(byte) (random.nextInt() & 0xfe)});
                case 2, 3 -> peer.say(FakePeer.UNCHOKE);
                case 4 -> peer.say(FakePeer.CHOKE);
                case 5 -> peer.say(FakePeer.INTERESTED);
                case 6 -> peer.say(FakePeer.REQUEST, piece, 0, 9);
                case 7 -> peer.say(FakePeer.CANCEL, piece, 0, 9);
                case 8 -> peer.say(FakePeer.REJECT, piece, 0, BLOCK);
                case 9 -> peer.sayExtended(0, "d8:hs_blocki65536e1:md11:ut_metadatai3e6:ut_pexi4ee4:reqqi9ee");
                case 10 -> peer.sayExtended(3, "d8:msg_typei0e5:piecei0ee");
                case 11 -> peer.sayExtended(4, "d5:added6:abcdefe");
                case 12 -> peer.sayExtended(1, "", new byte[] {0, 0, 0, (byte) piece});
                case 13 -> peer.say(FakePeer.HASH_REQUEST, new byte[48]);
                case 14 -> peer.say(FakePeer.HAVE, piece);
                default -> peer.sayBlock(piece, 0, torrent.bytes(piece, 0, piece == 6 ? 9 : BLOCK));
            }
        }
        return peer.takeSaid();
    }

    private static byte[] mutate(byte[] stream, Random random) {
        byte[] bytes = stream.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            // Near the beginning, since blocks make up most of the rest.
            int at = random.nextBoolean() ? random.nextInt(Math.min(300, bytes.length)) : random.nextInt(bytes.length);
            if (random.nextInt(4) == 0) bytes = Arrays.copyOf(bytes, Math.max(at, 1));
            else bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }
}
