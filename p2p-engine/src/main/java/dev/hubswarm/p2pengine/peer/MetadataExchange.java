package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.peerwire.Extension;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import dev.hubswarm.protocol.peerwire.UtMetadata;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the info dictionary from peers, for a magnet, and sends it to them (BEP 9). Confined to the transfer's loop.
 *
 * <p>All of it comes from one peer, so that a wrong one names the liar; if that peer is slow, another is tried beside it.
 */
final class MetadataExchange {
    private static final int PIECE = UtMetadata.PIECE_LENGTH;
    private static final int MOST_AT_ONCE = 3;
    private static final int PIPELINE = 16;
    /** So much of ours waits for a peer to read it; some ask for all at once, which may be 32 MiB. */
    private static final long MOST_AHEAD = 1 << 20;

    private static final long SLOW_NANOS = 2_000_000_000L;
    private static final long SILENT_NANOS = 20_000_000_000L;
    /** For each piece, of one that keeps others from being asked. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    /** One peer that is asked for all of it. */
    private static final class Attempt {
        final PeerSession peer;
        final int size;
        /** Memory is taken as bytes come, whatever the peer promises. */
        final List<byte @Nullable []> pieces = new ArrayList<>();

        final int count;
        final long begun;
        int asked;
        int here;
        long heard;

        Attempt(PeerSession peer, int size, long now) {
            this.peer = peer;
            this.size = size;
            count = (size + PIECE - 1) / PIECE;
            begun = heard = now;
        }

        boolean isSilent(long now) {
            return now - heard >= SILENT_NANOS;
        }

        boolean isInTheWay(long now) {
            return now - begun >= SILENT_NANOS + here * PATIENCE_NANOS;
        }

        void ask() {
            for (; asked < count && asked - here < PIPELINE; asked++) {
                pieces.add(null);
                peer.send(Extension.UT_METADATA, UtMetadata.request(asked));
            }
        }

        int length(int piece) {
            return Math.min(PIECE, size - piece * PIECE);
        }

        byte[] joined() {
            ByteBuffer all = ByteBuffer.allocate(size);
            for (byte[] piece : pieces) if (piece != null) all.put(piece);
            return all.array();
        }
    }

    private final PeerGroup group;
    /** Who has it and was not asked, and how long they say it is. */
    private final Map<PeerSession, Integer> offers = new LinkedHashMap<>();

    private final Map<PeerSession, Attempt> attempts = new LinkedHashMap<>();
    private boolean isHere;
    /** Pieces of ours that were asked for, and wait until what went before is read. */
    private final Map<PeerSession, Queue<Integer>> waiting = new LinkedHashMap<>();

    MetadataExchange(PeerGroup group) {
        this.group = group;
    }

    /** @param size 0 if it has none; nobody can offer more than {@link UtMetadata#MAX_TOTAL_SIZE} */
    void offered(PeerSession peer, int size, long now) {
        if (!isWanted() || size <= 0 || attempts.containsKey(peer)) return;
        offers.put(peer, size);
        tick(now);
    }

    private boolean isWanted() {
        return !isHere && group.torrent() == null;
    }

    void left(PeerSession peer) {
        offers.remove(peer);
        attempts.remove(peer);
        waiting.remove(peer);
    }

    void tick(long now) {
        waiting.entrySet().removeIf(one -> isAnswered(one.getKey(), one.getValue()));
        if (!isWanted()) return;
        boolean isFull = attempts.size() >= MOST_AT_ONCE && !offers.isEmpty();
        attempts.values().removeIf(attempt -> {
            boolean isOver = attempt.isSilent(now) || (isFull && attempt.isInTheWay(now));
            if (isOver) offers.put(attempt.peer, attempt.size);
            return isOver;
        });
        boolean isAnyQuick = attempts.values().stream().anyMatch(attempt -> now - attempt.heard < SLOW_NANOS);
        Iterator<Map.Entry<PeerSession, Integer>> next = offers.entrySet().iterator();
        if (isAnyQuick || attempts.size() >= MOST_AT_ONCE || !next.hasNext()) return;
        Map.Entry<PeerSession, Integer> offer = next.next();
        next.remove();
        Attempt attempt = new Attempt(offer.getKey(), offer.getValue(), now);
        attempts.put(offer.getKey(), attempt);
        attempt.ask();
    }

    void heard(PeerSession peer, UtMetadata message, long now) throws PeerProtocolException {
        switch (message.type()) {
            case REQUEST -> answer(peer, message.piece());
            case DATA -> {
                Attempt attempt = attempts.get(peer);
                if (attempt != null) arrived(attempt, message, now);
            }
            case REJECT -> {
                Attempt refused = attempts.remove(peer);
                if (refused == null) return;
                // Others come first; if there are none, it is asked again with the next tick.
                tick(now);
                offers.put(peer, refused.size);
            }
        }
    }

    private void answer(PeerSession peer, int piece) {
        int count = (ours().remaining() + PIECE - 1) / PIECE;
        Queue<Integer> asked = waiting.computeIfAbsent(peer, one -> new ArrayDeque<>());
        if (piece < 0 || piece >= count || asked.size() >= count) {
            peer.send(Extension.UT_METADATA, UtMetadata.reject(piece));
        } else {
            asked.add(piece);
        }
        if (isAnswered(peer, asked)) waiting.remove(peer);
    }

    private ByteBuffer ours() {
        Metainfo torrent = group.torrent();
        return torrent == null ? ByteBuffer.allocate(0) : torrent.info();
    }

    private boolean isAnswered(PeerSession peer, Queue<Integer> asked) {
        while (!asked.isEmpty() && peer.unsent() < MOST_AHEAD) {
            peer.send(Extension.UT_METADATA, UtMetadata.data(asked.remove(), ours()));
        }
        return asked.isEmpty();
    }

    private void arrived(Attempt attempt, UtMetadata message, long now) throws PeerProtocolException {
        int piece = message.piece();
        if (piece < 0 || piece >= attempt.asked || message.totalSize() != attempt.size) {
            throw new PeerProtocolException("metadata that nobody asked for");
        }
        if (message.data().remaining() != attempt.length(piece)) {
            throw new PeerProtocolException("metadata of another length");
        }
        if (attempt.pieces.get(piece) != null) return;
        byte[] bytes = new byte[attempt.length(piece)];
        message.data().duplicate().get(bytes);
        attempt.pieces.set(piece, bytes);
        attempt.here++;
        attempt.heard = now;
        if (attempt.here < attempt.count) {
            attempt.ask();
            return;
        }
        attempts.remove(attempt.peer);
        byte[] info = attempt.joined();
        if (isRight(info)) {
            isHere = true;
            attempts.clear();
            offers.clear();
            group.gotInfo(info);
        } else {
            group.lied(attempt.peer, "its metadata is not what the info hash says");
            tick(now);
        }
    }

    private boolean isRight(byte[] info) {
        InfoHash wanted = group.infoHash();
        Hash v1 = wanted.v1();
        Hash v2 = wanted.v2();
        return (v1 == null || v1.equals(Hash.of(Digests.sha1().digest(info))))
                && (v2 == null || v2.equals(Hash.of(Digests.sha256().digest(info))));
    }
}
