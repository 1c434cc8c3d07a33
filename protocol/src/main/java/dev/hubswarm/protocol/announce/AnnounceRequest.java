package dev.hubswarm.protocol.announce;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * "I am in this swarm; who else is?" (BEP 3, BEP 15, BEP 23). Immutable. What a client says of its own address is not
 * read ({@code ip}, {@code ipv4}, {@code ipv6}): anybody could name a victim there (reliability.md T29).
 *
 * @param port 0 if the client takes no connections
 * @param left bytes that the client lacks; {@link #UNKNOWN_LEFT} if it does not know or say
 * @param numWant how many peers it would like; {@link #UNSAID} leaves it to the tracker
 * @param key what the client proves with that it is still the same, whatever its address (BEP 7); 0 if it has none
 * @param compact whether peers may come in compact form
 * @param trackerId what the tracker called itself before, each char a byte
 */
public record AnnounceRequest(
        SwarmKey swarm,
        PeerId peerId,
        int port,
        long uploaded,
        long downloaded,
        long left,
        AnnounceEvent event,
        int numWant,
        int key,
        boolean compact,
        @Nullable String trackerId) {
    public static final long UNKNOWN_LEFT = Long.MAX_VALUE;
    public static final int UNSAID = -1;

    /** A longer one is not sent back to its tracker, nor read. */
    static final int MAX_TRACKER_ID = 128;

    /** Neither a number nor a key of 32 bits. */
    private static final long UNSEEN = Long.MIN_VALUE;

    public AnnounceRequest {
        if (port < 0 || port > PeerAddress.MAX_PORT) throw new IllegalArgumentException("no port: " + port);
        if (uploaded < 0 || downloaded < 0 || left < 0 || numWant < UNSAID) {
            throw new IllegalArgumentException("a number is negative");
        }
    }

    /** Reads the query of a request target, which begins at {@code from}, behind the question mark. */
    public static AnnounceRequest parse(CharSequence target, int from) throws AnnounceException {
        QueryReader query = new QueryReader(target, from);
        SwarmKey swarm = null;
        PeerId peerId = null;
        AnnounceEvent event = null;
        String trackerId = null;
        long port = UNSEEN;
        long uploaded = UNSEEN;
        long downloaded = UNSEEN;
        long left = UNSEEN;
        long numWant = UNSEEN;
        long key = UNSEEN;
        long compact = UNSEEN;
        // The first of each name counts.
        while (query.next()) {
            if (swarm == null && query.nameIs("info_hash")) swarm = SwarmKey.read(query);
            else if (peerId == null && query.nameIs("peer_id")) peerId = PeerId.read(query);
            else if (port == UNSEEN && query.nameIs("port")) port = query.number();
            else if (uploaded == UNSEEN && query.nameIs("uploaded")) uploaded = query.number();
            else if (downloaded == UNSEEN && query.nameIs("downloaded")) downloaded = query.number();
            else if (left == UNSEEN && query.nameIs("left")) left = query.number();
            else if (event == null && query.nameIs("event")) event = AnnounceEvent.read(query);
            else if (numWant == UNSEEN && query.nameIs("numwant")) numWant = query.number();
            else if (key == UNSEEN && query.nameIs("key")) key = query.fingerprint();
            else if (compact == UNSEEN && query.nameIs("compact")) compact = query.number();
            else if (trackerId == null && query.nameIs("trackerid")) trackerId = trackerId(query);
        }
        if (swarm == null) throw new AnnounceException("info_hash is missing");
        if (peerId == null) throw new AnnounceException("peer_id is missing");
        if (port < 0 || port > PeerAddress.MAX_PORT) throw new AnnounceException("port is not a number up to 65535");
        return new AnnounceRequest(
                swarm,
                peerId,
                (int) port,
                Math.max(uploaded, 0),
                Math.max(downloaded, 0),
                left < 0 ? UNKNOWN_LEFT : left,
                event == null ? AnnounceEvent.NONE : event,
                numWant < 0 ? UNSAID : (int) Math.min(numWant, Integer.MAX_VALUE),
                key == UNSEEN ? 0 : (int) key,
                // BEP 23 recommends it for those who do not say.
                compact != 0,
                trackerId);
    }

    private static @Nullable String trackerId(QueryReader query) throws AnnounceException {
        byte[] bytes = new byte[MAX_TRACKER_ID];
        int length = query.decode(bytes);
        return length <= 0 ? null : new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    public boolean isSeeder() {
        return left == 0;
    }

    /** The query, to stand behind a question mark or ampersand. */
    public String toQuery() {
        StringBuilder query = new StringBuilder(256).append("info_hash=");
        QueryWriter.escape(swarm.bytes(), query);
        query.append("&peer_id=");
        QueryWriter.escape(peerId.bytes(), query);
        query.append("&port=").append(port);
        query.append("&uploaded=").append(uploaded);
        query.append("&downloaded=").append(downloaded);
        query.append("&left=").append(left);
        query.append("&compact=").append(compact ? 1 : 0);
        // llmpt's server fails on -1.
        if (numWant != UNSAID) query.append("&numwant=").append(numWant);
        if (key != 0)
            query.append("&key=").append(HexFormat.of().withUpperCase().toHexDigits(key));
        if (event != AnnounceEvent.NONE) query.append("&event=").append(event.text);
        if (trackerId != null) {
            query.append("&trackerid=");
            QueryWriter.escape(trackerId.getBytes(StandardCharsets.ISO_8859_1), query);
        }
        return query.toString();
    }
}
