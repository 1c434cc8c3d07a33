package dev.hubswarm.trackerserver.store;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import dev.hubswarm.trackerserver.swarm.PeerReport.State;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reports as the tracker's processes send them to each other: one after the other, of equal length. A batch is one
 * entry of a stream, so that a peer costs Redis these bytes and hardly more. Stateless.
 */
final class PeerBatch {
    private static final int LENGTH = SwarmKey.LENGTH + 2 * Long.BYTES + Short.BYTES + Integer.BYTES + 1;

    private PeerBatch() {}

    static byte[] encode(List<PeerReport> reports) {
        ByteBuffer out = ByteBuffer.allocate(reports.size() * LENGTH);
        for (PeerReport report : reports) {
            report.swarm().write(out);
            PeerAddress peer = report.peer();
            out.putLong(peer.high()).putLong(peer.low()).putShort((short) peer.port());
            out.putInt(report.key()).put(letter(report.state()));
        }
        return out.array();
    }

    /** @throws IllegalArgumentException if it is none of ours */
    static List<PeerReport> decode(byte[] batch) {
        if (batch.length % LENGTH != 0) throw new IllegalArgumentException("a part of a report");
        List<PeerReport> reports = new ArrayList<>(batch.length / LENGTH);
        for (ByteBuffer in = ByteBuffer.wrap(batch); in.hasRemaining(); ) {
            SwarmKey swarm = SwarmKey.read(in);
            PeerAddress peer = new PeerAddress(in.getLong(), in.getLong(), in.getShort() & PeerAddress.MAX_PORT);
            int key = in.getInt();
            reports.add(new PeerReport(swarm, peer, key, state(in.get())));
        }
        return reports;
    }

    private static byte letter(State state) {
        return switch (state) {
            case SEEDER -> 'S';
            case LEECHER -> 'L';
            case GONE -> 'G';
        };
    }

    private static State state(byte letter) {
        return switch (letter) {
            case 'S' -> State.SEEDER;
            case 'L' -> State.LEECHER;
            case 'G' -> State.GONE;
            default -> throw new IllegalArgumentException("state " + letter);
        };
    }
}
