package dev.hubswarm.protocol.announce;

import dev.hubswarm.protocol.bencode.Text;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a UDP tracker answers (BEP 15). */
public sealed interface UdpResponse {
    int transactionId();

    <R> R accept(Handler<R> handler);

    void encode(ByteBuffer out);

    /** One method for each kind of answer. */
    interface Handler<R> {
        R connected(Connected response);

        R announced(Announced response);

        R scraped(Scraped response);

        R failed(Failed response);
    }

    /** The id to show in later requests, for a minute. Immutable. */
    record Connected(int transactionId, long connectionId) implements UdpResponse {
        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.connected(this);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.putInt(UdpFormat.CONNECT).putInt(transactionId).putLong(connectionId);
        }
    }

    /**
     * "These are there": interval and counts, and the peers of one family. The rest of the response does not travel. As
     * immutable as its peers.
     *
     * @param v6 whether the request came over IPv6, which decides the family
     */
    record Announced(int transactionId, AnnounceResponse response, boolean v6) implements UdpResponse {
        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.announced(this);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.putInt(UdpFormat.ANNOUNCE).putInt(transactionId).putInt(response.interval());
            out.putInt(Math.max(response.incomplete(), 0)).putInt(Math.max(response.complete(), 0));
            if (v6) {
                response.peers().writeV6(out);
            } else {
                response.peers().writeV4(out);
            }
        }
    }

    /** How the swarms are, in the order of the request. Immutable. */
    record Scraped(int transactionId, List<SwarmStats> swarms) implements UdpResponse {
        public Scraped {
            swarms = List.copyOf(swarms);
        }

        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.scraped(this);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.putInt(UdpFormat.SCRAPE).putInt(transactionId);
            for (SwarmStats swarm : swarms) {
                out.putInt(swarm.complete()).putInt(swarm.downloaded()).putInt(swarm.incomplete());
            }
        }
    }

    /** "No, because". Immutable. */
    record Failed(int transactionId, String reason) implements UdpResponse {
        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.failed(this);
        }

        /** Shortens the reason to the room there is. */
        @Override
        public void encode(ByteBuffer out) {
            out.putInt(UdpFormat.ERROR).putInt(transactionId);
            byte[] text = reason.getBytes(StandardCharsets.UTF_8);
            out.put(text, 0, Math.min(text.length, out.remaining()));
        }
    }

    /**
     * Reads a datagram, all that remains of {@code in}.
     *
     * @param v6 whether it came over IPv6, which decides the length of a peer
     */
    static UdpResponse decode(ByteBuffer in, boolean v6) throws AnnounceException {
        if (in.remaining() < UdpFormat.RESPONSE_HEAD) throw new AnnounceException("the answer is too short");
        int action = in.getInt();
        int transactionId = in.getInt();
        switch (action) {
            case UdpFormat.CONNECT -> {
                if (in.remaining() < Long.BYTES) throw new AnnounceException("the answer is too short");
                return new Connected(transactionId, in.getLong());
            }
            case UdpFormat.ANNOUNCE -> {
                if (in.remaining() < 3 * Integer.BYTES) throw new AnnounceException("the answer is too short");
                return new Announced(transactionId, UdpFormat.readAnnounced(in, v6), v6);
            }
            case UdpFormat.SCRAPE -> {
                int count = Math.min(in.remaining() / UdpFormat.STATS, ScrapeRequest.MAX_SWARMS);
                List<SwarmStats> swarms = new ArrayList<>(count);
                for (int i = 0; i < count; i++) swarms.add(UdpFormat.readStats(in));
                return new Scraped(transactionId, swarms);
            }
            case UdpFormat.ERROR -> {
                return new Failed(transactionId, Text.clean(in));
            }
            default -> throw new AnnounceException("unknown action");
        }
    }
}
