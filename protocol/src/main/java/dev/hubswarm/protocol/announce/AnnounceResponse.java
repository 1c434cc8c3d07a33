package dev.hubswarm.protocol.announce;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * "These are there" (BEP 3, BEP 7, BEP 23, BEP 24). As immutable as its peers.
 *
 * @param interval seconds until the next announce
 * @param minInterval seconds before which none is welcome; 0 if the tracker does not say
 * @param complete how many have everything; {@link #UNSAID} if the tracker does not say
 * @param incomplete how many do not; likewise
 * @param externalAddress as which the tracker sees the client (BEP 24); its port means nothing
 * @param trackerId what to call the tracker from now on, each char a byte
 * @param warning for people
 */
public record AnnounceResponse(
        int interval,
        int minInterval,
        int complete,
        int incomplete,
        CompactPeers peers,
        @Nullable PeerAddress externalAddress,
        @Nullable String trackerId,
        @Nullable String warning)
        implements TrackerAnswer {
    public static final int UNSAID = -1;
    /** Peers that a client keeps of one answer (reliability.md T14 lets ours give 50, others give up to 200). */
    public static final int MAX_PEERS = 200;

    /** A day, so that no tracker is forgotten for longer. */
    static final int MAX_INTERVAL = 86_400;

    private static final int DEFAULT_INTERVAL = 1_800;
    private static final int MAX_LISTED_PEER = 80;

    private static final byte[] COMPLETE = BencodeOut.ascii("8:complete");
    private static final byte[] EXTERNAL_IP = BencodeOut.ascii("11:external ip");
    private static final byte[] INCOMPLETE = BencodeOut.ascii("10:incomplete");
    private static final byte[] INTERVAL = BencodeOut.ascii("8:interval");
    private static final byte[] MIN_INTERVAL = BencodeOut.ascii("12:min interval");
    private static final byte[] PEERS = BencodeOut.ascii("5:peers");
    private static final byte[] PEERS6 = BencodeOut.ascii("6:peers6");
    private static final byte[] TRACKER_ID = BencodeOut.ascii("10:tracker id");
    private static final byte[] WARNING = BencodeOut.ascii("15:warning message");
    private static final byte[] IP = BencodeOut.ascii("d2:ip");
    private static final byte[] PORT = BencodeOut.ascii("4:port");

    public AnnounceResponse(int interval, int minInterval, int complete, int incomplete, CompactPeers peers) {
        this(interval, minInterval, complete, incomplete, peers, null, null, null);
    }

    /** Reads what an HTTP tracker answered: this or a {@link TrackerFailure}. */
    public static TrackerAnswer decode(byte[] body) throws AnnounceException {
        Decoder decoder = new Decoder();
        TrackerFailure failure = AnswerReader.read(body, decoder);
        return failure != null ? failure : decoder.response();
    }

    /** Room that {@link #encode} needs at most. */
    public int maxLength(boolean compact) {
        int peer = compact ? CompactPeers.V6_LENGTH : MAX_LISTED_PEER;
        return 256 + BencodeOut.maxLength(trackerId) + BencodeOut.maxLength(warning) + peers.count() * peer;
    }

    public void encode(boolean compact, ByteBuffer out) {
        out.put((byte) 'd');
        if (complete >= 0) BencodeOut.field(COMPLETE, complete, out);
        if (externalAddress != null) {
            BencodeOut.literal(EXTERNAL_IP, out);
            BencodeOut.string(externalAddress.address(), out);
        }
        if (incomplete >= 0) BencodeOut.field(INCOMPLETE, incomplete, out);
        BencodeOut.field(INTERVAL, interval, out);
        if (minInterval > 0) BencodeOut.field(MIN_INTERVAL, minInterval, out);
        BencodeOut.literal(PEERS, out);
        if (compact) {
            BencodeOut.length(peers.countV4() * CompactPeers.V4_LENGTH, out);
            peers.writeV4(out);
            if (peers.countV6() > 0) {
                BencodeOut.literal(PEERS6, out);
                BencodeOut.length(peers.countV6() * CompactPeers.V6_LENGTH, out);
                peers.writeV6(out);
            }
        } else {
            encodeList(out);
        }
        if (trackerId != null) {
            BencodeOut.literal(TRACKER_ID, out);
            BencodeOut.string(trackerId.getBytes(StandardCharsets.ISO_8859_1), out);
        }
        if (warning != null) {
            BencodeOut.literal(WARNING, out);
            BencodeOut.string(warning, out);
        }
        out.put((byte) 'e');
    }

    /** The form of BEP 3, both families in one list, without the peer ids that nobody needs (BEP 23). */
    private void encodeList(ByteBuffer out) {
        out.put((byte) 'l');
        for (PeerAddress peer : peers.toList()) {
            BencodeOut.literal(IP, out);
            BencodeOut.string(peer.host(), out);
            BencodeOut.field(PORT, peer.port(), out);
            out.put((byte) 'e');
        }
        out.put((byte) 'e');
    }

    /** Collects what an answer says. Confined to one call. */
    private static final class Decoder implements AnswerReader.Fields {
        private int interval = UNSAID;
        private int minInterval = UNSAID;
        private int complete = UNSAID;
        private int incomplete = UNSAID;
        private final CompactPeers peers = new CompactPeers(MAX_PEERS);
        private @Nullable PeerAddress externalAddress;
        private @Nullable String trackerId;
        private @Nullable String warning;

        @Override
        public boolean read(AnswerReader in) throws BencodeException {
            if (in.keyIs("interval")) interval = in.number();
            else if (in.keyIs("min interval")) minInterval = in.number();
            else if (in.keyIs("complete")) complete = in.number();
            else if (in.keyIs("incomplete")) incomplete = in.number();
            else if (in.keyIs("peers")) readPeers(in, false);
            else if (in.keyIs("peers6")) readPeers(in, true);
            else if (in.keyIs("external ip")) readExternalAddress(in);
            else if (in.keyIs("tracker id")) readTrackerId(in);
            else if (in.keyIs("warning message")) warning = in.text();
            else return false;
            return true;
        }

        private void readPeers(AnswerReader in, boolean v6) throws BencodeException {
            if (in.peek() == Kind.LIST) {
                in.list(MAX_PEERS, () -> readPeer(in));
                return;
            }
            ByteBuffer compact = in.bytes();
            if (compact == null) return;
            if (v6) {
                peers.readV6(compact);
            } else {
                peers.readV4(compact);
            }
        }

        /** An address that is a name (BEP 3 allows it) is left out: nothing of a tracker's is looked up. */
        private void readPeer(AnswerReader in) throws BencodeException {
            String[] host = new String[1];
            int[] port = {UNSAID};
            in.dict(() -> {
                if (in.keyIs("ip")) host[0] = in.text();
                else if (in.keyIs("port")) port[0] = in.number();
                else return false;
                return true;
            });
            if (host[0] == null || port[0] < 0 || port[0] > PeerAddress.MAX_PORT) return;
            PeerAddress peer = PeerAddress.parse(host[0], port[0]);
            if (peer != null) peers.add(peer);
        }

        private void readExternalAddress(AnswerReader in) throws BencodeException {
            ByteBuffer bytes = in.bytes();
            if (bytes == null) return;
            byte[] address = new byte[Math.min(bytes.remaining(), 17)];
            bytes.get(address);
            if (address.length == 4 || address.length == 16) externalAddress = PeerAddress.of(address, 0);
        }

        private void readTrackerId(AnswerReader in) throws BencodeException {
            ByteBuffer bytes = in.bytes();
            if (bytes == null || bytes.remaining() > AnnounceRequest.MAX_TRACKER_ID) return;
            trackerId = StandardCharsets.ISO_8859_1.decode(bytes).toString();
        }

        AnnounceResponse response() {
            return new AnnounceResponse(
                    interval < 0 ? DEFAULT_INTERVAL : Math.min(interval, MAX_INTERVAL),
                    Math.min(Math.max(minInterval, 0), MAX_INTERVAL),
                    complete,
                    incomplete,
                    peers,
                    externalAddress,
                    trackerId,
                    warning);
        }
    }
}
