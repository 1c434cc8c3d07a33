package dev.hubswarm.protocol.announce;

import java.util.ArrayList;
import java.util.List;

/** "How are these swarms?" (BEP 48). Immutable. Never empty: nobody is told of all swarms (reliability.md T14). */
public record ScrapeRequest(List<SwarmKey> swarms) {
    /** Of one request; what exceeds it is not answered (reliability.md T30; 74 fit a datagram, BEP 15). */
    public static final int MAX_SWARMS = 70;

    public ScrapeRequest {
        if (swarms.isEmpty() || swarms.size() > MAX_SWARMS) throw new IllegalArgumentException("1 to 70 swarms");
        swarms = List.copyOf(swarms);
    }

    /** Reads the query of a request target, which begins at {@code from}, behind the question mark. */
    public static ScrapeRequest parse(CharSequence target, int from) throws AnnounceException {
        QueryReader query = new QueryReader(target, from);
        List<SwarmKey> swarms = new ArrayList<>(1);
        while (swarms.size() < MAX_SWARMS && query.next()) {
            if (query.nameIs("info_hash")) swarms.add(SwarmKey.read(query));
        }
        if (swarms.isEmpty()) throw new AnnounceException("info_hash is missing");
        return new ScrapeRequest(swarms);
    }

    /** The query, to stand behind a question mark or ampersand. */
    public String toQuery() {
        StringBuilder query = new StringBuilder(swarms.size() * 72);
        for (SwarmKey swarm : swarms) {
            query.append(query.isEmpty() ? "info_hash=" : "&info_hash=");
            QueryWriter.escape(swarm.bytes(), query);
        }
        return query.toString();
    }
}
