package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a client sends to a UDP tracker (BEP 15). */
public sealed interface UdpRequest {
    /** Names the request in its answer. */
    int transactionId();

    <R> R accept(Handler<R> handler);

    void encode(ByteBuffer out);

    /** One method for each kind of request. */
    interface Handler<R> {
        R connect(Connect request);

        R announce(Announce request);

        R scrape(Scrape request);
    }

    /** "I can receive at this address." Immutable. */
    record Connect(int transactionId) implements UdpRequest {
        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.connect(this);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.putLong(UdpFormat.PROTOCOL).putInt(UdpFormat.CONNECT).putInt(transactionId);
        }
    }

    /**
     * An announce. Immutable.
     *
     * @param urlData path and query of the tracker's URL (BEP 41); empty if not sent
     */
    record Announce(int transactionId, long connectionId, AnnounceRequest request, String urlData)
            implements UdpRequest {
        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.announce(this);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.putLong(connectionId).putInt(UdpFormat.ANNOUNCE).putInt(transactionId);
            request.swarm().write(out);
            request.peerId().write(out);
            out.putLong(request.downloaded()).putLong(request.left()).putLong(request.uploaded());
            out.putInt(request.event().number);
            // No address but that of the datagram.
            out.putInt(0);
            out.putInt(request.key()).putInt(request.numWant()).putShort((short) request.port());
            byte[] data = urlData.getBytes(StandardCharsets.ISO_8859_1);
            for (int from = 0; from < data.length; from += UdpFormat.MAX_OPTION) {
                int length = Math.min(data.length - from, UdpFormat.MAX_OPTION);
                out.put(UdpFormat.URL_DATA).put((byte) length).put(data, from, length);
            }
        }
    }

    /** A scrape. Immutable. */
    record Scrape(int transactionId, long connectionId, ScrapeRequest request) implements UdpRequest {
        @Override
        public <R> R accept(Handler<R> handler) {
            return handler.scrape(this);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.putLong(connectionId).putInt(UdpFormat.SCRAPE).putInt(transactionId);
            for (SwarmKey swarm : request.swarms()) swarm.write(out);
        }
    }

    /** Reads a datagram, all that remains of {@code in}. Whoever sent what it refuses gets no answer. */
    static UdpRequest decode(ByteBuffer in) throws AnnounceException {
        if (in.remaining() < UdpFormat.REQUEST_HEAD) throw new AnnounceException("the datagram is too short");
        long connectionId = in.getLong();
        int action = in.getInt();
        int transactionId = in.getInt();
        switch (action) {
            case UdpFormat.CONNECT -> {
                if (connectionId != UdpFormat.PROTOCOL) throw new AnnounceException("not this protocol");
                return new Connect(transactionId);
            }
            case UdpFormat.ANNOUNCE -> {
                if (in.remaining() < UdpFormat.ANNOUNCE_BODY) throw new AnnounceException("the announce is too short");
                AnnounceRequest request = UdpFormat.readAnnounce(in);
                return new Announce(transactionId, connectionId, request, UdpFormat.readUrlData(in));
            }
            case UdpFormat.SCRAPE -> {
                if (in.remaining() < SwarmKey.LENGTH) throw new AnnounceException("info_hash is missing");
                int count = Math.min(in.remaining() / SwarmKey.LENGTH, ScrapeRequest.MAX_SWARMS);
                List<SwarmKey> swarms = new ArrayList<>(count);
                for (int i = 0; i < count; i++) swarms.add(SwarmKey.read(in));
                return new Scrape(transactionId, connectionId, new ScrapeRequest(swarms));
            }
            default -> throw new AnnounceException("unknown action");
        }
    }
}
