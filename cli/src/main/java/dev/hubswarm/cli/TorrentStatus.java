package dev.hubswarm.cli;

import dev.hubswarm.cli.SourceShares.Share;
import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a torrent has come. Immutable, but for the bits, which nobody may change.
 *
 * @param verified pieces
 * @param pieces null as long as there is no metadata
 * @param received bytes, whether right or not
 * @param sent bytes
 * @param peers with whom there is a connection
 * @param known how many peers were heard of
 * @param sources which peers sent how much, also of those who have left
 * @param servers which web servers sent how much
 */
record TorrentStatus(
        Stage stage,
        String name,
        BitSet verified,
        @Nullable WantedPieces pieces,
        long received,
        long sent,
        List<PeerSnapshot> peers,
        int known,
        List<Share> sources,
        Map<String, Long> servers) {
    /** What it is at. */
    enum Stage {
        METADATA,
        CHECKING,
        DOWNLOADING,
        SEEDING;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    TorrentStatus {
        peers = List.copyOf(peers);
        sources = List.copyOf(sources);
        servers = Map.copyOf(servers);
    }

    /** Of what was received. */
    long fromServers() {
        return Math.min(
                received, servers.values().stream().mapToLong(Long::longValue).sum());
    }

    long done() {
        return pieces == null ? 0 : pieces.in(verified);
    }

    long total() {
        return pieces == null ? 0 : pieces.total();
    }
}
