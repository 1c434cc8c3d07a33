package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Numbers and bodies of BEP 15 and its options (BEP 41). Stateless. */
final class UdpFormat {
    static final long PROTOCOL = 0x41727101980L;

    static final int CONNECT = 0;
    static final int ANNOUNCE = 1;
    static final int SCRAPE = 2;
    static final int ERROR = 3;

    static final int REQUEST_HEAD = 16;
    static final int RESPONSE_HEAD = 8;
    /** Of an announce, without head and options. */
    static final int ANNOUNCE_BODY = 82;

    static final int STATS = 3 * Integer.BYTES;

    private static final byte END_OF_OPTIONS = 0;
    private static final byte NO_OPERATION = 1;
    static final byte URL_DATA = 2;
    static final int MAX_OPTION = 255;
    private static final int MAX_URL_DATA = 512;

    private UdpFormat() {}

    static AnnounceRequest readAnnounce(ByteBuffer in) {
        SwarmKey swarm = SwarmKey.read(in);
        PeerId peerId = PeerId.read(in);
        long downloaded = in.getLong();
        long left = in.getLong();
        long uploaded = in.getLong();
        AnnounceEvent event = AnnounceEvent.ofNumber(in.getInt());
        in.getInt();
        int key = in.getInt();
        int numWant = in.getInt();
        int port = in.getShort() & 0xffff;
        return new AnnounceRequest(
                swarm,
                peerId,
                port,
                Math.max(uploaded, 0),
                Math.max(downloaded, 0),
                left < 0 ? AnnounceRequest.UNKNOWN_LEFT : left,
                event,
                Math.max(numWant, AnnounceRequest.UNSAID),
                key,
                true,
                null);
    }

    /** Joins the URL data of all options (BEP 41); passes over options it does not know, and over one that is cut off. */
    static String readUrlData(ByteBuffer in) throws AnnounceException {
        if (!in.hasRemaining()) return "";
        byte[] data = new byte[Math.min(in.remaining(), MAX_URL_DATA)];
        int size = 0;
        while (in.hasRemaining()) {
            byte option = in.get();
            if (option == NO_OPERATION) continue;
            if (option == END_OF_OPTIONS || !in.hasRemaining()) break;
            int length = in.get() & 0xff;
            if (length > in.remaining()) break;
            if (option == URL_DATA) {
                if (length > data.length - size) throw new AnnounceException("the URL data is too long");
                in.get(data, size, length);
                size += length;
            } else {
                in.position(in.position() + length);
            }
        }
        return new String(data, 0, size, StandardCharsets.ISO_8859_1);
    }

    static AnnounceResponse readAnnounced(ByteBuffer in, boolean v6) {
        int interval = Math.min(Math.max(in.getInt(), 0), AnnounceResponse.MAX_INTERVAL);
        int incomplete = Math.max(in.getInt(), 0);
        int complete = Math.max(in.getInt(), 0);
        CompactPeers peers = new CompactPeers(AnnounceResponse.MAX_PEERS);
        if (v6) {
            peers.readV6(in);
        } else {
            peers.readV4(in);
        }
        return new AnnounceResponse(interval, 0, complete, incomplete, peers);
    }

    static SwarmStats readStats(ByteBuffer in) {
        return new SwarmStats(Math.max(in.getInt(), 0), Math.max(in.getInt(), 0), Math.max(in.getInt(), 0));
    }
}
