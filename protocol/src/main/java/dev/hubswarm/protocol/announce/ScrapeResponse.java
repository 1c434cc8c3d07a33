package dev.hubswarm.protocol.announce;

import dev.hubswarm.protocol.bencode.BencodeException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** "Those swarms are so" (BEP 48), without those that the tracker does not know. Immutable. */
public record ScrapeResponse(Map<SwarmKey, SwarmStats> swarms) implements TrackerAnswer {
    private static final int MAX_ENTRY = 128;

    private static final byte[] FILES = BencodeOut.ascii("d5:filesd");
    private static final byte[] COMPLETE = BencodeOut.ascii("d8:complete");
    private static final byte[] DOWNLOADED = BencodeOut.ascii("10:downloaded");
    private static final byte[] INCOMPLETE = BencodeOut.ascii("10:incomplete");

    public ScrapeResponse {
        swarms = Map.copyOf(swarms);
    }

    /** Reads what an HTTP tracker answered: this or a {@link TrackerFailure}. */
    public static TrackerAnswer decode(byte[] body) throws AnnounceException {
        Decoder decoder = new Decoder();
        TrackerFailure failure = AnswerReader.read(body, decoder);
        return failure != null ? failure : new ScrapeResponse(decoder.swarms);
    }

    /** Room that {@link #encode} needs at most. */
    public int maxLength() {
        return 16 + swarms.size() * MAX_ENTRY;
    }

    public void encode(ByteBuffer out) {
        BencodeOut.literal(FILES, out);
        for (Map.Entry<SwarmKey, SwarmStats> swarm : new TreeMap<>(swarms).entrySet()) {
            BencodeOut.length(SwarmKey.LENGTH, out);
            swarm.getKey().write(out);
            SwarmStats stats = swarm.getValue();
            BencodeOut.field(COMPLETE, stats.complete(), out);
            BencodeOut.field(DOWNLOADED, stats.downloaded(), out);
            BencodeOut.field(INCOMPLETE, stats.incomplete(), out);
            out.put((byte) 'e');
        }
        out.put((byte) 'e').put((byte) 'e');
    }

    /** Collects what an answer says. Confined to one call. */
    private static final class Decoder implements AnswerReader.Fields {
        private final Map<SwarmKey, SwarmStats> swarms = new HashMap<>();

        @Override
        public boolean read(AnswerReader in) throws BencodeException {
            if (!in.keyIs("files")) return false;
            in.dict(() -> {
                ByteBuffer key = in.key();
                if (key.remaining() != SwarmKey.LENGTH || swarms.size() == ScrapeRequest.MAX_SWARMS) return false;
                swarms.put(SwarmKey.read(key), readStats(in));
                return true;
            });
            return true;
        }

        private static SwarmStats readStats(AnswerReader in) throws BencodeException {
            int[] numbers = new int[3];
            in.dict(() -> {
                if (in.keyIs("complete")) numbers[0] = Math.max(in.number(), 0);
                else if (in.keyIs("downloaded")) numbers[1] = Math.max(in.number(), 0);
                else if (in.keyIs("incomplete")) numbers[2] = Math.max(in.number(), 0);
                else return false;
                return true;
            });
            return new SwarmStats(numbers[0], numbers[1], numbers[2]);
        }
    }
}
