package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleProof;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.HashRange;
import dev.hubswarm.protocol.peerwire.PeerMessage.HashRequest;
import dev.hubswarm.protocol.peerwire.PeerMessage.Hashes;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the piece layers that a magnet's metadata lacks, and sends ours (BEP 52, "hash request"). Confined to the
 * transfer's loop.
 *
 * <p>Each answer is proven by itself against the file's root, so a wrong one names the liar. Hashes of blocks are the
 * matter of {@link LeafQuestions} and {@link LeafAnswers}.
 */
final class HashExchange {
    /** libtorrent asks for so many. */
    private static final int AT_ONCE = 512;

    private static final int PIPELINE = 8;
    private static final long SILENT_NANOS = 10_000_000_000L;
    /** After such a silence a torrent with a v1 side does without. */
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    /** A proof costs hashing a whole layer; so they are kept, and not many are made in a second. */
    private static final int KEPT = 256;

    private static final int PROOFS_PER_SECOND = 20;

    private record Asked(PeerSession peer, long time) {}

    private final PeerGroup group;

    private final Map<HashRange, Hashes> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<HashRange, Hashes> eldest) {
            return size() > KEPT;
        }
    };
    private @Nullable Map<Hash, FileEntry> filesByRoot;
    private int proofsLeft = PROOFS_PER_SECOND;

    /** Null while nothing is to be fetched. */
    private @Nullable Metainfo torrent;

    private long heard;
    private final Map<Hash, byte[]> layers = new HashMap<>();
    private final Queue<HashRange> missing = new ArrayDeque<>();
    private final Map<HashRange, Asked> asked = new LinkedHashMap<>();
    /** Who has said no, or nothing. */
    private final Set<PeerSession> refused = new HashSet<>();

    HashExchange(PeerGroup group) {
        this.group = group;
    }

    // Ours for them.

    /** Null for what is not sent. */
    @Nullable
    Hashes answer(HashRange range) {
        Metainfo ours = group.torrent();
        if (ours == null || !ours.hasPieceLayers() || range.length() > AT_ONCE) return null;
        FileEntry file = fileOf(range.root(), ours);
        if (file == null || file.length() <= ours.pieceLength() || !range.isWithin(file.length())) return null;
        byte[] layer = ours.v2Pieces(file);
        if (range.baseLayer() != MerkleTree.pieceLevel(ours.pieceLength())) return null;
        if (range.index() >= layer.length / MerkleTree.NODE) return null;
        Hashes known = kept.get(range);
        if (known != null || proofsLeft == 0) return known;
        proofsLeft--;
        Hashes made = Hashes.of(range, MerkleTree.prove(layer, range.baseLayer(), range.index(), range.length()));
        kept.put(range, made);
        return made;
    }

    private @Nullable FileEntry fileOf(Hash root, Metainfo ours) {
        Map<Hash, FileEntry> files = filesByRoot;
        if (files == null) {
            filesByRoot = files = new HashMap<>();
            for (FileEntry file : ours.files()) if (file.piecesRoot() != null) files.put(file.piecesRoot(), file);
        }
        return files.get(root);
    }

    // Theirs for us.

    /** Calls {@link PeerGroup#gotLayers} at the end. */
    void fetch(Metainfo of, long now) {
        torrent = of;
        heard = now;
        int level = MerkleTree.pieceLevel(of.pieceLength());
        for (FileEntry file : of.files()) {
            Hash root = file.piecesRoot();
            if (root == null || file.length() <= of.pieceLength() || layers.containsKey(root)) continue;
            int width = new PieceGeometry(file.length(), of.pieceLength()).pieceCount();
            layers.put(root, new byte[width * MerkleTree.NODE]);
            int length = Math.min(AT_ONCE, powerOfTwo(width));
            int above = height(file.length()) - level;
            for (int index = 0; index < width; index += length) {
                missing.add(new HashRange(root, level, index, length, above - 1));
            }
        }
        tick(now);
    }

    private static int powerOfTwo(int atLeast) {
        return atLeast == 1 ? 1 : Integer.highestOneBit(atLeast - 1) << 1;
    }

    private static int height(long fileSize) {
        return Long.SIZE - Long.numberOfLeadingZeros((fileSize - 1) / PieceGeometry.BLOCK_LENGTH);
    }

    void tick(long now) {
        proofsLeft = PROOFS_PER_SECOND;
        Metainfo of = torrent;
        if (of == null) return;
        asked.entrySet().removeIf(entry -> {
            boolean isSilent = now - entry.getValue().time() >= SILENT_NANOS;
            if (isSilent) {
                missing.add(entry.getKey());
                refused.add(entry.getValue().peer());
            }
            return isSilent;
        });
        ask(now);
        if (of.version().hasV1() && now - heard >= PATIENCE_NANOS) done(of);
        else if (asked.isEmpty()) refused.clear();
    }

    /** Somebody new may know them. */
    void ask(long now) {
        for (PeerSession peer : group.sessions()) {
            if (!peer.hasHashes() || refused.contains(peer)) continue;
            long owed =
                    asked.values().stream().filter(one -> one.peer() == peer).count();
            for (; owed < PIPELINE && !missing.isEmpty(); owed++) {
                HashRange range = missing.remove();
                asked.put(range, new Asked(peer, now));
                peer.send(new HashRequest(range));
            }
        }
    }

    void arrived(PeerSession peer, Hashes message, long now) {
        HashRange range = message.range();
        Asked was = asked.get(range);
        Metainfo of = torrent;
        if (of == null || was == null || was.peer() != peer) return;
        MerkleProof proof = message.proof();
        // How many hashes there are follows from the range, which is ours; so the tree has the right height.
        if (!proof.leadsTo(range.root())) {
            group.lied(peer, "it sent hashes that do not lead to the root");
            return;
        }
        asked.remove(range);
        heard = now;
        byte[] layer = layers.get(range.root());
        if (layer == null) return;
        int at = range.index() * MerkleTree.NODE;
        byte[] nodes = proof.nodes();
        System.arraycopy(nodes, 0, layer, at, Math.min(nodes.length, layer.length - at));
        if (missing.isEmpty() && asked.isEmpty()) whole(of);
        else ask(now);
    }

    private void whole(Metainfo of) {
        try {
            done(of.withPieceLayers(layers));
        } catch (MetainfoException e) {
            throw new IllegalStateException("every part was proven", e);
        }
    }

    private void done(Metainfo result) {
        torrent = null;
        layers.clear();
        missing.clear();
        asked.clear();
        refused.clear();
        group.gotLayers(result);
    }

    void rejected(PeerSession peer, HashRange range) {
        Asked was = asked.get(range);
        if (was == null || was.peer() != peer) return;
        refused.add(peer);
        giveBack(peer);
    }

    void left(PeerSession peer) {
        refused.remove(peer);
        giveBack(peer);
    }

    private void giveBack(PeerSession peer) {
        for (Iterator<Map.Entry<HashRange, Asked>> all = asked.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<HashRange, Asked> one = all.next();
            if (one.getValue().peer() != peer) continue;
            missing.add(one.getKey());
            all.remove();
        }
    }
}
