package dev.hubswarm.protocol.announce;

import static dev.hubswarm.protocol.announce.PeerAddressTest.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.Cost;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A tracker does these things 100,000 times a second, so that a few objects more are seen in its pauses. */
class AllocationTest {
    private static final int RUNS = 1_000;
    private static final String QUERY = "info_hash=H%a6i7%ae%d6%7f%c1%b9j%23%f7G%1d%8cGj%8c%90%11"
            + "&peer_id=-LT2080-mPQBxq)4qhq3&port=6889&uploaded=0&downloaded=0&left=40000&corrupt=0"
            + "&key=372C55AB&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0";

    private final ByteBuffer buffer = ByteBuffer.allocate(4096);
    private final CompactPeers peers = new CompactPeers(50);

    private static void assertAllocates(long perRun, Cost.Work work) throws Exception {
        Cost.Work runs = () -> {
            for (int run = 0; run < RUNS; run++) work.run();
        };
        // The first time loads classes.
        runs.run();
        long allocated = Cost.of(runs).allocatedBytes() / RUNS;
        assertTrue(allocated <= perRun, allocated + " bytes each time");
    }

    @Test
    void aQueryCostsLittleMoreThanWhatItSays() throws Exception {
        assertAllocates(640, () -> AnnounceRequest.parse(QUERY, 0));
    }

    @Test
    void anAnswerCostsNothing() throws Exception {
        for (int i = 0; !peers.isFull(); i++) {
            peers.addV4(i, 6881);
            peers.addV6(i, i, 6881);
        }
        AnnounceResponse response = new AnnounceResponse(1800, 900, 25, 25, peers);
        UdpResponse.Announced announced = new UdpResponse.Announced(1, response, true);
        assertAllocates(8, () -> {
            response.encode(true, buffer.clear());
            announced.encode(buffer.clear());
        });
        assertEquals(20 + 25 * CompactPeers.V6_LENGTH, buffer.position());
    }

    @Test
    void aDatagramCostsLittleMoreThanWhatItSays() throws Exception {
        UdpRequest.Announce request = new UdpRequest.Announce(1, 2, AnnounceRequest.parse(QUERY, 0), "");
        request.encode(buffer);
        buffer.flip();
        assertAllocates(320, () -> UdpRequest.decode(buffer.position(0)));
    }

    @Test
    void aConnectionIdCostsLittle() throws Exception {
        ConnectionIds ids = new ConnectionIds(1, 2);
        PeerAddress client = address("10.1.2.3", 6881);
        assertAllocates(96, () -> assertTrue(ids.isValid(ids.issue(client, 3), client, 4)));
    }
}
